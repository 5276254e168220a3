// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The simulated network as a program uses it: time, order, and every fault.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

Config config(std::string id, std::string bind, std::vector<std::string> seeds = {}) {
  Config c;
  c.nodeid = std::move(id);
  c.binds = std::vector<std::string>{std::move(bind)};
  c.seeds = std::move(seeds);
  c.insecure = true;
  return c;
}

// A process with a node that writes down what it sees.
struct Member {
  Member(sim::Network& net, const Config& c, std::string_view machine = "sim")
      : process(net, machine), node(std::make_unique<Node>(process.loop())) {
    log = node->on_log([](int, std::string_view) {});
    node->mon_nodes([this](std::string_view id, bool up, Message reason) {
      story.push_back((up ? "up " : "down ") + std::string(id) +
                      (up ? std::string() : " " + reason.json()));
    });
    node->configure(c);
    sink = node->port([this](Message m) { story.push_back(m.json()); });
  }
  bool saw(const std::string& line) const {
    return std::find(story.begin(), story.end(), line) != story.end();
  }
  bool up(std::string_view id) const { return node->node_is_up(id).value_or(false); }
  std::string told() const {
    std::string text;
    for (const std::string& line : story) text += line + "\n";
    return text;
  }

  sim::Process process;
  std::unique_ptr<Node> node;
  Registration log;
  Port sink;
  std::vector<std::string> story;
};

struct Pair {
  explicit Pair(std::uint64_t seed, std::string bind = "127.0.0.1:4040")
      : net(seed), a(net, config("a", bind)), b(net, config("b", "unix:@b", {bind})) {
    EXPECT_TRUE(net.run_until([this] { return a.up("b") && b.up("a"); }, 60s));
  }
  sim::Network net;
  Member a, b;
};

TEST(SimNetwork, NodesTalkOverTcpAndUnixSockets) {
  for (const char* bind : {"127.0.0.1:4040", "unix:@a", "unix:/run/a", "[::1]:4040"}) {
    Pair pair(7, bind);
    for (int i = 0; i < 100; ++i) pair.a.node->snd(pair.b.sink, i);
    EXPECT_TRUE(pair.net.run_until([&] { return pair.b.saw("[99]"); }, 10s)) << pair.b.told();
    EXPECT_EQ(pair.b.story.size(), 101u);
    EXPECT_EQ(pair.b.story[100], "[99]");
  }
}

std::uint64_t history_of(std::uint64_t seed) {
  Pair pair(seed);
  for (int i = 0; i < 200; ++i) {
    pair.a.node->snd(pair.b.sink, i, std::string(static_cast<std::size_t>(i) * 37, 'x'));
    if (i % 10 == 0) pair.net.run_for(3ms);
  }
  pair.net.reset(pair.a.process, pair.b.process);
  pair.net.run_for(20s);
  return pair.net.history();
}

TEST(SimNetwork, SameSeedSameHistory) {
  EXPECT_EQ(history_of(1), history_of(1));
  EXPECT_EQ(history_of(2), history_of(2));
  EXPECT_NE(history_of(1), history_of(2));
}

TEST(SimNetwork, TimeIsVirtual) {
  sim::Network net(1);
  sim::Process p(net);
  std::vector<nanoseconds> ticks;
  p.loop().timer(1h, 1h, [&] { ticks.push_back(net.now()); });
  net.run_for(24h);
  EXPECT_GE(ticks.size(), 23u);
  EXPECT_EQ(net.now(), 24h);
}

TEST(SimNetwork, ALoopThatTheCallerRunsLetsTheOthersRunToo) {
  Pair pair(3);
  pair.a.node->snd(pair.b.sink, "hello");
  EXPECT_TRUE(pair.a.process.loop().run_until([&] { return pair.b.saw("[\"hello\"]"); }, 5s));
  sim::Process own(pair.net);
  Loop loop(own.host());
  Node node(loop);
  node.configure(config("own", "unix:@own", {"unix:@b"}));
  EXPECT_TRUE(loop.run_until([&] { return node.node_is_up("b").value_or(false); }, 5s));
}

