// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Order, completeness and memory of many local messages.
#include <aemp/aemp.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "support/alloc_count.h"
#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::scaled;
using test::Texts;

using LocalOrder = test::LocalNode;

// Ports that get numbered messages and are killed now and then.
class Lives {
 public:
  explicit Lives(Node& node) : node_(node) {
    for (int i = 0; i < 8; ++i) replace(static_cast<std::size_t>(i));
  }

  void step() {
    const std::size_t i = random_() % 8;
    const auto dice = random_() % 500;
    Life& life = *living_[i];
    if (dice == 0) {
      node_.kil(life.port, "enough", life.sent);
      replace(i);
    } else if (dice < 10 && lives_.size() > 8) {
      node_.snd(lives_[random_() % (lives_.size() - 8)].port, "to one that may be dead", -1);
    } else {
      node_.snd(life.port, life.sent++);
    }
  }
  void check() const {
    std::size_t deaths = 0;
    for (const Life& life : lives_) {
      EXPECT_EQ(life.got, life.sent);
      EXPECT_TRUE(life.in_order);
      EXPECT_LE(life.fired, 1);
      deaths += static_cast<std::size_t>(life.fired);
    }
    EXPECT_EQ(deaths, lives_.size() - 8);
    EXPECT_GT(deaths, 10u);
  }

 private:
  struct Life {
    Port port;
    std::int64_t sent = 0, got = 0;
    bool in_order = true;
    int fired = 0;
  };
  void replace(std::size_t i) {
    Life& life = lives_.emplace_back();
    life.port = node_.port([&life](Message m) {
      // What goes to a name that is dead, or is not yet, has two elements.
      if (m.size() == 1) life.in_order = life.in_order && m.as<std::int64_t>(0) == life.got++;
    });
    node_.mon(life.port, [&life](std::string word, std::int64_t sent) {
      ++life.fired;
      life.in_order = life.in_order && word == "enough" && sent == life.got;
    });
    living_[i] = &life;
  }

  Node& node_;
  std::mt19937 random_{20261122};
  std::deque<Life> lives_;
  Life* living_[8] = {};
};

TEST_F(LocalOrder, Of100000MessagesFromOutsideHoldsWithKillsInterleaved) {
  Lives lives(node);
  for (int i = 0; i < 100000; ++i) {
    lives.step();
    if (i % 97 == 0) loop.run_once(0ms);
  }
  settle();
  lives.check();
}

TEST_F(LocalOrder, Of100000MessagesFromReceiversHoldsWithKillsInterleaved) {
  Lives lives(node);
  int steps = 0;
  Port driver;
  driver = node.port([&] {
    for (int i = 0; i < 7; ++i) lives.step();
    if ((steps += 7) < 100000) node.snd(driver);
  });
  node.snd(driver);
  settle();
  EXPECT_GE(steps, 100000);
  lives.check();
}

TEST_F(LocalOrder, KilAndSendsArriveInTheOrderSent) {
  Texts got, reasons;
  const Port p = collector(got);
  watch(p, reasons);
  node.snd(p, 1);
  node.snd(p, 2);
  node.kil(p, "now");
  node.snd(p, 3);
  node.kil(p, "too late");
  EXPECT_TRUE(got.empty());
  settle();
  EXPECT_EQ(got, (Texts{"[1]", "[2]"}));
  EXPECT_EQ(reasons, (Texts{"[\"now\"]"}));
}

TEST_F(LocalOrder, UnmonActsAtOnceEvenWhenTheKilIsQueued) {
  Texts reasons;
  const Port p = node.port([] {});
  const Monitor first = watch(p, reasons);
  const Monitor second = watch(p, reasons);
  node.snd(p, "x");
  node.kil(p, "gone");
  node.unmon(first);
  EXPECT_FALSE(first.active());
  EXPECT_TRUE(second.active());
  settle();
  EXPECT_EQ(reasons.size(), 1u);
  EXPECT_FALSE(second.active());
}

TEST_F(LocalOrder, MonitorSetAfterAQueuedKilStillFiresWithItsReason) {
  Texts reasons;
  const Port p = node.port();
  node.kil(p, "queued");
  watch(p, reasons);
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"queued\"]"}));
}

TEST_F(LocalOrder, ReceiversNeverNest) {
  int depth = 0, deepest = 0, ran = 0;
  const Port p = node.port([&](int n) {
    deepest = std::max(deepest, ++depth);
    ++ran;
    if (n > 0) {
      node.snd(node.self(), n - 1);
      node.snd(node.self(), 0);
    }
    --depth;
  });
  node.snd(p, 100);
  EXPECT_EQ(ran, 0);
  settle();
  EXPECT_EQ(deepest, 1);
  EXPECT_EQ(ran, 201);
}

