// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How long a node waits for a link.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace aemp {
namespace {

using namespace std::chrono_literals;

Config config_of(const char* id, const char* bind) {
  Config c;
  c.nodeid = id;
  c.binds = {bind};
  c.insecure = true;
  c.link_idle = 50ms;
  c.monitor_timeout = 5s;
  c.connect_interval = 100ms;
  return c;
}

// A link came within the time, was closed for idleness, and cannot be made again.
TEST(RemoteWait, BeginsAnewBehindALinkThatWasIdle) {
  sim::Network net(5);
  net.unruly(false);
  sim::Process p(net), q(net);
  Node a(p.loop());
  a.configure(config_of("a", "127.0.0.1:4000"));
  {
    Node earlier(q.loop());  // tells a where b is
    Config c = config_of("b", "127.0.0.1:4001");
    c.seeds = {"127.0.0.1:4000"};
    earlier.configure(c);
    ASSERT_TRUE(net.run_until([&] { return a.node_is_up("b").value_or(false); }, 10s));
    q.inside([&] { earlier.leave(); });
    net.run_for(1s);
  }
  Node b(q.loop());
  b.configure(config_of("b", "127.0.0.1:4001"));
  int got = 0;
  const Port x = b.port([&](Message) { ++got; });

  net.cut(p, q);
  a.snd(x, "m");  // the first wait begins
  net.run_for(3s);
  net.heal(p, q);
  ASSERT_TRUE(net.run_until([&] { return got == 1; }, 1900ms));
  ASSERT_TRUE(net.run_until([&] { return a.stats().links_up == 0; }, 1900ms)) << "not idle";
  net.cut(p, q);
  const auto set = net.now();
  std::string why;
  a.mon(x, [&](Message reason) { why = reason.json(); });
  ASSERT_TRUE(net.run_until([&] { return !why.empty(); }, 60s));
  EXPECT_NE(why.find("no connection to node b within 5000 ms"), std::string::npos) << why;
  EXPECT_GE(net.now() - set, 5s);
}

}  // namespace
}  // namespace aemp
