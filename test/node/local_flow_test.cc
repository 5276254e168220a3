// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// congested() and on_drain() of the local run queue.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

class LocalFlow : public test::LocalNode {
 protected:
  void fill(const Port& p) {
    for (int i = 0; i < 20; ++i) node.snd(p, std::string(100'000, 'x'));
  }
};

TEST_F(LocalFlow, CongestedOverOneMebibyteAndDrainedBelowAQuarter) {
  int got = 0, drains = 0;
  bool before_last = false;
  const Port p = node.port([&] { ++got; });
  EXPECT_FALSE(node.congested(p));
  fill(p);
  EXPECT_TRUE(node.congested(p));
  EXPECT_TRUE(node.congested(node.node_port()));
  EXPECT_GT(node.stats().run_queue_bytes, 2'000'000u);
  node.on_drain(p, [&] {
    ++drains;
    EXPECT_FALSE(node.congested(p));
    EXPECT_LT(node.stats().run_queue_bytes, 256u << 10);
    before_last = got < 17;
  });
  EXPECT_EQ(drains, 0);
  settle();
  EXPECT_EQ(got, 20);
  EXPECT_EQ(drains, 1);
  EXPECT_FALSE(before_last);
  settle();
  fill(p);
  settle();
  EXPECT_EQ(drains, 1);
}

TEST_F(LocalFlow, OnDrainOfAShortQueueIsCalledFromTheLoop) {
  int drains = 0;
  const Port p = node.port();
  const Registration r = node.on_drain(p, [&] { ++drains; });
  EXPECT_TRUE(r.active());
  EXPECT_EQ(drains, 0);
  settle();
  EXPECT_EQ(drains, 1);
  EXPECT_FALSE(r.active());
}

TEST_F(LocalFlow, ACancelledOnDrainIsNeverCalled) {
  int drains = 0;
  const Port p = node.port([] {});
  fill(p);
  const auto kept = std::make_shared<int>(1);
  const Registration r = node.on_drain(p, [&drains, kept] { ++drains; });
  node.on_drain(p, [&] { drains += 100; });
  r.cancel();
  r.cancel();
  EXPECT_EQ(kept.use_count(), 1);
  settle();
  EXPECT_EQ(drains, 100);
}

TEST_F(LocalFlow, OneOnDrainMayCancelTheNextAndMakeNewOnes) {
  int first = 0, second = 0, third = 0;
  const Port p = node.port([] {});
  Registration next;
  node.on_drain(p, [&] {
    ++first;
    next.cancel();
    node.on_drain(p, [&] { ++third; });
  });
  next = node.on_drain(p, [&] { ++second; });
  settle();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  EXPECT_EQ(third, 1);
}

TEST_F(LocalFlow, AProducerPacedByOnDrainKeepsTheQueueShort) {
  std::uint64_t most = 0;
  std::int64_t sent = 0, got = 0;
  const std::string text(1000, 'x');
  const Port p = node.port([&](Message) { ++got; });
  detail::Function<void()> produce = [&] {
    while (sent < 20'000 && !node.congested(p)) {
      node.snd(p, text);
      ++sent;
    }
    most = std::max(most, node.stats().run_queue_bytes);
    if (sent < 20'000) node.on_drain(p, [&] { produce(); });
  };
  produce();
  settle();
  EXPECT_EQ(got, 20'000);
  EXPECT_GT(most, 1u << 20);
  EXPECT_LT(most, (1u << 20) + 2048);
}

TEST_F(LocalFlow, MarksAreConfigurable) {
  Node other(loop);
  Config config;
  config.norc = true;
  config.private_node();
  config.congested_above = 1000;
  config.drained_below = 500;
  other.configure(config);
  const Port p = other.port([] {});
  other.snd(p, std::string(900, 'x'));
  EXPECT_FALSE(other.congested(p));
  other.snd(p, std::string(900, 'x'));
  EXPECT_TRUE(other.congested(p));
  settle();
  EXPECT_FALSE(other.congested(p));
}

TEST_F(LocalFlow, OnDrainThatThrowsIsLoggedAndTheOthersAreCalled) {
  int called = 0;
  const Port p = node.port();
  node.on_drain(p, [] { throw 7; });
  node.on_drain(p, [&] { ++called; });
  settle();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(log.count(1, "unknown exception"), 1) << log.all();
}

TEST_F(LocalFlow, EmptyPortsAndEmptyCallbacks) {
  EXPECT_FALSE(node.congested(Port()));
  EXPECT_EQ(test::error_of([&] { node.on_drain(Port(), [] {}); }), "empty_port");
  EXPECT_EQ(test::error_of([&] { node.on_drain(node.node_port(), nullptr); }), "bad_value");
}

}  // namespace
}  // namespace aemp
