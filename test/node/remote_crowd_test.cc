// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// More monitors of one port than fire in one turn.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <string>

namespace aemp {
namespace {

using namespace std::chrono_literals;

TEST(RemoteCrowd, AllOfItFiresBeforeDownThoughOneOfItEndsTheLink) {
  constexpr int kMonitors = 3000;
  sim::Network net(5);
  sim::Process p(net), q(net);
  Node a(p.loop()), b(q.loop());
  Config c;
  c.nodeid = "a";
  c.binds = {"unix:@a"};
  c.max_message = 10'000;
  c.queue_limit = 30'000;
  a.configure(c);
  c.nodeid = "b";
  c.binds = {"unix:@b"};
  c.seeds = {"unix:@a"};
  b.configure(c);
  const Port x = b.port();
  const Port y = b.port([](Message) {});
  ASSERT_TRUE(net.run_until([&] { return a.node_is_up("b").value_or(false); }, 10s));

  int fired = 0, fired_at_other = -1, fired_at_down = -1;
  a.mon_nodes([&](std::string_view, bool up, Message) {
    if (!up && fired_at_down < 0) fired_at_down = fired;
  });
  a.mon(y, [&](Message) { fired_at_other = fired; });
  for (int i = 0; i < kMonitors; ++i) {
    a.mon(x, [&, i](Message reason) {
      EXPECT_EQ(reason.json(), "[\"dead\"]");
      ++fired;
      for (int k = 0; i == 5 && k < 4; ++k) a.snd(y, std::string(9'000, 'x'));
    });
  }
  net.run_for(100ms);
  b.kil(x, "dead");
  ASSERT_TRUE(net.run_until([&] { return fired_at_down >= 0; }, 10s));
  EXPECT_EQ(fired_at_other, kMonitors);
  EXPECT_EQ(fired_at_down, kMonitors);
}

}  // namespace
}  // namespace aemp
