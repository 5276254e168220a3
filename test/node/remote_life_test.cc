// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Nodes that come, go, come back, and those that are not there.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

struct Duo {
  explicit Duo(Config with = {}) : b(loop(), make("b", with, {unix_name()}, {})) {
    proxy = std::make_unique<Proxy>(loop(), unix_name(), b->binds()[0]);
    proxy->show_target_at({proxy->address()});
    a = std::make_unique<Member>(loop(), make("a", with, {}, {proxy->address()}));
  }
  static Config make(std::string id, Config c, std::vector<std::string> binds,
                     std::vector<std::string> seeds) {
    c.nodeid = std::move(id);
    c.binds = std::move(binds);
    c.seeds = std::move(seeds);
    return c;
  }
  Loop& loop() { return world.loop; }
  bool link() {
    return world.until([&] { return a->up("b") && b.up("a"); });
  }
  std::string told() const { return a->told() + b.told(); }

  World world;
  Member b;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<Member> a;
};

TEST(RemoteLife, MessagesQueuedBeforeTheLinkIsUpArriveInOrder) {
  Duo d;
  const Port sink = d.b.sink();
  for (int i = 0; i < 100; ++i) (*d.a)->snd(sink, i);
  EXPECT_TRUE(d.world.until([&] { return d.b.story.size() == 101; }));
  EXPECT_EQ(d.b.story[0], "up a");
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(d.b.story[1 + i], "[" + std::to_string(i) + "]");
}

TEST(RemoteLife, AnUnreachableNodeFiresItsMonitorsAfterMonitorTimeout) {
  Config c;
  c.monitor_timeout = 3s;
  Duo d(c);
  d.proxy->refuse();
  const Port far = *Port::parse("b#x");
  const Port sink = d.b.sink();
  d.a->watch(sink, "mon");
  d.a->watch((*d.a)->node_port("b"), "node");
  d.a->watch((*d.a)->node_port("nobody"), "nobody");
  (*d.a)->snd(sink, "dropped");
  const TimePoint start = d.loop().now();
  EXPECT_TRUE(d.world.until([&] { return d.a->story.size() == 3; }));
  EXPECT_GE(d.loop().now() - start, 3s);
  EXPECT_GE(d.a->find("mon [\"transport_error\",\"b\",\"no connection"), 0) << d.told();
  EXPECT_GE(d.a->find("node [\"transport_error\",\"b\",\"no connection"), 0) << d.told();
  EXPECT_GE(d.a->find("nobody [\"transport_error\",\"nobody\",\"no connection"), 0) << d.told();
  d.proxy->refuse(false);
  (*d.a)->snd(sink, "arrives");
  EXPECT_TRUE(d.world.until([&] { return d.b.find("[\"arrives\"]") >= 0; }));
  EXPECT_EQ(d.b.find("[\"dropped\"]"), -1);
}

TEST(RemoteLife, RemoteMonitorsAreFreedOnBothSides) {
  Duo d;
  ASSERT_TRUE(d.link());
  const auto none = [&] {
    return (*d.a)->stats().monitors == 0 && d.b->stats().watchers == 0 &&
           d.a->peer("b").monitors == 0;
  };
  const Port p = d.b.sink(), q = d.b.sink();
  const Monitor one = d.a->watch(p, "one"), two = d.a->watch(p, "two");
  EXPECT_TRUE(d.world.until([&] { return d.b->stats().watchers == 1; }));
  EXPECT_EQ((*d.a)->stats().monitors, 2u);
  one.cancel();
  two.cancel();
  EXPECT_TRUE(d.world.until(none));
  d.a->watch(q, "death");
  EXPECT_TRUE(d.world.until([&] { return d.b->stats().watchers == 1; }));
  d.b->kil(q, "why", 1);
  EXPECT_TRUE(d.world.until(none));
  EXPECT_EQ(d.a->count("death [\"why\",1]"), 1u);
  d.a->watch(p, "loss");
  EXPECT_TRUE(d.world.until([&] { return d.b->stats().watchers == 1; }));
  d.proxy->cut();
  EXPECT_TRUE(d.world.until(none));
  EXPECT_EQ(d.a->count("loss [\"transport_error\""), 1u);
  EXPECT_EQ(d.a->count("one") + d.a->count("two"), 0u);
  expect_alternating(*d.a);
}

