// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Node::stats(): what it tells of peers over several links, of the loop, and of who held it up.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;

struct Member {
  Member(sim::Network& net, std::string id, std::vector<std::string> seeds)
      : process(net, "sim"), node(std::make_unique<Node>(process.loop())) {
    node->on_log([](int, std::string_view) {});
    Config c;
    c.nodeid = id;
    c.binds = std::vector<std::string>{"unix:@" + id};
    c.seeds = std::move(seeds);
    c.link_idle = 20s;
    node->configure(c);
    sink = node->port([this](Message) { ++heard; });
  }
  bool up(std::string_view id) const { return node->node_is_up(id).value_or(false); }
  PeerStats peer(std::string_view id) const {
    for (PeerStats& p : node->stats().peers) {
      if (p.node == id) return p;
    }
    return {};
  }
  Stats stats() const { return node->stats(); }

  sim::Process process;
  std::unique_ptr<Node> node;
  Port sink;
  int heard = 0;
};

struct StatsTest : testing::Test {
  bool both_up() {
    return net.run_until([&] { return a.up("b") && b->up("a"); }, 60s);
  }
  bool both_down() {
    return net.run_until([&] { return !a.up("b") && !b->up("a"); }, 60s);
  }
  // A callback of a port of a that takes so long.
  Port blocking(std::chrono::nanoseconds span) {
    return a.node->port([this, span] { a.process.consume(span); });
  }
  void run(const Port& port) {
    a.node->snd(port);
    net.run_for(1s);
  }

  sim::Network net{1};
  Member a{net, "a", {}};
  std::optional<Member> b{std::in_place, net, "b", std::vector<std::string>{"unix:@a"}};
};

TEST_F(StatsTest, APeerOfOneLinkHasLostNone) {
  ASSERT_TRUE(both_up());
  a.node->snd(b->sink, 1);
  ASSERT_TRUE(net.run_until([&] { return b->heard == 1; }, 10s));
  const PeerStats p = a.peer("b");
  EXPECT_TRUE(p.up);
  EXPECT_EQ(p.reconnects, 0u);
  EXPECT_EQ(p.links_lost, 0u);
  EXPECT_EQ(p.last_down, "");
  EXPECT_GT(p.bytes_out, 0u);
  EXPECT_EQ(p.total_bytes_out, p.bytes_out);
  EXPECT_EQ(p.total_bytes_in, p.bytes_in);
  EXPECT_EQ(p.total_messages_out, p.messages_out);
  EXPECT_EQ(p.total_messages_in, p.messages_in);
}

TEST_F(StatsTest, LostLinksAreCountedWithTheLastReason) {
  ASSERT_TRUE(both_up());
  for (std::uint64_t lost = 1; lost <= 3; ++lost) {
    const PeerStats before = a.peer("b");
    net.reset(a.process, b->process);
    ASSERT_TRUE(net.run_until(
        [&] { return a.peer("b").links_lost == lost && a.up("b") && b->up("a"); }, 60s));
    const PeerStats p = a.peer("b");
    EXPECT_EQ(p.reconnects, lost);
    EXPECT_TRUE(contains(p.last_down, "reset")) << p.last_down;
    EXPECT_GE(p.total_bytes_in, before.total_bytes_in + p.bytes_in);
    EXPECT_GE(p.total_bytes_out, before.total_bytes_out + p.bytes_out);
    EXPECT_GE(p.total_messages_in, before.total_messages_in + p.messages_in);
    EXPECT_GE(p.total_messages_out, before.total_messages_out + p.messages_out);
    EXPECT_LT(p.bytes_in, p.total_bytes_in) << "of the current link only";
  }
  EXPECT_EQ(a.stats().links_lost, 3u);
  EXPECT_EQ(a.stats().links_taken, 4u);
}