TEST(SimNetwork, RunningItFromACallbackIsRefused) {
  sim::Network net(1);
  sim::Process p(net);
  std::optional<Errc> code;
  p.loop().defer([&] {
    try {
      net.run_for(1s);
    } catch (const Error& e) {
      code = e.code();
    }
  });
  net.run_for(1s);
  EXPECT_EQ(code, Errc::busy);
}

TEST(SimNetwork, CutLinkIsReportedAfterTheHeartbeatTimeoutAndComesBack) {
  Pair pair(5);
  pair.net.cut(pair.a.process, pair.b.process);
  const nanoseconds from = pair.net.now();
  ASSERT_TRUE(pair.net.run_until([&] { return !pair.a.up("b") && !pair.b.up("a"); }, 60s));
  EXPECT_GE(pair.net.now() - from, 4s);
  EXPECT_LE(pair.net.now() - from, 7s);
  pair.net.run_for(60s);
  EXPECT_FALSE(pair.b.up("a"));
  pair.net.heal_all();
  EXPECT_TRUE(pair.net.run_until([&] { return pair.a.up("b") && pair.b.up("a"); }, 60s));
}

TEST(SimNetwork, OneWayCutIsReportedByBoth) {
  Pair pair(6);
  pair.net.cut_one_way(pair.a.process, pair.b.process);
  EXPECT_TRUE(pair.net.run_until([&] { return !pair.a.up("b") && !pair.b.up("a"); }, 20s))
      << pair.a.told() << pair.b.told();
}

