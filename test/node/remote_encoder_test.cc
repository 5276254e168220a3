// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The order of what is sent while another message is written, by one node or by two on one loop.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/active.h"
#include "support/cluster.h"

namespace aemp::remote {
namespace {

using test::Active;

// Two nodes that write, both linked to a third.
struct Trio {
  Trio() {
    far->define("work", [&](std::string from, int n) {
      far.story.push_back("start " + from + " " + std::to_string(n));
      far->rcv(far->self(), [&](Message m) { far.story.push_back("work " + m.json()); });
    });
    EXPECT_TRUE(
        world.until([&] { return far.up("a") && far.up("b") && a.up("far") && b.up("far"); }));
  }
  bool until_said(std::string_view line) {
    return world.until([&] { return far.find(line) >= 0; });
  }
  std::string told() const { return a.told() + b.told() + far.told(); }

  World world;
  Member far{world.loop, config("far", {unix_name()})};
  Member a{world.loop, config("a", {}, {far->binds()[0]})};
  Member b{world.loop, config("b", {}, {far->binds()[0]})};
  Port sink = far.sink("sink");
  Port near_a = a.sink("near"), near_b = b.sink("near");
};

TEST(RemoteEncoder, SendsBehindAMessageOfAnotherNodeDoNotOvertake) {
  Trio t;
  const Active last{[&] { t.b->snd(t.sink, 3); }, 2};
  t.a->snd(t.near_a, Active{[&] {
                              t.b->snd(t.near_b, Active{[&] {
                                                          t.b->snd(t.sink, 1);
                                                          t.b->snd(t.sink, last);
                                                          t.b->snd(t.sink, 4);
                                                        },
                                                        0});
                              t.b->snd(t.sink, 5);
                            },
                            0});
  ASSERT_TRUE(t.until_said("sink [5]"));
  for (int n = 1; n <= 5; ++n) {
    EXPECT_EQ(t.far.story[static_cast<std::size_t>(t.far.find("sink [1]") + n - 1)],
              "sink [" + std::to_string(n) + "]")
        << t.told();
  }
}

TEST(RemoteEncoder, CallsBehindAMessageOfAnotherNodeKeepTheOrderOfTheirSerials) {
  Trio t;
  const Active outer{[&] {
                       const Active inner{[&] { t.b->spawn("far", "work", "b", 2); }, 1};
                       t.b->spawn("far", "work", "b", inner);
                       t.b->spawn("far", "work", "b", 3);
                     },
                     0};
  t.a->snd(t.near_a, Active{[&] { t.b->snd(t.near_b, outer); }, 0});
  ASSERT_TRUE(t.until_said("start b 3")) << t.told();
  EXPECT_LT(t.far.find("start b 1"), t.far.find("start b 2"));
  EXPECT_LT(t.far.find("start b 2"), t.far.find("start b 3"));
  EXPECT_EQ(t.far.count("down"), 0u) << t.told();
}

// The outer message goes to the run queue, to the same peer, to another one.
TEST(RemoteEncoder, SpawnMonitorSendAndKillAreInOrder) {
  Trio t;
  const Port outer_to[] = {t.near_a, t.sink, *Port::parse("nobody#x"),
                           *Port::parse("elsewhere#00000000001.1")};
  int round = 0;
  for (const Port& to : outer_to) {
    const std::string name = "mon" + std::to_string(++round);
    t.a->snd(to, Active{[&] {
                          const Port w = t.a->spawn("far", "work", "a", round);
                          t.a.watch(w, name);
                          t.a->unmon(t.a.watch(w, "unwatched"));
                          t.a->snd(w, round);
                          t.a->kil(w, "done", round);
                          t.a->snd(w, "too late");
                        },
                        0});
    ASSERT_TRUE(t.world.until([&] { return t.a.count(name) != 0; })) << t.told();
    const std::string n = std::to_string(round);
    EXPECT_EQ(t.a.count(name + " [\"done\"," + n + "]"), 1u) << t.told();
    EXPECT_GE(t.far.find("work [" + n + "]"), 0) << t.told();
  }
  t.world.settle();
  EXPECT_EQ(t.far.find("work [\"too late\"]"), -1) << t.told();
  EXPECT_EQ(t.a.count("unwatched"), 0u);
  EXPECT_EQ(t.far->stats().watchers, 0u);
}

TEST(RemoteEncoder, WhatWasAskedForBeforeLeavingIsDone) {
  Trio t;
  t.a->snd(t.sink, Active{[&] {
                            t.a->snd(t.sink, 2);
                            t.a->snd(t.sink, 3);
                            t.a->leave();
                            t.a->snd(t.sink, 4);
                          },
                          1});
  ASSERT_TRUE(t.world.until([&] { return t.far.count("down a") != 0; })) << t.told();
  for (int n = 1; n <= 4; ++n) {
    EXPECT_EQ(t.far.count("sink [" + std::to_string(n) + "]"), 1u) << n << t.told();
  }
}

// Messages that send messages, at random: what one node sends to one port carries a number, given
// when the call begins.
class Scribe {
 public:
  Scribe(Trio& t, unsigned seed) : t_(t), random_(seed) {
    ports_ = {port(t.a), port(t.b), port(t.far)};
  }