TEST(RemoteLife, SpawnThenSendMonitorAndKillWithAndWithoutALink) {
  for (const bool linked : {true, false}) {
    Duo d;
    d.b->define("work", [&](std::string name) {
      d.b.story.push_back("start " + name);
      d.b->rcv(d.b->self(), [&](Message m) { d.b.story.push_back(m.json()); });
    });
    if (linked) {
      ASSERT_TRUE(d.link());
    }
    const Port w = (*d.a)->spawn("b", "work", "w");
    (*d.a)->snd(w, 1);
    d.a->watch(w, "mon");
    (*d.a)->snd(w, 2);
    (*d.a)->kil(w, "done");
    (*d.a)->snd(w, 3);
    const Port unknown = (*d.a)->spawn("b", "nothing");
    d.a->watch(unknown, "unknown");
    EXPECT_TRUE(d.world.until([&] { return d.a->count("unknown") == 1; }));
    EXPECT_EQ(d.a->count("mon [\"done\"]"), 1u) << d.told();
    const auto at = d.b.find("start w");
    ASSERT_GE(at, 0);
    EXPECT_EQ(d.b.story[static_cast<std::size_t>(at) + 1], "[1]");
    EXPECT_EQ(d.b.story[static_cast<std::size_t>(at) + 2], "[2]");
    EXPECT_EQ(d.b.find("[3]"), -1);
  }
}

TEST(RemoteLife, TheSecondNodeOfAnIdIsRefusedAndTheFirstUndisturbed) {
  Duo d;
  ASSERT_TRUE(d.link());
  Member twin(d.loop(), config("a", {}, {d.b->binds()[0]}));
  EXPECT_TRUE(d.world.until([&] { return twin.log.count(1) > 0; }));
  d.world.settle();
  EXPECT_GE(twin.log.count(1, "in use"), 1u) << twin.told();
  EXPECT_EQ(d.b.log.count(1, "in use"), twin.log.count(1, "in use")) << d.told();
  EXPECT_TRUE(d.a->up("b"));
  EXPECT_EQ(d.a->count("down"), 0u);
  EXPECT_EQ(d.b.count("down"), 0u);
  EXPECT_TRUE(twin.story.empty());
}

TEST(RemoteLife, ANodeThatDialsItsOwnIdHearsThatItIsInUse) {
  World world;
  Member first(world.loop, config("same", {unix_name()}));
  Member second(world.loop, config("same", {}, {first->binds()[0]}));
  EXPECT_TRUE(world.until([&] { return second.log.count(1, "in use") > 0; }));
  world.settle();
  EXPECT_EQ(first.log.count(1, "in use"), second.log.count(1, "in use"));
}

// Under the same node ID, with a larger and a smaller incarnation, and with the end of the old
// life noticed or not.
TEST(RemoteLife, ARestartUnderTheSameNodeId) {
  for (const bool larger : {false, true}) {
    for (const bool noticed : {false, true}) {
      Duo d;
      const Port sink = d.b.sink();
      const Port old_port = d.a->sink("old");
      ASSERT_TRUE(d.link());
      d.b.watch(old_port, "mon");
      d.world.settle();
      const std::string before = incarnation(**d.a);
      if (!noticed) d.proxy->cut(Cut::dialler);
      d.a->leave();
      std::unique_ptr<Member> again;
      do {
        again = std::make_unique<Member>(d.loop(), config("a", {}, {d.proxy->address()}));
      } while ((incarnation(**again) > before) != larger);
      (*again)->snd(sink, "again");
      EXPECT_TRUE(d.world.until([&] { return d.b.find("[\"again\"]") >= 0; }, 5s)) << d.told();
      EXPECT_EQ(d.b.count("mon [\"transport_error\",\"a\""), 1u);
      EXPECT_LT(d.b.find("mon"), d.b.find("down a"));
      EXPECT_LT(d.b.find("down a"), d.b.find("[\"again\"]"));
      EXPECT_EQ(d.b.count("up a"), 2u);
      expect_alternating(d.b);
      // A port of the old life is not hit in the new one.
      const Port same_slot = again->sink("new");
      d.b->snd(old_port, "for the dead");
      d.b.watch(old_port, "dead");
      d.b->snd(same_slot, "for the living");
      EXPECT_TRUE(
          d.world.until([&] { return d.b.count("dead") == 1 && again->count("new") == 1; }));
      EXPECT_EQ(d.b.count("dead [\"no_such_port\""), 1u);
      EXPECT_EQ(again->count("new [\"for the living\"]"), 1u) << again->told();
    }
  }
}