TEST(SimNetwork, DelayAndBandwidthTakeTheirTime) {
  Pair pair(8);
  sim::Path slow;
  slow.delay = 1s;
  slow.bandwidth = 100'000;
  pair.net.set_path(pair.a.process, pair.b.process, slow);
  const nanoseconds from = pair.net.now();
  pair.a.node->snd(pair.b.sink, 1);
  ASSERT_TRUE(pair.net.run_until([&] { return pair.b.saw("[1]"); }, 60s));
  EXPECT_GE(pair.net.now() - from, 1s);
  pair.a.node->snd(pair.b.sink, 2, std::string(200'000, 'x'));
  pair.net.run_for(2s);
  const std::size_t before = pair.b.story.size();
  EXPECT_TRUE(pair.net.run_until([&] { return pair.b.story.size() > before; }, 10s));
  EXPECT_GE(pair.net.now() - from, 4s);
}

TEST(SimNetwork, ResetIsOneLinkLostAtBothEnds) {
  Pair pair(9);
  pair.net.reset(pair.a.process, pair.b.process);
  EXPECT_TRUE(pair.net.run_until([&] { return pair.a.story.size() > 2; }, 60s)) << pair.a.told();
  EXPECT_TRUE(pair.net.run_until([&] { return pair.a.up("b") && pair.b.up("a"); }, 60s));
  EXPECT_EQ(pair.a.node->stats().links_lost, 1u);
  EXPECT_EQ(pair.b.node->stats().links_lost, 1u);
}

TEST(SimNetwork, AReaderThatStopsMakesTheSendersQueueGrow) {
  Pair pair(10);
  pair.b.process.set_read_rate(0);
  for (int i = 0; i < 100; ++i) pair.a.node->snd(pair.b.sink, std::string(10'000, 'x'));
  pair.net.run_for(1s);
  EXPECT_GT(pair.a.node->stats().peers.at(0).queued_bytes, 100'000u);
  pair.b.process.set_read_rate(1'000'000);
  const nanoseconds from = pair.net.now();
  EXPECT_TRUE(pair.net.run_until([&] { return pair.b.story.size() >= 101; }, 30s));
  EXPECT_GE(pair.net.now() - from, 900ms);
}

TEST(SimNetwork, ACallbackThatBlocksForThreeSecondsIsNoFalseAlarm) {
  Pair pair(11);
  pair.b.process.loop().defer([&] { pair.b.process.consume(3s); });
  pair.net.run_for(30s);
  EXPECT_EQ(pair.a.told(), "up b\n");
  EXPECT_EQ(pair.b.told(), "up a\n");
}

TEST(SimNetwork, AStoppedProcessIsDownForOthersAndComesBack) {
  Pair pair(12);
  pair.b.process.stop();
  EXPECT_TRUE(pair.net.run_until([&] { return !pair.a.up("b"); }, 8s));
  pair.net.run_for(20s);
  pair.b.process.cont();
  EXPECT_TRUE(pair.net.run_until([&] { return pair.a.up("b") && pair.b.up("a"); }, 60s));
  EXPECT_TRUE(pair.b.saw("down a [\"transport_error\",\"a\",\"silent for 6000 ms\"]") ||
              pair.b.story.size() >= 3)
      << pair.b.told();
}

TEST(SimNetwork, CrashedProcessSaysNothingAndItsCallbacksNeverRun) {
  Pair pair(13);
  bool ran = false;
  pair.b.node->after(100ms, [&] { ran = true; });
  pair.b.node->mon(pair.a.sink, [&](Message) { ran = true; });
  pair.b.node->snd(pair.a.sink, "never");
  const std::size_t told = pair.b.story.size();
  pair.b.process.crash();
  pair.b.node->snd(pair.a.sink, "never either");
  pair.b.node.reset();
  pair.net.run_for(10s);
  EXPECT_FALSE(ran);
  EXPECT_EQ(pair.b.story.size(), told);
  ASSERT_EQ(pair.a.story.size(), 2u) << pair.a.told();
  EXPECT_EQ(pair.a.told().find("left the network"), std::string::npos) << pair.a.told();
  EXPECT_EQ(pair.b.process.open_descriptors(), 0u);
}

TEST(SimNetwork, ResetAllReachesTheLastBytesOfAProcessThatHasEnded) {
  Pair pair(24);
  sim::Path path;
  path.bandwidth = 1'000;
  pair.net.set_path(pair.b.process, pair.a.process, path);
  pair.b.node->snd(pair.a.sink, std::string(100'000, 'x'));
  pair.net.run_for(1s);
  pair.b.process.crash();
  pair.b.node.reset();
  pair.net.run_for(20s);
  EXPECT_TRUE(pair.a.up("b"));
  pair.net.reset_all(pair.a.process);
  pair.net.run_for(1ms);
  EXPECT_FALSE(pair.a.up("b")) << pair.a.told();
  EXPECT_EQ(pair.a.process.open_descriptors(), 1u);
}

TEST(SimNetwork, RestartUnderTheSameNodeIdOnTheSameAddress) {
  sim::Network net(14);
  Member a(net, config("a", "unix:@a", {"127.0.0.1:4040"}));
  for (int life = 0; life < 5; ++life) {
    Member b(net, config("b", "127.0.0.1:4040"));
    ASSERT_TRUE(net.run_until([&] { return a.up("b"); }, 60s)) << life << a.told();
    if (life % 2 == 0) b.process.crash();
    b.node.reset();
    ASSERT_TRUE(net.run_until([&] { return !a.up("b"); }, 60s)) << life << a.told();
  }
  EXPECT_EQ(a.story.size(), 10u) << a.told();
}

TEST(SimNetwork, VanishedProcessIsNoticedBySilenceAlone) {
  Pair pair(15);
  pair.b.process.vanish();
  pair.b.node.reset();
  pair.net.run_for(3s);
  EXPECT_TRUE(pair.a.up("b"));
  EXPECT_TRUE(pair.net.run_until([&] { return !pair.a.up("b"); }, 5s));
}

TEST(SimNetwork, SignalsReachTheWatchOrEndTheProcess) {
  sim::Network net(16);
  sim::Process p(net);
  int got = 0;
  p.loop().signal(SIGTERM, [&](int signo) { got = signo; });
  p.raise(SIGTERM);
  p.raise(SIGCHLD);
  net.run_for(1s);
  EXPECT_EQ(got, SIGTERM);
  EXPECT_FALSE(p.crashed());
  EXPECT_THROW(p.loop().signal(SIGKILL, [] {}), Error);
  p.raise(SIGKILL);
  EXPECT_TRUE(p.crashed());
}

TEST(SimNetwork, AProcessThatKillsItselfFinishesItsTurn) {
  sim::Network net(17);
  sim::Process p(net);
  bool later = false;
  p.loop().defer([&] { p.raise(SIGABRT); });
  p.loop().timer(1ms, [&] { later = true; });
  net.run_for(1s);
  EXPECT_TRUE(p.crashed());
  EXPECT_FALSE(later);
}

TEST(SimNetwork, CrashInACallbackIsAtOnceDumb) {
  Pair pair(25);
  pair.b.process.loop().defer([&] {
    pair.b.process.crash();
    pair.b.node->snd(pair.a.sink, "never");
    pair.b.node.reset();
  });
  pair.net.run_for(10s);
  EXPECT_TRUE(pair.b.process.crashed());
  EXPECT_EQ(pair.b.process.open_descriptors(), 0u);
  ASSERT_EQ(pair.a.story.size(), 2u) << pair.a.told();
  EXPECT_EQ(pair.a.told().find("left the network"), std::string::npos) << pair.a.told();
}

TEST(SimNetwork, TheTimeOfDayJumpsAndNothingElseDoes) {
  Pair pair(18);
  pair.a.process.jump_clock(-1000h);
  pair.b.process.jump_clock(1000h);
  pair.net.run_for(60s);
  EXPECT_EQ(pair.a.told() + pair.b.told(), "up b\nup a\n");
}

TEST(SimNetwork, OutOfDescriptorsLinksLiveOnAndTheNextComesLater) {
  Pair pair(19);
  pair.a.process.set_descriptor_limit(pair.a.process.open_descriptors());
  Member c(pair.net, config("c", "unix:@c", {"127.0.0.1:4040"}));
  pair.net.run_for(5s);
  EXPECT_FALSE(pair.a.up("c"));
  EXPECT_TRUE(pair.a.up("b"));
  pair.a.process.set_descriptor_limit(100);
  EXPECT_TRUE(pair.net.run_until([&] { return pair.a.up("c"); }, 60s));
}

TEST(SimNetwork, RealDescriptorsCannotBeWatched) {
  sim::Network net(20);
  sim::Process p(net);
  Node node(p.loop());
  node.configure(config("a", "unix:@a"));
  for (int fd : {0, 1, 2, 3, 999, 1000, 1001, -1}) {
    EXPECT_THROW(p.loop().io(fd, Readable, [] {}), Error) << fd;
  }
}

TEST(SimNetwork, OtherUsersAreRefusedOnUnixSockets) {
  sim::Network net(21);
  Member a(net, config("a", "unix:/run/a"));
  sim::Process stranger(net, "sim", 1001);
  EXPECT_NE(stranger.pid(), a.process.pid());
  Node node(stranger.loop());
  Registration quiet = node.on_log([](int, std::string_view) {});
  node.configure(config("b", "unix:@b", {"unix:/run/a"}));
  net.run_for(20s);
  EXPECT_EQ(a.told(), "");
  EXPECT_GT(a.node->stats().refused, 0u);
}

TEST(SimNetwork, MachinesShareNoLoopbackAndNoUnixSockets) {
  sim::Network net(22);
  Member a(net, config("a", "127.0.0.1:4040"), "alpha");
  Member b(net, config("b", "127.0.0.1:4040", {"127.0.0.1:4041"}), "beta");
  Member c(net, config("c", "unix:@c", {"127.0.0.1:4040"}), "beta");
  net.run_for(20s);
  EXPECT_FALSE(a.up("c"));
  EXPECT_TRUE(b.up("c"));
  EXPECT_NE(a.process.address(), b.process.address());
  EXPECT_EQ(b.process.address(), c.process.address());
}

TEST(SimNetwork, NothingIsLeftWhenAllAreGone) {
  sim::Network net(23);
  {
    Member a(net, config("a", "127.0.0.1:4040"));
    Member b(net, config("b", "unix:@b", {"127.0.0.1:4040"}));
    ASSERT_TRUE(net.run_until([&] { return a.up("b"); }, 60s));
    EXPECT_GT(net.counts().descriptors, 3u);
    a.node.reset();
    b.node.reset();
  }
  net.run_for(1s);
  EXPECT_EQ(net.counts().connections, 0u);
  EXPECT_EQ(net.counts().descriptors, 0u);
}

TEST(SimNetwork, TraceTellsWhoDidWhatWhen) {
  sim::Network net(24);
  std::vector<std::string> lines;
  net.trace([&](std::string_view line) { lines.emplace_back(line); });
  Member a(net, config("a", "127.0.0.1:4040"));
  Member b(net, config("b", "unix:@b", {"127.0.0.1:4040"}));
  net.run_for(1s);
  const std::string all = [&] {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }();
  EXPECT_NE(all.find("p0 listen 127.0.0.1:4040"), std::string::npos) << all;
  EXPECT_NE(all.find("p1 connect 127.0.0.1:4040"), std::string::npos) << all;
  EXPECT_NE(all.find("p0 accept"), std::string::npos) << all;
}

// Which of ten allocations fail, as digits; those that are not asked about are none.
std::string refused_of_ten(sim::Process& process) {
  std::string text;
  for (int i = 0; i < 10; ++i) {
    const bool refused = process.inside([] { return sim::allocation_fails(8); });
    text += refused ? 'x' : '.';
  }
  return text;
}

TEST(SimNetwork, RefusesMemoryAsItIsTold) {
  sim::Network net(1);
  sim::Process one(net), other(net);
  EXPECT_EQ(refused_of_ten(one), "..........");
  one.fail_allocations(3, 2);
  EXPECT_FALSE(sim::allocation_fails(8)) << "outside of any process";
  EXPECT_EQ(refused_of_ten(other), "..........");
  EXPECT_EQ(refused_of_ten(one), "...xx.....");
  EXPECT_EQ(one.allocations(), 20u);
  EXPECT_EQ(one.refused_allocations(), 2u);
  one.fail_one_allocation_in(1);
  EXPECT_EQ(refused_of_ten(one), "xxxxxxxxxx");
  one.inside([&] {
    const sim::AllocationsSucceed none;
    EXPECT_FALSE(sim::allocation_fails(8));
    EXPECT_EQ(refused_of_ten(other), "..........");
  });
  EXPECT_EQ(one.refused_allocations(), 12u);
  one.fail_one_allocation_in(0);
  EXPECT_EQ(refused_of_ten(one), "..........");
}

TEST(SimNetwork, RefusesMemoryInTurnsOfTheLoopOnly) {
  sim::Network net(1);
  sim::Process p(net);
  p.loop();
  bool in_callback = false;
  p.loop().defer([&] { in_callback = sim::allocation_fails(8); });
  p.fail_allocations(0, UINT64_MAX);
  EXPECT_FALSE(sim::allocation_fails(8));
  net.run_for(1s);
  EXPECT_TRUE(in_callback);
  EXPECT_THROW(p.inside([] { ::operator delete(::operator new(8)); }), std::bad_alloc);
}

std::string refused_by_seed(std::uint64_t seed) {
  sim::Network net(seed);
  sim::Process p(net);
  p.fail_one_allocation_in(3);
  return refused_of_ten(p) + std::to_string(net.history());
}

TEST(SimNetwork, RefusesTheSameMemoryWithTheSameSeed) {
  EXPECT_EQ(refused_by_seed(1), refused_by_seed(1));
  EXPECT_NE(refused_by_seed(1), refused_by_seed(2));
}

}  // namespace
}  // namespace aemp
