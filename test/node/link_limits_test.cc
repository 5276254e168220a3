// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Large messages, the limits of messages and queues, and what happens beyond them.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

// a dials b through a proxy.
struct Pair {
  Pair(World& world, Config config_a, Config config_b)
      : b(world.loop, config_b), proxy(world.loop, unix_name(), b->binds()[0]) {
    config_a.seeds = std::vector<std::string>{proxy.address()};
    a = std::make_unique<Member>(world.loop, config_a);
  }
  explicit Pair(World& world) : Pair(world, config("a"), config("b", {unix_name()})) {}
  Node& from() { return **a; }
  std::string told() const { return a->told() + b.told(); }

  Member b;
  Proxy proxy;
  std::unique_ptr<Member> a;
};

Config small(Config c, std::uint64_t max_message) {
  c.max_message = max_message;
  return c;
}

TEST(LinkLimits, MessagesOfAllSizesArriveInOrder) {
  World world;
  world.host.unruly = true;
  Pair pair(world);
  std::vector<std::size_t> got;
  const Port to = pair.b->port([&](int i, std::string text) {
    EXPECT_EQ(static_cast<std::size_t>(i), got.size());
    EXPECT_EQ(text, std::string(text.size(), static_cast<char>('a' + i % 26)));
    got.push_back(text.size());
  });
  std::vector<std::size_t> sizes;
  for (std::size_t around : {0u, 23u, 255u, 65'535u, 66'020u, 66'048u, 131'072u}) {
    for (std::size_t n = around < 4 ? 0 : around - 4; n < around + 8; ++n) sizes.push_back(n);
  }
  sizes.insert(sizes.end(), {1u << 20, 1, 3u << 20, 2, 70'000, 3});
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    pair.from().snd(to, i, std::string(sizes[i], static_cast<char>('a' + i % 26)));
  }
  ASSERT_TRUE(world.until([&] { return got.size() == sizes.size(); })) << got.size();
  EXPECT_EQ(got, sizes);
}

TEST(LinkLimits, LargeCallsAndReasonsArriveWhole) {
  World world;
  Pair pair(world);
  std::size_t called = 0;
  pair.b->define("take", [&](std::string text) {
    called = text.size();
    pair.b->rcv(pair.b->self(), [](Message) {});
  });
  ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
  const Port p = pair.from().spawn("b", "take", std::string(300'000, 'x'));
  std::size_t reason = 0;
  pair.from().mon(p,
                  [&](std::string word, std::string text) { reason = word.size() + text.size(); });
  pair.from().kil(p, "why", std::string(65'000, 'y'));
  ASSERT_TRUE(world.until([&] { return reason != 0; })) << pair.told();
  EXPECT_EQ(called, 300'000u);
  EXPECT_EQ(reason, 65'003u);
}

TEST(LinkLimits, OverTheOwnLimitThrowsAndSendsNothing) {
  World world;
  Pair pair(world, small(config("a"), 2000), config("b", {unix_name()}));
  const Port to = pair.b.sink("b");
  ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
  try {
    pair.from().snd(to, std::string(3000, 'x'));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::too_big) << e.what();
  }
  pair.from().snd(to, "after");
  ASSERT_TRUE(world.until([&] { return pair.b.count("b [") != 0; }));
  EXPECT_EQ(pair.b.count("b [\"after\"]"), 1u);
}

// What is sent to that port before the monitor fired is lost with it, other ports lose nothing.
TEST(LinkLimits, OverThePeersLimitIsALossOfThatPortOnly) {
  for (const bool before_up : {true, false}) {
    World world;
    Pair pair(world, config("a"), small(config("b", {unix_name()}), 4096));
    const Port to = pair.b.sink("to");
    const Port other = pair.b.sink("other");
    if (!before_up) {
      ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
    }
    pair.a->watch(to, "mon");
    pair.from().snd(to, 1);
    pair.from().snd(to, std::string(5000, 'x'));
    pair.from().snd(to, 2);
    pair.from().snd(other, 3);
    ASSERT_TRUE(world.until([&] { return pair.a->count("mon") != 0; })) << pair.told();
    pair.from().snd(to, 4);
    ASSERT_TRUE(world.until([&] {
      return pair.b.find("to [4]") >= 0 && pair.b.find("other [3]") >= 0;
    })) << pair.told();
    EXPECT_EQ(pair.a->count("mon [\"too_big\",5003,4096]"), 1u) << pair.told();
    EXPECT_EQ(pair.a->count("mon"), 1u);
    EXPECT_EQ(pair.b.count("to ["), 2u) << pair.told();
    EXPECT_EQ(pair.a->count("down"), 0u) << pair.told();
    EXPECT_EQ(pair.b->stats().watchers, 0u);
  }
}

TEST(LinkLimits, APeerThatStopsReadingIsAnOverrun) {
  World world;
  Config c = small(config("a"), 64 * 1024);
  c.queue_limit = 4u << 20;
  Pair pair(world, c, config("b", {unix_name()}));
  const Port to = pair.b.sink("to");
  ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
  pair.a->watch(to, "mon");
  pair.proxy.pause_both();
  const std::string text(10'000, 'x');
  std::uint64_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    pair.from().snd(to, text);
    if (i % 20 == 0) world.settle();
    most = std::max(most, pair.a->peer("b").queued_bytes);
  }
  world.settle();
  EXPECT_EQ(pair.a->count("mon [\"overrun\",\"b\","), 1u) << pair.told();
  EXPECT_EQ(pair.a->count("down b [\"overrun\""), 1u) << pair.told();
  EXPECT_LE(most, (4u << 20) * 11 / 10);
  EXPECT_GE(pair.from().stats().overruns, 1u);
  pair.proxy.pause_both(false);
  EXPECT_TRUE(world.until([&] { return pair.a->up("b"); })) << pair.told();
}

TEST(LinkLimits, TheQueueOfANodeThatIsNotThereIsBounded) {
  World world;
  Config c = small(config("a"), 64 * 1024);
  c.queue_limit = 1u << 20;
  Member a(world.loop, c);
  a.watch(a->node_port("nobody"), "mon");
  const std::string text(10'000, 'x');
  for (int i = 0; i < 200; ++i) a->snd(a->node_port("nobody"), "devnull", text);
  world.settle();
  EXPECT_EQ(a.count("mon [\"overrun\",\"nobody\","), 1u) << a.told();
}

TEST(LinkLimits, CongestionIsSeenAndItsEndIsTold) {
  World world;
  Pair pair(world);
  std::size_t got = 0;
  const Port to = pair.b->port([&](Message) { ++got; });
  ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
  pair.proxy.pause_both();
  std::size_t sent = 0;
  while (!pair.from().congested(to)) {
    pair.from().snd(to, std::string(1000, 'x'));
    ++sent;
  }
  EXPECT_GT(pair.a->peer("b").queued_bytes, 1u << 20);
  int drained = 0, cancelled = 0;
  pair.from().on_drain(to, [&] { ++drained; });
  pair.from().on_drain(to, [&] { ++cancelled; }).cancel();
  world.settle();
  EXPECT_EQ(drained, 0);
  pair.proxy.pause_both(false);
  ASSERT_TRUE(world.until([&] { return got == sent; }));
  world.settle();
  EXPECT_EQ(drained, 1);
  EXPECT_EQ(cancelled, 0);
  pair.from().on_drain(to, [&] { ++drained; });  // short already: at once, but from the loop
  EXPECT_EQ(drained, 1);
  world.settle();
  EXPECT_EQ(drained, 2);
}

TEST(LinkLimits, OnDrainIsCalledWhenTheLinkIsLost) {
  World world;
  Pair pair(world);
  const Port to = pair.b.sink();
  ASSERT_TRUE(world.until([&] { return pair.a->up("b"); }));
  pair.proxy.pause_both();
  while (!pair.from().congested(to)) pair.from().snd(to, std::string(1000, 'x'));
  int drained = 0;
  pair.from().on_drain(to, [&] { ++drained; });
  pair.proxy.cut();
  ASSERT_TRUE(world.until([&] { return drained != 0; })) << pair.told();
  world.settle();
  EXPECT_EQ(drained, 1);
}

}  // namespace
}  // namespace aemp::remote
