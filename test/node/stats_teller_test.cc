// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The node port's function stats, and what it tells to whom.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;
using Dict = std::map<std::string, OwnedValue>;

struct Member {
  Member(sim::Network& net, std::string id, std::vector<std::string> seeds, bool secure = false,
         std::size_t max_message = 16 << 20)
      : process(net, "sim"), node(std::make_unique<Node>(process.loop())) {
    node->on_log([this](int, std::string_view line) { log.append(line).append("\n"); });
    Config c;
    c.nodeid = id;
    c.binds = std::vector<std::string>{"unix:@" + id};
    c.seeds = std::move(seeds);
    c.secure = secure;
    c.max_message = max_message;
    node->configure(c);
  }
  bool up(std::string_view id) const { return node->node_is_up(id).value_or(false); }

  sim::Process process;
  std::string log;
  std::unique_ptr<Node> node;
};

struct StatsTeller : testing::Test {
  ~StatsTeller() override {
    for (auto& m : crowd) m->node.reset();
    b.node.reset();
    a.node.reset();
  }
  void SetUp() override {
    ASSERT_TRUE(net.run_until([&] { return a.up("b") && b.up("a"); }, 60s));
  }
  // b asks that node, with these arguments before the reply port.
  template <class... Args>
  void ask(const std::string& whom, const Args&... args) {
    answer.clear();
    reason.clear();
    bool done = false;
    b.node->cal(
        b.node->node_port(whom),
        [&](const Reply& reply) {
          done = true;
          if (reply.ok()) {
            EXPECT_EQ(reply.message().size(), 1u);
            answer = reply.message().as<Dict>(0);
          } else {
            reason = reply.reason().json();
          }
        },
        10s, "stats", args...);
    EXPECT_TRUE(net.run_until([&] { return done; }, 30s));
  }
  std::uint64_t number(const std::string& name) const {
    return answer.at(name).view().as<std::uint64_t>();
  }
  std::string text(const std::string& name) const {
    return answer.at(name).view().as<std::string>();
  }
  std::vector<Dict> peers() const { return answer.at("peers").view().as<std::vector<Dict>>(); }
  void gather(int n) {
    for (int i = 0; i < n; ++i) {
      crowd.push_back(std::make_unique<Member>(net, "c" + std::to_string(i),
                                               std::vector<std::string>{"unix:@a"}));
    }
    ASSERT_TRUE(net.run_until(
        [&] { return a.node->up_nodes().size() == static_cast<std::size_t>(n) + 1; }, 60s));
  }

  sim::Network net{1};
  Member a{net, "a", {}}, b{net, "b", {"unix:@a"}};
  std::vector<std::unique_ptr<Member>> crowd;
  Dict answer;
  std::string reason;
};

TEST_F(StatsTeller, TellsWhatStatsHasUnderTheSameNames) {
  const Port block = a.node->port([&] { a.process.consume(300ms); });
  a.node->snd(block);
  net.run_for(1s);
  ask("a");
  const Stats s = a.node->stats();
  EXPECT_EQ(reason, "");
  EXPECT_EQ(number("ports"), s.ports);
  EXPECT_EQ(number("links_up"), 1u);
  EXPECT_EQ(number("links_taken"), s.links_taken);
  EXPECT_EQ(number("accepted"), s.accepted);
  EXPECT_EQ(number("loop_lag_max"), static_cast<std::uint64_t>(s.loop_lag_max.count()));
  EXPECT_EQ(text("slowest"), block.str());
  EXPECT_EQ(number("slowest_time"), static_cast<std::uint64_t>(s.slowest_time.count()));
  EXPECT_EQ(number("slowest_callbacks"), 1u);
  const auto times = answer.at("loop_turn_times").view().as<std::vector<std::uint64_t>>();
  ASSERT_EQ(times.size(), Stats::kTurnTimes);
  EXPECT_EQ(times[19], 1u) << "262.144 ms to 524.288 ms";
  std::uint64_t turns = 0;
  for (const std::uint64_t n : times) turns += n;
  EXPECT_EQ(turns, number("loop_turns"));
  EXPECT_EQ(number("peer_count"), 1u);
  ASSERT_EQ(peers().size(), 1u);
  Dict peer = peers()[0];
  EXPECT_EQ(peer.at("node").view().as<std::string>(), "b");
  EXPECT_TRUE(peer.at("up").view().as<bool>());
  EXPECT_GT(peer.at("total_bytes_in").view().as<std::uint64_t>(), 0u);
  EXPECT_EQ(peer.at("reconnects").view().as<std::uint64_t>(), 0u);
  EXPECT_EQ(answer.size(), 39u) << "a new figure of Stats goes into stats_teller.cc, "
                                   "aemp-protocol(7) and the table of aemp stat";
  EXPECT_EQ(peer.size(), 19u);
}

TEST_F(StatsTeller, IsABuiltinThatCanKnowsAndNobodyDefines) {
  bool can = false;
  b.node->cal(
      b.node->node_port("a"), [&](const Reply& r) { can = r.ok() && r.message().as<bool>(0); }, 10s,
      "can", "stats");
  EXPECT_TRUE(net.run_until([&] { return can; }, 10s));
  EXPECT_EQ(test::error_of([&] { a.node->define("stats", [] {}); }), "reserved_name");
}

