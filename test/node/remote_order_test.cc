// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What one node sends to another's ports takes effect there in the order in which it was sent,
// whatever it is: messages of all sizes, kills, monitors set and taken away.
#include <aemp/aemp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

// Ports of b that get numbered messages, a few of them large, and are killed in between.
class Lives {
 public:
  explicit Lives(ProxiedPair& pair) : pair_(pair) {
    for (std::size_t i = 0; i < 4; ++i) replace(i);
  }
  void step() {
    const std::size_t i = random_() % 4;
    Life& life = *living_[i];
    const auto dice = random_() % 100;
    if (dice < 4) {
      pair_.a->kil(life.port, life.sent, std::string(dice == 0 ? 60'000 : 0, 'r'));
      pair_.a->snd(life.port, life.sent, std::string());  // to the dead
      replace(i);
    } else {
      const std::size_t size = dice < 20 ? 66'000 + random_() % 300'000 : random_() % 200;
      const auto letter = static_cast<char>('a' + life.sent % 26);
      pair_.a->snd(life.port, life.sent++, std::string(size, letter));
    }
  }
  bool all_arrived() const {
    std::size_t deaths = 0;
    for (const Life& life : lives_) {
      if (life.got != life.sent) return false;
      deaths += life.dead ? 1 : 0;
    }
    return deaths == lives_.size() - 4;
  }
  void check() const {
    EXPECT_GT(lives_.size(), 10u);
    for (const Life& life : lives_) {
      EXPECT_TRUE(life.whole);
      EXPECT_EQ(life.got, life.sent);
    }
  }

 private:
  struct Life {
    Port port;
    std::int64_t sent = 0, got = 0;
    bool whole = true, dead = false;
  };
  void replace(std::size_t i) {
    Life& life = lives_.emplace_back();
    life.port = pair_.b->port([&life](std::int64_t n, std::string_view text) {
      life.whole = life.whole && n == life.got++ && !life.dead &&
                   text == std::string(text.size(), static_cast<char>('a' + n % 26));
    });
    pair_.a->mon(life.port, [&life](std::int64_t sent, std::string_view) {
      life.whole = life.whole && !life.dead && sent == life.got;
      life.dead = true;
    });
    living_[i] = &life;
  }

  ProxiedPair& pair_;
  std::mt19937 random_{7};
  std::deque<Life> lives_;
  Life* living_[4] = {};
};

TEST(RemoteOrder, LargeMessagesKillsAndSmallMessagesMixed) {
  for (const bool unruly : {false, true}) {
    World world;
    world.host.unruly = unruly;
    ProxiedPair pair(world);
    Lives lives(pair);
    for (int i = 0; i < scaled(600, 2); ++i) {
      lives.step();
      if (i % 7 == 0) world.loop.run_once(0ns);
    }
    EXPECT_TRUE(world.until([&] { return lives.all_arrived(); })) << pair.told();
    lives.check();
    EXPECT_EQ(pair.a.count("down"), 0u) << pair.told();
  }
}

TEST(RemoteOrder, AKilTakesItsPlaceBetweenTheMessages) {
  World world;
  ProxiedPair pair(world);
  const Port to = pair.b.sink("to");
  pair.a.watch(to, "mon");
  for (int i = 0; i < 3; ++i) pair.a->snd(to, i);
  pair.a->kil(to, "enough");
  pair.a->snd(to, "late");
  pair.a->kil(to, "too late");
  EXPECT_EQ(pair.b.count("to"), 0u);
  EXPECT_TRUE(world.until([&] { return pair.a.count("mon") == 1; }));
  world.settle();
  EXPECT_EQ(pair.b.count("to ["), 3u) << pair.told();
  EXPECT_EQ(pair.a.count("mon [\"enough\"]"), 1u) << pair.told();
}

// The port's owner hears of kill and monitor in the order in which both were asked for.
TEST(RemoteOrder, AMonitorSetBehindAKilFindsNoPort) {
  World world;
  ProxiedPair pair(world);
  const Port to = pair.b.sink("to");
  pair.a->kil(to, "enough");
  pair.a.watch(to, "mon");
  pair.a->snd(to, "late");
  EXPECT_TRUE(world.until([&] { return pair.a.count("mon") == 1; }));
  EXPECT_EQ(pair.a.count("mon [\"no_such_port\""), 1u) << pair.told();
  EXPECT_EQ(pair.b.count("to"), 0u);
}

TEST(RemoteOrder, AfterUnmonNothingIsCalledThoughTheDeathIsUnderWay) {
  World world;
  ProxiedPair pair(world);
  const Port to = pair.b.sink("to");
  const Monitor ended = pair.a.watch(to, "ended");
  pair.a.watch(to, "kept");
  EXPECT_TRUE(world.until([&] { return pair.b->stats().watchers == 1; }));
  // The news of the death waits in the connection.
  pair.proxy.pause(Way::back);
  pair.b->kil(to, "why");
  world.settle();
  pair.a->unmon(ended);
  EXPECT_FALSE(ended.active());
  pair.proxy.pause(Way::back, false);
  EXPECT_TRUE(world.until([&] { return pair.a.count("kept") == 1; }));
  EXPECT_EQ(pair.a.count("ended"), 0u) << pair.told();
}

// Set, taken away and set again with sends and a kill between: one request follows the other, and
// what is left at the end is what was asked for last.
TEST(RemoteOrder, MonAndUnmonAndSendsAndKilInTheOrderAskedFor) {
  World world;
  ProxiedPair pair(world);
  const Port to = pair.b.sink("to"), other = pair.b.sink("other");
  std::vector<Monitor> ended;
  for (int i = 0; i < 50; ++i) {
    const Monitor monitor = pair.a.watch(to, "early");
    pair.a->snd(to, i);
    pair.a->unmon(monitor);
    pair.a->snd(to, i);
    ended.push_back(pair.a.watch(other, "other"));
    if (i % 10 == 0) world.loop.run_once(0ns);
  }
  pair.a.watch(to, "last");
  for (const Monitor& monitor : ended) pair.a->unmon(monitor);
  pair.a->kil(to, "end");
  pair.a->kil(other, "end");
  pair.a.watch(other, "behind");
  EXPECT_TRUE(world.until([&] { return pair.a.count("behind") == 1; }));
  EXPECT_EQ(pair.a.count("last [\"end\"]"), 1u) << pair.told();
  EXPECT_EQ(pair.a.count("behind [\"no_such_port\""), 1u) << pair.told();
  EXPECT_EQ(pair.a.count("early") + pair.a.count("other"), 0u);
  EXPECT_EQ(pair.b.count("to ["), 100u);
  world.settle();
  EXPECT_EQ(pair.a->stats().monitors, 0u);
  EXPECT_EQ(pair.b->stats().watchers, 0u);
}

// A program that watches nothing but fd() is never left waiting while there is something to do.
TEST(RemoteOrder, SendsFromOutsideUnderPollNeverStall) {
  Loop loop;
  Member b(loop, config("b", {unix_name()}));
  Member a(loop, config("a", {}, {b->binds()[0]}));
  ASSERT_TRUE(loop.run_until([&] { return a.up("b") && b.up("a"); }, kPatience));
  const std::int64_t wanted = scaled(200'000);
  std::mt19937 random(42);
  std::int64_t got = 0, answered = 0, sent = 0;
  bool in_order = true;
  const Port home = a->port([&](std::int64_t n) { in_order = in_order && n == answered++; });
  const Port to = b->port([&](std::int64_t n) {
    in_order = in_order && n == got++;
    b->snd(home, n);
  });
  pollfd entry{loop.fd(), POLLIN, 0};
  while (answered < wanted) {
    for (auto n = random() % 64; n > 0 && sent < wanted; --n) a->snd(to, sent++);
    if (answered == sent) continue;
    ASSERT_EQ(::poll(&entry, 1, 60'000), 1) << "stalled after " << answered << " of " << sent;
    loop.run_once(0ms);
  }
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace aemp::remote