TEST_F(StatsTest, TotalsAreThereWithoutALink) {
  ASSERT_TRUE(both_up());
  a.node->snd(b->sink, std::string(5000, 'x'));
  ASSERT_TRUE(net.run_until([&] { return b->heard == 1; }, 10s));
  const PeerStats before = a.peer("b");
  b->node.reset();
  ASSERT_TRUE(net.run_until([&] { return !a.up("b"); }, 60s));
  const PeerStats p = a.peer("b");
  EXPECT_FALSE(p.up);
  EXPECT_EQ(p.bytes_out, 0u);
  EXPECT_GE(p.total_bytes_out, before.total_bytes_out);
  EXPECT_GT(p.total_bytes_out, 5000u);
  EXPECT_GE(p.total_messages_out, 1u);
  EXPECT_EQ(p.links_lost, 1u);
  EXPECT_EQ(p.reconnects, 0u);
  EXPECT_EQ(p.last_down, "left the network");
}

TEST_F(StatsTest, AnIdleLinkIsNotLostButItsTotalsStay) {
  // Who is nobody's seed has no reason to keep its link.
  Member c(net, "c", {"unix:@a"});
  ASSERT_TRUE(net.run_until([&] { return a.up("b") && a.up("c"); }, 60s));
  c.node->snd(b->sink, 1);
  ASSERT_TRUE(net.run_until([&] { return b->heard == 1; }, 60s));
  ASSERT_TRUE(net.run_until([&] { return !c.up("b"); }, 300s));
  PeerStats p = c.peer("b");
  EXPECT_EQ(p.links_lost, 0u);
  EXPECT_EQ(p.last_down, "");
  EXPECT_EQ(p.messages_out, 0u);
  EXPECT_GT(p.total_messages_out, 0u);
  const PeerStats before = p;
  c.node->snd(b->sink, 1);
  ASSERT_TRUE(net.run_until([&] { return b->heard == 2; }, 60s));
  p = c.peer("b");
  EXPECT_EQ(p.reconnects, 1u);
  EXPECT_EQ(p.total_messages_out, before.total_messages_out + p.messages_out);
  c.node.reset();
  net.run_for(3s);
}

TEST_F(StatsTest, ALongReasonIsCut) {
  ASSERT_TRUE(both_up());
  net.cut(a.process, b->process);
  ASSERT_TRUE(both_down());
  const PeerStats p = a.peer("b");
  EXPECT_EQ(p.links_lost, 1u);
  EXPECT_FALSE(p.last_down.empty());
  EXPECT_LE(p.last_down.size(), 255u);
}

TEST_F(StatsTest, TheLoopsFiguresMoveWithWhatCallbacksTake) {
  const Stats before = a.stats();
  EXPECT_EQ(before.loop_turn_times[18], 0u);
  run(blocking(200ms));
  const Stats after = a.stats();
  EXPECT_EQ(after.loop_turn_times[18], 1u) << "131.072 ms to 262.144 ms";
  EXPECT_GE(after.loop_busy - before.loop_busy, 200ms);
  EXPECT_LT(after.loop_busy - before.loop_busy, 300ms);
  EXPECT_GT(after.loop_turns, before.loop_turns);
  std::uint64_t sum = 0;
  for (const std::uint64_t n : after.loop_turn_times) sum += n;
  EXPECT_EQ(sum, after.loop_turns);
}

TEST_F(StatsTest, ATimerThatACallbackHoldsUpIsTheLag) {
  net.run_for(1s);
  EXPECT_LT(a.stats().loop_lag_max, 50ms);
  std::chrono::nanoseconds seen{0};
  const Port block = blocking(500ms);
  a.node->after(10ms, [&] { seen = a.stats().loop_lag; });
  a.node->snd(block);
  net.run_for(2s);
  EXPECT_GE(seen, 480ms);
  EXPECT_GE(a.stats().loop_lag_max, seen);
  EXPECT_LT(a.stats().loop_lag_max, 600ms);
  net.run_for(60s);
  EXPECT_LT(a.stats().loop_lag, 50ms) << "the last, not the greatest";
}

