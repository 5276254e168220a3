// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Links that nobody uses are closed by both ends, and nothing is lost by it.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

Config idle_config(const char* id, const std::string& bind, std::chrono::nanoseconds idle) {
  Config c = config(id, {bind});
  c.link_idle = idle;
  return c;
}

// Two nodes without seeds that know each other's address: a, in an earlier life, had b as seed.
struct Pair {
  Pair(World& world, std::chrono::nanoseconds idle_a, std::chrono::nanoseconds idle_b)
      : bind_a(unix_name()), b(world.loop, idle_config("b", unix_name(), idle_b)) {
    {
      Config first = idle_config("a", bind_a, idle_a);
      first.seeds = std::vector<std::string>{b->binds()[0]};
      Member earlier(world.loop, first);
      EXPECT_TRUE(world.until([&] { return b.up("a"); }));
    }
    EXPECT_TRUE(world.until([&] { return !b.up("a"); }));
    a.emplace(world.loop, idle_config("a", bind_a, idle_a));
    at_a = a->sink("a");
    at_b = b.sink("b");
    b->snd(at_a, 0);
    EXPECT_TRUE(world.until([&] { return a->up("b") && b.up("a"); })) << told();
    (*a)->snd(at_b, 0);
    EXPECT_TRUE(world.until([&] { return a->count("a [") == 1 && b.count("b [") == 1; }));
  }
  std::string told() const { return (a ? a->told() : std::string()) + b.told(); }

  std::string bind_a;
  Member b;
  std::optional<Member> a;
  Port at_a, at_b;
};

TEST(LinkIdle, ClosesAfterLinkIdleAndComesBackWithTheNextSend) {
  World world;
  Pair pair(world, 3s, 600s);
  ASSERT_TRUE(world.until([&] { return !pair.a->up("b") && !pair.b.up("a"); })) << pair.told();
  EXPECT_EQ(pair.a->count("down b [\"idle\""), 1u) << pair.told();
  EXPECT_EQ(pair.b.count("down a [\"idle\""), 1u) << pair.told();
  pair.b->snd(pair.at_a, 1);
  (*pair.a)->snd(pair.at_b, 1);
  EXPECT_TRUE(world.until([&] { return pair.a->find("a [1]") >= 0 && pair.b.find("b [1]") >= 0; }))
      << pair.told();
  expect_alternating(*pair.a);
  expect_alternating(pair.b);
}

TEST(LinkIdle, BothMayAskAtOnce) {
  World world;
  Pair pair(world, 3s, 3s);
  ASSERT_TRUE(world.until([&] { return !pair.a->up("b") && !pair.b.up("a"); })) << pair.told();
  (*pair.a)->snd(pair.at_b, 7);
  EXPECT_TRUE(world.until([&] { return pair.b.find("b [7]") >= 0; })) << pair.told();
}

TEST(LinkIdle, NothingIsLostWhenMessagesCrossTheQuestion) {
  int closed = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world(seed);
    world.host.unruly = true;
    Pair pair(world, 100ms, 100ms);
    Dice dice(seed);
    int sent_a = 0, sent_b = 0;
    for (int i = 0; i < 40; ++i) {
      world.pass(std::chrono::microseconds(98'000 + dice.below(6'000)));
      if (dice.one_in(2)) (*pair.a)->snd(pair.at_b, ++sent_a);
      if (dice.one_in(2)) pair.b->snd(pair.at_a, ++sent_b);
    }
    (*pair.a)->snd(pair.at_b, "end");
    pair.b->snd(pair.at_a, "end");
    ASSERT_TRUE(world.until([&] {
      return pair.a->find("a [\"end\"]") >= 0 && pair.b.find("b [\"end\"]") >= 0;
    })) << seed
        << pair.told();
    // All of them, in order.
    std::size_t next = 0;
    for (int i = 1; i <= sent_a; ++i) {
      const std::ptrdiff_t at = pair.b.find("b [" + std::to_string(i) + "]", next);
      ASSERT_GE(at, 0) << seed << " lost " << i << "\n" << pair.told();
      next = static_cast<std::size_t>(at);
    }
    EXPECT_EQ(pair.a->count("a ["), static_cast<std::size_t>(sent_b) + 2) << seed << pair.told();
    closed += static_cast<int>(pair.b.count("down a [\"idle\""));
    expect_alternating(*pair.a);
    expect_alternating(pair.b);
  }
  EXPECT_GT(closed, 60);
}

TEST(LinkIdle, MonitorsKeepALinkOpenFromEitherSide) {
  World world;
  Pair pair(world, 1s, 1s);
  const Monitor monitor = pair.b.watch(pair.at_a, "mon");
  world.pass(30s);
  EXPECT_TRUE(pair.a->up("b")) << pair.told();
  pair.b->unmon(monitor);
  EXPECT_TRUE(world.until([&] { return !pair.a->up("b"); })) << pair.told();
  EXPECT_EQ(pair.b.count("mon"), 0u);
}

TEST(LinkIdle, LinksToSeedsAndPrivateNodesStayOpen) {
  World world;
  Member b(world.loop, idle_config("b", unix_name(), 1s));
  Config with_seed = idle_config("a", unix_name(), 1s);
  with_seed.seeds = std::vector<std::string>{b->binds()[0]};
  Member a(world.loop, with_seed);
  Config hidden = idle_config("p", unix_name(), 1s);
  hidden.private_node();
  hidden.seeds = std::vector<std::string>{b->binds()[0]};
  Member p(world.loop, hidden);
  ASSERT_TRUE(world.until([&] { return b.up("a") && b.up("p"); }));
  world.pass(60s);
  EXPECT_EQ(a.count("down") + b.count("down") + p.count("down"), 0u) << b.told();
}

}  // namespace
}  // namespace aemp::remote