TEST(RemoteLife, ASilentPeerIsDownAfterHeartbeatTimeout) {
  Duo d;
  ASSERT_TRUE(d.link());
  d.b.watch((*d.a)->node_port("a"), "node");
  const TimePoint start = d.loop().now();
  d.proxy->pause_both();
  EXPECT_TRUE(d.world.until([&] { return d.b.count("down") == 1; }));
  EXPECT_GE(d.loop().now() - start, 3s);
  EXPECT_LT(d.loop().now() - start, 9s);
  EXPECT_EQ(d.b.count("node [\"transport_error\",\"a\",\"silent"), 1u) << d.told();
}

TEST(RemoteLife, AReceiverThatBlocksRaisesNoFalseAlarm) {
  Config c;
  c.heartbeat_timeout = 1s;
  Duo d(c);
  ASSERT_TRUE(d.link());
  const Port slow = d.b->port([&](int n) {
    d.world.host.pass(3 * kSecond);
    d.b.story.push_back("slow " + std::to_string(n));
  });
  for (int i = 0; i < 5; ++i) {
    (*d.a)->snd(slow, i);
    d.world.pass(500ms);
  }
  d.world.pass(5s);
  EXPECT_EQ(d.b.count("slow"), 5u);
  EXPECT_EQ(d.a->count("down") + d.b.count("down"), 0u) << d.told();
}

TEST(RemoteLife, WhatWasSentBeforeLeavingArrives) {
  Duo d;
  ASSERT_TRUE(d.link());
  const Port sink = d.b.sink(), home = d.a->sink();
  const std::string big(20000, 'x');
  for (int i = 0; i < 200; ++i) {
    d.b->snd(home, i, big);
    (*d.a)->snd(sink, i, big);
  }
  d.b.watch(home, "mon");
  d.a->leave();
  EXPECT_TRUE(d.world.until([&] { return d.b.count("down") == 1; }));
  EXPECT_EQ(d.b.count("["), 200u);
  EXPECT_EQ(d.b.count("down a [\"transport_error\",\"a\",\"left the network\"]"), 1u) << d.told();
  EXPECT_EQ(d.b.count("mon [\"transport_error\",\"a\",\"left the network\"]"), 1u);
}

TEST(RemoteLife, ALeavingNodeDialsNobodyAndItsStatsCanBeAsked) {
  Duo d;
  ASSERT_TRUE(d.link());
  d.proxy->refuse();
  d.proxy->cut();
  d.world.settle();
  (*d.a)->snd(d.b.sink(), 1);
  d.world.settle();
  const std::size_t accepted = d.proxy->accepted();
  (*d.a)->leave();
  d.world.pass(5s);
  EXPECT_EQ(d.proxy->accepted(), accepted);
  EXPECT_EQ((*d.a)->stats().links_up, 0u);
}

// Both public: nothing but messages keeps their link.
struct Idle {
  Idle() {
    c.link_idle = 100ms;
    a = std::make_unique<Member>(world.loop, Duo::make("a", c, {unix_name()}, {}));
    b = std::make_unique<Member>(world.loop, Duo::make("b", c, {unix_name()}, {}));
  }
  World world;
  Config c;
  std::unique_ptr<Member> a, b;
};