  void write(int depth) {
    for (int i = pick(4); i >= 0; --i) {
      const std::size_t from = static_cast<std::size_t>(pick(2));
      // Its own port, the far one, a call there.
      const std::size_t to =
          std::vector<std::size_t>{from, 2, 3}[static_cast<std::size_t>(pick(3))];
      Member& sender = from == 0 ? t_.a : t_.b;
      const int number = ++sent_[{from, to}];
      const bool fails = pick(8) == 0;
      const Active body{[&, fails] {
                          if (depth > 0) write(depth - 1);
                          if (fails) throw std::runtime_error("half way");
                        },
                        0};
      try {
        if (to == 3) {
          const Port p = sender->spawn("far", "work", from, number, body);
          sender.watch(p, "mon");
        } else {
          sender->snd(ports_[to], from, number, body);
        }
        ++expected_;
      } catch (const std::runtime_error&) {
      }
    }
  }

  std::size_t expected() const { return expected_; }
  std::size_t got() const { return got_; }
  bool in_order() const { return in_order_; }
  void take(std::size_t from, std::size_t to, int number) {
    int& last = last_[{from, to}];
    in_order_ = in_order_ && number > last;
    last = number;
    ++got_;
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  Port port(Member& member) {
    const std::size_t to = made_++;
    return member->port([this, to](std::size_t from, int number, int) { take(from, to, number); });
  }

  Trio& t_;
  std::mt19937 random_;
  std::vector<Port> ports_;
  std::size_t made_ = 0, expected_ = 0, got_ = 0;
  bool in_order_ = true;
  std::map<std::pair<std::size_t, std::size_t>, int> sent_, last_;
};

TEST(RemoteEncoder, RandomMessagesThatSendMessagesKeepTheOrderOfTheirCalls) {
  Trio t;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    Scribe scribe(t, seed);
    t.far->define("work", [&](std::size_t from, int number, int) {
      scribe.take(from, 3, number);
      t.far->rcv(t.far->self(), [](Message) {});
    });
    scribe.write(4);
    ASSERT_TRUE(t.world.until([&] { return scribe.got() == scribe.expected(); }, 30s))
        << seed << ": " << scribe.got() << " of " << scribe.expected() << t.told();
    EXPECT_TRUE(scribe.in_order()) << seed;
  }
  EXPECT_EQ(t.far.count("down"), 0u);
  EXPECT_EQ(t.a.count("mon") + t.b.count("mon"), 0u);
}

}  // namespace
}  // namespace aemp::remote