TEST_F(LocalOrder, TenMillionPingPongsTakeConstantStackAndMemory) {
  const std::int64_t rounds = scaled(10'000'000);
  std::int64_t at = 0;
  std::uintptr_t lowest = UINTPTR_MAX, highest = 0;
  std::size_t warm = 0, end = 0, most_queued = 0;
  Port a, b;
  const auto bounce = [&](const Port& to, std::int64_t n) {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest = std::min(lowest, here);
    highest = std::max(highest, here);
    if (n == 10'000) warm = test::allocations();
    if (n % 4096 == 0) most_queued = std::max(most_queued, node.stats().run_queue_bytes);
    if (n == rounds) end = test::allocations();
    at = n;
    if (n < rounds) node.snd(to, n + 1);
  };
  a = node.port([&](std::int64_t n) { bounce(b, n); });
  b = node.port([&](std::int64_t n) { bounce(a, n); });
  node.snd(a, 0);
  EXPECT_TRUE(run_until([&] { return at == rounds; }));
  EXPECT_LT(highest - lowest, 4096u);
  // A machine that pauses makes the loop say that callbacks were slow, which takes memory.
  EXPECT_LE(end - warm, 200 * log.lines.size()) << log.all();
  EXPECT_LT(most_queued, 1024u);
  EXPECT_EQ(node.stats().local_messages, static_cast<std::uint64_t>(rounds) + 1);
}

TEST_F(LocalOrder, ViewsStayValidWhileAReceiverSends10000Messages) {
  const std::string text(3000, 't'), other(200, 'o');
  const std::vector<std::byte> bytes(5000, std::byte{7});
  const OwnedMessage expected = message("view", text, bytes, list(1, "two", 3.0), node.node_port());
  bool same = false;
  std::int64_t drained = 0;
  const Port sink = node.port([&](std::int64_t n, std::string_view) { drained += n; });
  const Port p = node.port();
  node.rcv(p, "view", [&](std::string_view t, std::span<const std::byte> b, Value v, Message rest) {
    for (int i = 0; i < 10000; ++i) node.snd(sink, 1, other);
    node.snd(sink, 1, std::string(200'000, 'L'));
    for (int i = 0; i < 1000; ++i) node.kil(node.port(), "to fill the queue");
    node.kil(node.self(), "done");
    node.rcv(sink, "a tag", [] {});
    same = t == text && std::equal(b.begin(), b.end(), bytes.begin(), bytes.end()) &&
           v.json() == "[1,\"two\",3.0]" && rest.size() == 1 &&
           rest.as<Port>(0) == node.node_port();
  });
  Texts reasons;
  watch(p, reasons);
  for (int i = 0; i < 50; ++i) node.snd(sink, 0, other);
  node.snd(p, expected);
  settle();
  EXPECT_TRUE(same);
  EXPECT_EQ(drained, 10001);
  EXPECT_EQ(reasons, (Texts{"[\"done\"]"}));
}

TEST_F(LocalOrder, WholeMessageViewsOfTheDefaultReceiverStayValidToo) {
  const OwnedMessage sent = message("a", std::string(70'000, 'x'), dict("k", list(1, 2)));
  std::string seen;
  const Port sink = node.port([](Message) {});
  const Port p = node.port([&](Message m) {
    for (int i = 0; i < 10000; ++i) node.snd(sink, m[0], i);
    seen = m.json();
  });
  node.snd(p, sent);
  settle();
  EXPECT_EQ(seen, sent.json());
}

// A foreign loop that only watches fd() must never be left waiting with work undone.
TEST_F(LocalOrder, AMillionSendsFromOutsideUnderPollNeverStall) {
  const int wanted = scaled(1'000'000);
  std::mt19937 random(42);
  std::int64_t got = 0;
  bool in_order = true;
  const Port p = node.port([&](std::int64_t n) { in_order = in_order && n == got++; });
  pollfd entry{loop.fd(), POLLIN, 0};
  int sent = 0;
  while (got < wanted) {
    for (auto n = random() % 16; n > 0 && sent < wanted; --n) node.snd(p, sent++);
    if (got == sent) {
      ASSERT_EQ(::poll(&entry, 1, 0), 0) << "readable without work after " << got;
      continue;
    }
    ASSERT_EQ(::poll(&entry, 1, 60'000), 1) << "stalled after " << got << " of " << sent;
    loop.run_once(0ms);
  }
  EXPECT_TRUE(in_order);
  EXPECT_FALSE(loop.run_once(0ms));
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
}

TEST_F(LocalOrder, PollSeesMonitorsKillsSpawnsAndTimers) {
  pollfd entry{loop.fd(), POLLIN, 0};
  const auto run = [&](const bool& done) {
    while (!done) {
      ASSERT_EQ(::poll(&entry, 1, 60'000), 1);
      loop.run_once(0ms);
    }
  };
  bool fired = false, spawned = false, timed = false, called = false;
  const Port p = node.port();
  node.mon(p, [&] { fired = true; });
  node.kil(p);
  run(fired);
  node.define("f", [&] { spawned = true; });
  node.spawn(node.id(), "f");
  run(spawned);
  node.after(3ms, [&] { timed = true; });
  run(timed);
  node.cal(
      node.node_port(), [&](const Reply& r) { called = r.ok(); }, "time");
  run(called);
}

TEST_F(LocalOrder, LargeAndSmallMessagesKeepTheirOrder) {
  std::mt19937 random(7);
  std::int64_t next = 0;
  bool whole = true;
  const Port p = node.port([&](std::int64_t n, std::string_view text) {
    whole =
        whole && n == next++ && text == std::string(text.size(), static_cast<char>('a' + n % 26));
  });
  for (std::int64_t n = 0; n < scaled(2000); ++n) {
    const std::size_t size = random() % 40 == 0 ? random() % 300'000 : random() % 300;
    node.snd(p, n, std::string(size, static_cast<char>('a' + n % 26)));
    if (n % 50 == 0) loop.run_once(0ms);
  }
  settle();
  EXPECT_TRUE(whole);
  EXPECT_EQ(next, scaled(2000));
}

}  // namespace
}  // namespace aemp
