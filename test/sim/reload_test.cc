// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory is refused while Node::reload() closes the links of keys that are revoked.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;

struct Person {
  std::string key = generate_key();
  std::string line() const { return public_key(key) + " *"; }
};

Config config(std::string id, const Person& self, std::vector<std::string> allow, std::string bind,
              std::vector<std::string> seeds) {
  Config c;
  c.nodeid = std::move(id);
  c.key = self.key;
  c.allow = std::move(allow);
  c.binds = std::vector<std::string>{std::move(bind)};
  c.seeds = std::move(seeds);
  return c;
}

// Memory that is refused at the nth allocation of reload(), if it has so many.
bool reload_without_memory(std::uint64_t nth) {
  const Person ann, bob, carl;
  sim::Network net(1);
  sim::Process p(net), q(net);
  Node a(p.loop()), b(q.loop());
  Config own = config("a", ann, {bob.line(), carl.line()}, "127.0.0.1:4001", {});
  a.configure(own);
  b.configure(config("b", bob, {ann.line()}, "127.0.0.1:4002", {"127.0.0.1:4001"}));
  EXPECT_TRUE(net.run_until([&] { return a.node_is_up("b").value_or(false); }, 10s));
  unsigned heard = 0;
  const Port sink = a.port([&heard](Message) { ++heard; });
  b.snd(sink, 1);
  EXPECT_TRUE(net.run_until([&] { return heard == 1; }, 1s));
  own.allow = std::vector<std::string>{carl.line()};
  const std::uint64_t before = p.refused_allocations();
  p.fail_allocations(nth, 1);
  try {
    p.inside([&] { a.reload(own); });
  } catch (const std::bad_alloc&) {
    // Its links go on or have ended, nothing between.
    p.fail_allocations(0, 0);
    for (int i = 0; i < 10; ++i) b.snd(sink, 2);
    net.run_for(1s);
    EXPECT_EQ(a.node_is_up("b"), b.node_is_up("a")) << nth;
    p.inside([&] { a.reload(own); });
  }
  p.fail_allocations(0, 0);
  const unsigned heard_before = heard;
  for (int i = 0; i < 10; ++i) b.snd(sink, 3);
  net.run_for(1s);
  EXPECT_FALSE(a.node_is_up("b").value_or(true)) << nth;
  EXPECT_FALSE(b.node_is_up("a").value_or(true)) << nth;
  EXPECT_EQ(heard, heard_before) << nth;
  return p.refused_allocations() != before;
}

TEST(SimReload, RevokesThoughMemoryIsRefused) {
  std::uint64_t nth = 0;
  while (reload_without_memory(nth)) ++nth;
  EXPECT_GT(nth, 5u);
}

}  // namespace
}  // namespace aemp
