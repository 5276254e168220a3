// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;
using test::error_of;
using test::Texts;

using LocalMonitor = test::LocalNode;

TEST_F(LocalMonitor, FiresOnceFromTheLoopWithTheReason) {
  Texts reasons;
  const Port p = node.port();
  const Monitor m = watch(p, reasons);
  EXPECT_TRUE(m.active());
  node.kil(p, "why", 1, dict("k", "v"));
  EXPECT_TRUE(reasons.empty());
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"why\",1,{\"k\":\"v\"}]"}));
  EXPECT_FALSE(m.active());
  m.cancel();
  node.kil(p, "again");
  settle();
  EXPECT_EQ(reasons.size(), 1u);
}

TEST_F(LocalMonitor, NeverFiresInsideKil) {
  bool inside = false, fired_inside = false;
  int fired = 0;
  Port p;
  p = node.port([&] {
    inside = true;
    node.kil(p, "self");
    inside = false;
  });
  node.mon(p, [&] {
    ++fired;
    fired_inside = inside;
  });
  node.snd(p);
  settle();
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(fired_inside);
}

TEST_F(LocalMonitor, ThoseOfOnePortFireInTheOrderSetWhateverTheirKind) {
  std::vector<int> order;
  const Port p = node.port();
  const Port q = node.port([&] { order.push_back(2); });
  node.mon(p, [&] { order.push_back(1); });
  node.mon(p, q, "as a message");
  node.mon(p, [&](Message) { order.push_back(3); });
  node.mon(p, [&](std::string, Message) { order.push_back(4); });
  node.kil(p, "x");
  settle();
  EXPECT_EQ(order, (std::vector<int>{1, 3, 4, 2}));  // the message is delivered behind them
}

TEST_F(LocalMonitor, ANormalDeathHasAnEmptyReason) {
  std::optional<bool> empty;
  const Port p = node.port();
  node.mon(p, [&](Message reason) { empty = reason.empty(); });
  node.kil(p);
  settle();
  EXPECT_EQ(empty, true);
}

TEST_F(LocalMonitor, PortsThatDoNotExistFireNoSuchPortFromTheLoop) {
  for (const std::string& text : {dead_port().str(), node.id() + "#made-up",
                                  node.id() + "#00000000000.5", node.id() + "#zzzzzzzzzzz.zz"}) {
    Texts reasons;
    const Monitor m = watch(*Port::parse(text), reasons);
    EXPECT_TRUE(m.active());
    EXPECT_TRUE(reasons.empty());
    settle();
    ASSERT_EQ(reasons.size(), 1u) << text;
    EXPECT_TRUE(contains(reasons[0], "[\"no_such_port\",\"")) << reasons[0];
    watch(*Port::parse(text), reasons).cancel();
    settle();
    EXPECT_EQ(reasons.size(), 1u);
  }
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalMonitor, LinkedPortsDieOfAnAbnormalReasonOnly) {
  Texts reasons;
  const Port p = node.port(), q = node.port(), r = node.port(), s = node.port();
  node.mon(p, q);
  node.mon(r, s);
  watch(q, reasons);
  watch(s, reasons);
  node.kil(r);
  node.kil(p, "contagious", 7);
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"contagious\",7]"}));
  EXPECT_EQ(node.stats().ports, 1u);
  node.mon(p, s);  // p does not exist any more: no_such_port is abnormal
  settle();
  ASSERT_EQ(reasons.size(), 2u);
  EXPECT_TRUE(contains(reasons[1], "no_such_port"));
}

TEST_F(LocalMonitor, PortsLinkedInACircleAllDieOnce) {
  Texts reasons;
  std::vector<Port> ring;
  for (int i = 0; i < 10; ++i) ring.push_back(node.port());
  for (std::size_t i = 0; i < 10; ++i) {
    node.mon(ring[i], ring[(i + 1) % 10]);
    node.mon(ring[(i + 1) % 10], ring[i]);
    watch(ring[i], reasons);
  }
  node.mon(ring[0], ring[0]);
  node.kil(ring[3], "round");
  settle();
  EXPECT_EQ(reasons, Texts(10, "[\"round\"]"));
  EXPECT_EQ(node.stats().ports, 0u);
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalMonitor, LinkOfSelfNeedsAContext) {
  const Port p = node.port();
  EXPECT_EQ(error_of([&] { node.mon(p); }), "no_context");
  Texts reasons;
  const Port q = node.port([&] { node.mon(p); });
  watch(q, reasons);
  node.snd(q);
  settle();
  node.kil(p, "linked");
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"linked\"]"}));
}

TEST_F(LocalMonitor, NodePortsCannotBeLinked) {
  const Port p = node.port();
  EXPECT_EQ(error_of([&] { node.mon(p, node.node_port()); }), "node_port");
  Texts got;
  node.define("died", [&](int n, std::string why) { got.push_back(std::to_string(n) + why); });
  node.mon(p, node.node_port(), "died", 5);  // a message to it is fine
  node.kil(p, "x");
  settle();
  EXPECT_EQ(got, (Texts{"5x"}));
}