TEST(RemoteLife, AnIdleLinkOfAPrivateNodeToItsSeedStays) {
  Idle d;
  Member guest(d.world.loop, Duo::make("g", d.c, {}, {(*d.a)->binds()[0]}));
  ASSERT_TRUE(d.world.until([&] { return guest.up("a"); }));
  d.world.pass(2s);
  EXPECT_EQ(guest.count("down") + d.a->count("down"), 0u);
}

TEST(RemoteLife, ASeedThatIsTheNodeItselfIsIgnored) {
  World world;
  const std::string at = unix_name();
  Member a(world.loop, config("a", {at}, {at}));
  world.pass(60s);
  EXPECT_TRUE(a.story.empty());
  EXPECT_EQ(a->stats().dials, 0u);
  EXPECT_EQ(a->up_nodes().size(), 0u);
}

TEST(RemoteLife, AnUnreachableSeedIsTriedUntilItIsThere) {
  World world;
  const std::string at = unix_name();
  Member a(world.loop, config("a", {}, {at}));
  world.pass(20s);
  EXPECT_TRUE(a.story.empty());
  Member b(world.loop, config("b", {at}));
  EXPECT_TRUE(world.until([&] { return a.up("b") && b.up("a"); }, 40s));
}

TEST(RemoteLife, NodePortsAnswerCallsAndRelayMessages) {
  Duo d;
  int replies = 0;
  const Port bs = (*d.a)->node_port("b");
  (*d.a)->cal(
      bs,
      [&](const Reply& r) {
        EXPECT_TRUE(r.ok() && r.message().as<double>(0) > 0);
        ++replies;
      },
      "time");
  (*d.a)->cal(
      bs,
      [&](const Reply& r) {
        EXPECT_TRUE(r.ok() && r.message().as<std::string>(0) == "b");
        ++replies;
      },
      "info");
  const Port home = d.a->sink("relayed");
  (*d.a)->snd_on("b", home, 1, "x");
  d.b->define("f", [&](int x, int y) { d.b.story.push_back("f " + std::to_string(x + y)); });
  (*d.a)->snd_to_func("b", "f", 1, 2);
  EXPECT_TRUE(d.world.until([&] {
    return replies == 2 && d.a->count("relayed [1,\"x\"]") == 1 && d.b.count("f 3") == 1;
  })) << d.told();
}

TEST(RemoteLife, SecureNodesRefuseCallsFromOthers) {
  Config c;
  c.secure = true;
  Duo d(c);
  d.b->define("f", [&] { d.b.story.push_back("called"); });
  ASSERT_TRUE(d.link());
  (*d.a)->snd_to_func("b", "f");
  (*d.a)->spawn("b", "f");
  EXPECT_TRUE(d.world.until([&] { return d.b.log.count(2, "refused") > 1; })) << d.told();
  // Who asks is told the truth, and who waits for the reply of a call need not wait.
  std::vector<std::string> answers;
  const auto keep = [&](const Reply& r) {
    answers.push_back((r.ok() ? r.message() : r.reason()).json());
  };
  const Port gate = (*d.a)->node_port("b");
  (*d.a)->cal(gate, keep, "can", "f");
  (*d.a)->cal(gate, keep, "can", "time");
  (*d.a)->cal(gate, keep, "f", 1);
  EXPECT_TRUE(d.world.until([&] { return answers.size() == 3; })) << d.told();
  const std::string refused =
      "[\"refused\",\"function 'f' of node b: it may not be called from other nodes\"]";
  EXPECT_EQ(answers, (std::vector<std::string>{"[false]", "[true]", refused}));
  EXPECT_EQ(d.b.count("called"), 0u);
}