TEST_F(StatsTeller, AnswersItsOwnNodeToo) {
  ask("b", 7);
  EXPECT_EQ(reason, "");
  EXPECT_EQ(number("peer_count"), 1u);
  ASSERT_EQ(peers().size(), 1u);
  EXPECT_EQ(peers()[0].at("node").view().as<std::string>(), "a");
}

TEST_F(StatsTeller, AtMostSoManyPeersThoseWithALinkFirst) {
  gather(8);
  crowd[0]->node.reset();  // c0, which comes before the others
  ASSERT_TRUE(net.run_until([&] { return !a.up("c0"); }, 60s));
  ask("a", 3);
  EXPECT_EQ(number("peer_count"), 9u);
  ASSERT_EQ(peers().size(), 3u);
  EXPECT_EQ(peers()[0].at("node").view().as<std::string>(), "b");
  EXPECT_EQ(peers()[1].at("node").view().as<std::string>(), "c1");
  EXPECT_EQ(peers()[2].at("node").view().as<std::string>(), "c2");
  ask("a", 0);
  EXPECT_EQ(number("peer_count"), 9u);
  EXPECT_EQ(peers().size(), 0u);
  ask("a");
  ASSERT_EQ(peers().size(), 9u);
  EXPECT_EQ(peers()[8].at("node").view().as<std::string>(), "c0");
  EXPECT_NE(peers()[8].at("last_down").view().as<std::string>(), "");
  ask("a", UINT64_MAX);
  EXPECT_EQ(peers().size(), 9u);
}

// Without an argument, of thousands.
TEST_F(StatsTeller, AHundredUnlessMoreAreAskedFor) {
  for (int i = 0; i < 300; ++i) {
    a.node->snd(a.node->node_port("nobody" + std::to_string(i)), "devnull");
  }
  ask("a");
  EXPECT_EQ(number("peer_count"), 301u);
  EXPECT_EQ(peers().size(), 100u);
  ask("a", 1000);
  EXPECT_EQ(peers().size(), 301u);
}

TEST_F(StatsTeller, NeverMoreThanAMessageMayHave) {
  Member small(net, "small", {"unix:@a"}, false, 4096);
  ASSERT_TRUE(net.run_until([&] { return a.up("small") && small.up("a"); }, 60s));
  gather(20);
  bool done = false;
  std::size_t got = 0;
  std::uint64_t count = 0;
  small.node->cal(
      small.node->node_port("a"),
      [&](const Reply& reply) {
        done = true;
        ASSERT_TRUE(reply.ok()) << reply.reason().json();
        EXPECT_LE(reply.message().size_bytes(), 4096u);
        const Dict of = reply.message().as<Dict>(0);
        got = of.at("peers").view().as<std::vector<Dict>>().size();
        count = of.at("peer_count").view().as<std::uint64_t>();
      },
      10s, "stats", 1000);
  ASSERT_TRUE(net.run_until([&] { return done; }, 30s));
  EXPECT_EQ(count, 22u);
  EXPECT_GT(got, 3u);
  EXPECT_LT(got, 15u);
  small.node.reset();
  net.run_for(3s);
}

TEST_F(StatsTeller, WhatMakesNoSenseIsAnswered) {
  ask("a", -1);
  EXPECT_TRUE(contains(reason, "stats")) << reason;
  ask("a", "many");
  EXPECT_TRUE(contains(reason, "stats")) << reason;
  ask("a", 1.5);
  EXPECT_TRUE(contains(reason, "stats")) << reason;
  b.node->snd(b.node->node_port("a"), "stats");
  b.node->snd(b.node->node_port("a"), "stats", 5);
  net.run_for(1s);
  EXPECT_TRUE(contains(a.log, "no reply address")) << a.log;
  ask("a");
  EXPECT_EQ(number("links_up"), 1u);
}

TEST_F(StatsTeller, ASecureNodeKeepsWhatItsLogSaysToItself) {
  Member s(net, "s", {"unix:@a"}, true);
  ASSERT_TRUE(net.run_until([&] { return s.up("a"); }, 60s));
  s.node->snd(s.node->port([&] { s.process.consume(300ms); }));
  net.reset(s.process, a.process);
  ASSERT_TRUE(net.run_until([&] { return s.node->stats().links_lost == 1 && s.up("a"); }, 60s));
  ASSERT_NE(s.node->stats().slowest, "");
  ask("s");
  EXPECT_EQ(text("slowest"), "");
  EXPECT_GE(number("slowest_time"), 300'000'000u);
  for (const Dict& peer : peers()) EXPECT_EQ(peer.at("last_down").view().as<std::string>(), "");
  std::string own, down;
  s.node->cal(
      s.node->node_port(),
      [&](const Reply& reply) {
        const Dict of = reply.message().as<Dict>(0);
        own = of.at("slowest").view().as<std::string>();
        for (const Dict& peer : of.at("peers").view().as<std::vector<Dict>>()) {
          down += peer.at("last_down").view().as<std::string>();
        }
      },
      10s, "stats");
  EXPECT_TRUE(net.run_until([&] { return !own.empty(); }, 10s));
  EXPECT_EQ(own, s.node->stats().slowest);
  EXPECT_TRUE(contains(down, "reset")) << down;
  s.node.reset();
  net.run_for(3s);
}

}  // namespace
}  // namespace aemp