TEST_F(LocalMonitor, MonWithAMessageSendsItWithTheReasonAppended) {
  Texts got;
  const Port q = collector(got), a = node.port(), b = node.port();
  node.mon(a, q, "restart", 7);
  node.mon(b, q, "normal end");
  node.kil(a, "err", "sentence", list(1));
  node.kil(b);
  settle();
  EXPECT_EQ(got, (Texts{"[\"restart\",7,\"err\",\"sentence\",[1]]", "[\"normal end\"]"}));
  EXPECT_EQ(error_of([&] { node.mon(a, q, "\xff"); }), "bad_text");
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalMonitor, MonWithALongMessageAndALongReasonSendsBoth) {
  std::size_t sizes[2] = {};
  const std::string text(60'000, 'm'), why(60'000, 'w');
  const Port p = node.port();
  const Port q = node.port([&](std::string_view a, std::string_view b) {
    sizes[0] = a.size();
    sizes[1] = b.size();
  });
  node.mon(p, q, text);
  node.kil(p, why);
  settle();
  EXPECT_EQ(sizes[0], 60'000u);
  EXPECT_EQ(sizes[1], 60'000u);
}

TEST_F(LocalMonitor, ACallbackThatDoesNotFitIsLoggedAndTheOthersFire) {
  int wrong = 0;
  Texts reasons;
  const Port p = node.port();
  node.mon(p, [&](int) { ++wrong; });
  node.mon(p, [&](std::string) { ++wrong; });
  watch(p, reasons);
  node.mon(p, [&](std::string word, int n) { reasons.push_back(word + std::to_string(n)); });
  node.kil(p, "word", 2);
  settle();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(reasons, (Texts{"[\"word\",2]", "word2"}));
  EXPECT_EQ(log.lines.size(), 2u) << log.all();
  EXPECT_EQ(log.count(2, "does not fit"), 2);
}

TEST_F(LocalMonitor, ACallbackThatThrowsIsLoggedAndTheLoopLives) {
  Texts reasons;
  const Port p = node.port();
  node.mon(p, [] { throw std::runtime_error("from a monitor"); });
  node.mon(p, [] { throw 1; });
  watch(p, reasons);
  node.kil(p);
  settle();
  EXPECT_EQ(reasons, (Texts{"[]"}));
  EXPECT_EQ(log.count(1, "from a monitor"), 1) << log.all();
  EXPECT_EQ(log.count(1, "unknown exception"), 1);
}

TEST_F(LocalMonitor, MonGuardKeepsObjectsUntilThePortDies) {
  auto a = std::make_shared<int>(1), b = std::make_shared<int>(2);
  const std::weak_ptr<int> left_a = a, left_b = b;
  const Port p = node.port();
  const Monitor m = node.mon_guard(p, std::move(a), std::move(b), std::make_unique<int>(3));
  settle();
  EXPECT_FALSE(left_a.expired());
  EXPECT_TRUE(m.active());
  node.kil(p);
  EXPECT_FALSE(left_b.expired());
  settle();
  EXPECT_TRUE(left_a.expired());
  EXPECT_TRUE(left_b.expired());
  EXPECT_FALSE(m.active());
}

TEST_F(LocalMonitor, MonGuardEndsWithItsHandleAndForPortsThatDoNotExist) {
  const auto token = std::make_shared<int>(1);
  const Port p = node.port();
  node.unmon(node.mon_guard(p, token));
  EXPECT_EQ(token.use_count(), 1);
  { const Guard g = node.guard(node.mon_guard(p, token)); }
  EXPECT_EQ(token.use_count(), 1);
  node.mon_guard(dead_port(), token);
  settle();
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(LocalMonitor, GuardsCancelMoveAndRelease) {
  Texts reasons;
  const Port p = node.port();
  {
    Guard a = node.guard(watch(p, reasons));
    Guard b = std::move(a);
    a = node.guard(watch(p, reasons));
    b = std::move(a);
    EXPECT_EQ(node.stats().monitors, 1u);
  }
  EXPECT_EQ(node.stats().monitors, 0u);
  Guard c = loop.guard(watch(p, reasons));
  const Handle kept = c.release();
  EXPECT_TRUE(kept.active());
  node.kil(p);
  settle();
  EXPECT_EQ(reasons.size(), 1u);
}

TEST_F(LocalMonitor, AReceiverThatDestroysAGuardOfAFiringMonitor) {
  Texts reasons;
  const Port p = node.port();
  std::optional<Guard> guard = node.guard(watch(p, reasons));
  const Port q = node.port([&] { guard.reset(); });
  node.snd(q);
  node.kil(p, "x");
  settle();
  EXPECT_TRUE(reasons.empty());
}

TEST_F(LocalMonitor, CallbacksMayCancelEachOtherAndThemselves) {
  Texts order;
  const Port p = node.port();
  std::vector<Monitor> m(4);
  m[0] = node.mon(p, [&] {
    order.push_back("first");
    m[0].cancel();
    m[2].cancel();
  });
  m[1] = node.mon(p, [&] { order.push_back("second"); });
  m[2] = node.mon(p, [&] { order.push_back("cancelled"); });
  m[3] = node.mon(p, [&] { order.push_back("fourth"); });
  node.kil(p);
  settle();
  EXPECT_EQ(order, (Texts{"first", "second", "fourth"}));
}

TEST_F(LocalMonitor, CancellingTheRestOfAFiringListIsSafe) {
  int fired = 0;
  const Port p = node.port();
  std::vector<Monitor> m(1000);
  for (auto& each : m) {
    each = node.mon(p, [&] {
      ++fired;
      for (auto& other : m) other.cancel();
      for (int i = 0; i < 5; ++i) node.mon(node.port(), [] {});
    });
  }
  node.kil(p);
  settle();
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(node.stats().monitors, 5u);
}

TEST_F(LocalMonitor, ThousandsOnOnePortAllFireInOrderInSlices) {
  std::vector<int> order;
  const Port p = node.port();
  int other = 0;
  const Port q = node.port([&] { ++other; });
  std::vector<Monitor> m;
  for (int i = 0; i < 3000; ++i) {
    m.push_back(node.mon(p, [&, i] {
      order.push_back(i);
      if (i == 10) m[2999].cancel();
      if (i == 100) node.snd(q);
    }));
  }
  m[50].cancel();
  node.kil(p, "big list");
  settle();
  ASSERT_EQ(order.size(), 2998u);
  for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LT(order[i - 1], order[i]);
  EXPECT_EQ(other, 1);
  EXPECT_EQ(node.stats().monitors, 0u);
}

// Whoever else waits for the loop, a new link for one, waits for a slice and not for the list.
TEST_F(LocalMonitor, NoTurnFiresMoreThanASlice) {
  int fired = 0, most = 0;
  const Port p = node.port();
  for (int i = 0; i < 3000; ++i) node.mon(p, [&] { ++fired; });
  node.kil(p);
  while (fired < 3000) {
    const int before = fired;
    ASSERT_TRUE(loop.run_once(0ms));
    most = std::max(most, fired - before);
  }
  EXPECT_LE(most, 512);
}

TEST_F(LocalMonitor, AMonitorSetWhileItsPortsListFiresFindsNoPort) {
  Texts got;
  const Port p = node.port();
  node.mon(p, [&] { node.mon(p, [&](std::string word, Message) { got.push_back(word); }); });
  node.kil(p, "x");
  settle();
  EXPECT_EQ(got, (Texts{"no_such_port"}));
}

TEST_F(LocalMonitor, TheOwnNodePortNeverFires) {
  Texts reasons;
  const Monitor m = watch(node.node_port(), reasons);
  settle();
  EXPECT_TRUE(m.active());
  EXPECT_EQ(node.stats().monitors, 1u);
  m.cancel();
  EXPECT_FALSE(m.active());
  EXPECT_TRUE(reasons.empty());
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalMonitor, CallbacksRunInNoContextUnlessMadeWithPsub) {
  Port plain = node.port(), inside;
  const Port p = node.port();
  const Port q = node.port([&] {
    node.mon(p, [&](Message) { plain = node.self(); });
    node.mon(p, node.psub([&](Message) { inside = node.self(); }));
  });
  node.snd(q);
  settle();
  node.kil(p);
  settle();
  EXPECT_EQ(plain, Port());
  EXPECT_EQ(inside, q);
}

TEST_F(LocalMonitor, CopiesOfAHandleAreTheSameMonitor) {
  Texts reasons;
  const Port p = node.port();
  const Monitor m = watch(p, reasons);
  Monitor copy = m, assigned;
  assigned = copy;
  copy.cancel();
  EXPECT_FALSE(m.active());
  EXPECT_FALSE(assigned.active());
  // Its place is used again by another monitor, which old handles must not reach.
  const Monitor next = watch(p, reasons);
  m.cancel();
  assigned.cancel();
  EXPECT_TRUE(next.active());
  Monitor().cancel();
  node.unmon(Monitor());
  node.kil(p);
  settle();
  EXPECT_EQ(reasons.size(), 1u);
}

TEST_F(LocalMonitor, CountsReturnToZero) {
  for (int round = 0; round < 3; ++round) {
    std::vector<Port> ports;
    for (int i = 0; i < 2000; ++i) {
      ports.push_back(node.port());
      node.mon(ports.back(), [] {});
      if (i > 0) node.mon(ports.back(), ports[static_cast<std::size_t>(i) - 1]);
    }
    EXPECT_EQ(node.stats().monitors, 3999u);
    EXPECT_EQ(node.stats().ports, 2000u);
    node.kil(ports.back(), "domino");
    settle();
    EXPECT_EQ(node.stats().monitors, 0u);
    EXPECT_EQ(node.stats().ports, 0u);
  }
}

}  // namespace
}  // namespace aemp