TEST_F(StatsTest, TheSlowestPortIsNamedWithItsTime) {
  EXPECT_EQ(a.stats().slowest, "");
  EXPECT_EQ(a.stats().slowest_time, 0ns);
  run(blocking(90ms));
  EXPECT_EQ(a.stats().slowest, "") << "not looked at";
  const Port slow = blocking(300ms), slower = blocking(400ms), slowish = blocking(200ms);
  run(slow);
  EXPECT_EQ(a.stats().slowest, slow.str());
  EXPECT_GE(a.stats().slowest_time, 300ms);
  EXPECT_LT(a.stats().slowest_time, 310ms);
  EXPECT_EQ(a.stats().slowest_callbacks, 1u);
  run(slower);
  EXPECT_EQ(a.stats().slowest, slower.str());
  run(slowish);
  EXPECT_EQ(a.stats().slowest, slower.str()) << "the slowest, not the last";
  EXPECT_GE(a.stats().slowest_time, 400ms);
  EXPECT_LT(a.stats().slowest_time, 410ms);
}

TEST_F(StatsTest, WhatRanTogetherIsNamedTogetherButNotWithoutEnd) {
  std::vector<Port> quick;
  for (int i = 0; i < 40; ++i) quick.push_back(a.node->port([] {}));
  const Port slow = blocking(300ms);
  net.run_for(1s);
  a.node->snd(quick[0]);
  a.node->snd(slow);
  a.node->snd(quick[0]);
  net.run_for(1s);
  const Stats few = a.stats();
  EXPECT_TRUE(contains(few.slowest, slow.str())) << few.slowest;
  EXPECT_TRUE(contains(few.slowest, quick[0].str())) << few.slowest;
  EXPECT_EQ(few.slowest_callbacks, 3u);
  for (const Port& p : quick) a.node->snd(p);
  a.node->snd(blocking(600ms));
  net.run_for(1s);
  const Stats many = a.stats();
  EXPECT_EQ(std::count(many.slowest.begin(), many.slowest.end(), ','), 7) << many.slowest;
  EXPECT_EQ(many.slowest_callbacks, 41u);
  EXPECT_GE(many.slowest_time, 600ms);
}

TEST_F(StatsTest, FunctionsAndCallbacksWithoutPortAreNamedAsFarAsTheyAreKnown) {
  a.node->define("sleepy", [this] { a.process.consume(200ms); });
  a.node->snd_to_func("a", "sleepy");
  net.run_for(1s);
  EXPECT_EQ(a.stats().slowest, "function 'sleepy'");
  a.node->after(0ms, [this] { a.process.consume(300ms); });
  net.run_for(1s);
  EXPECT_EQ(a.stats().slowest, "outside of ports");
  EXPECT_GE(a.stats().slowest_time, 300ms);
}

TEST_F(StatsTest, AnotherNodeOfTheLoopIsNotBlamed) {
  Node other(a.process.loop());
  other.on_log([](int, std::string_view) {});
  run(blocking(300ms));
  EXPECT_EQ(other.stats().slowest, "");
  EXPECT_EQ(other.stats().slowest_time, 0ns);
  EXPECT_GE(other.stats().loop_busy, 300ms) << "but it is its loop";
}

TEST_F(StatsTest, RefusedMemoryLeavesTheFiguresWhole) {
  const Port slow = blocking(300ms);
  ASSERT_TRUE(both_up());
  for (std::uint64_t after = 0; after < 40; ++after) {
    a.node->snd(slow);
    a.process.fail_allocations(after, 1);
    net.run_for(1s);
    const Stats s = a.stats();
    EXPECT_EQ(s.slowest.empty(), s.slowest_time == 0ns);
  }
  a.process.fail_allocations(0, 0);
  EXPECT_GT(a.process.refused_allocations(), 10u);
}

}  // namespace
}  // namespace aemp