// What b sends to itself because another node asked it to is a call from there.
TEST(RemoteLife, ASecureNodeIsNotTalkedIntoCallingItself) {
  Config c;
  c.secure = true;
  Duo d(c);
  d.b->define("f", [&] { d.b.story.push_back("called"); });
  ASSERT_TRUE(d.link());
  const Port gate = (*d.a)->node_port("b");
  (*d.a)->snd(gate, "snd", gate, "f");
  (*d.a)->snd(gate, "snd", gate, "snd", gate, "f");
  (*d.a)->snd(gate, "snd_multiple", list(gate, "f"), list(gate, "snd", gate, "f"));
  (*d.a)->snd(gate, "time", gate, "f");
  EXPECT_TRUE(d.world.until([&] { return d.b.log.count(2, "'f' is refused") == 5; })) << d.told();
  d.b->snd_to_func("b", "f");
  EXPECT_TRUE(d.world.until([&] { return d.b.count("called") > 0; })) << d.told();
  EXPECT_EQ(d.b.count("called"), 1u);
}

TEST(RemoteLife, APeerThatStopsReadingIsOverrunAndMemoryIsBounded) {
  Config c;
  c.max_message = 1 << 20;
  c.queue_limit = 4 << 20;
  Duo d(c);
  ASSERT_TRUE(d.link());
  const Port sink = d.b->port([](Message) {});
  d.proxy->pause(Way::there);
  d.a->watch(sink, "mon");
  const std::string kilo(1000, 'k');
  bool was_congested = false, drained = false;
  std::uint64_t most = 0;
  for (int i = 0; i < 20000 && d.a->count("mon") == 0; ++i) {
    (*d.a)->snd(sink, i, kilo);
    if (!was_congested && (*d.a)->congested(sink)) {
      was_congested = true;
      (*d.a)->on_drain(sink, [&] { drained = true; });
    }
    most = std::max(most, d.a->peer("b").queued_bytes);
    if (i % 64 == 0) d.loop().run_once(0ms);
  }
  EXPECT_TRUE(d.world.until([&] { return drained && d.a->count("mon") == 1; })) << d.told();
  EXPECT_TRUE(was_congested);
  EXPECT_LE(most, (4u << 20) * 11 / 10);
  EXPECT_EQ(d.a->count("mon [\"overrun\""), 1u) << d.told();
  EXPECT_EQ((*d.a)->stats().overruns, 1u);
}

TEST(RemoteLife, AMessageOverThePeersLimitIsLostOnceAndLaterOnesArrive) {
  for (const bool linked : {true, false}) {
    World world;
    Config small = config("b", {unix_name()});
    small.max_message = 2000;
    Member b(world.loop, small);
    Member a(world.loop, config("a", {}, {b->binds()[0]}));
    const Port sink = b.sink();
    if (linked) {
      ASSERT_TRUE(world.until([&] { return a.up("b"); }));
    }
    a.watch(sink, "mon");
    a->snd(sink, "first");
    a->snd(sink, std::string(3000, 'x'));
    a->snd(sink, "behind");
    EXPECT_TRUE(world.until([&] { return a.count("mon") == 1; }));
    a->snd(sink, "later");
    EXPECT_TRUE(world.until([&] { return b.find("[\"later\"]") >= 0; }));
    EXPECT_GE(b.find("[\"first\"]"), 0);
    EXPECT_EQ(b.find("[\"behind\"]"), -1);
    EXPECT_EQ(a.count("mon [\"too_big\",3003,2000]"), 1u) << a.told();
    EXPECT_EQ(a.count("down"), 0u);
  }
}

TEST(RemoteLife, MessagesOfAllSizesArriveInOrder) {
  Duo d;
  const std::size_t sizes[] = {1, 66000, 66048, 66100, 3 << 20, 7, 200000, 1 << 20, 3};
  std::vector<std::size_t> got;
  const Port sink = d.b->port([&](std::string s) { got.push_back(s.size()); });
  for (const std::size_t n : sizes) (*d.a)->snd(sink, std::string(n, 's'));
  d.a->watch(sink, "mon");
  (*d.a)->kil(sink, "end");
  EXPECT_TRUE(d.world.until([&] { return d.a->count("mon [\"end\"]") == 1; })) << d.told();
  EXPECT_EQ(got, std::vector<std::size_t>(std::begin(sizes), std::end(sizes)));
}

}  // namespace
}  // namespace aemp::remote
