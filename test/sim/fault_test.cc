// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the simulator promises of its faults and of its history, to the letter.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  c.heartbeat_timeout = 10s;
  return c;
}

// Two processes with a node each; b connects to a.
struct Two {
  explicit Two(std::uint64_t seed = 1) : net(seed), p(net), q(net), a(p.loop()), b(q.loop()) {
    quiet_a = a.on_log([](int, std::string_view) {});
    quiet_b = b.on_log([](int, std::string_view) {});
  }
  void listen(std::string bind = "unix:@a") { a.configure(config("a", std::move(bind))); }
  void connect(std::string seed = "unix:@a") {
    b.configure(config("b", "unix:@b", {std::move(seed)}));
  }
  bool both_up() { return a.node_is_up("b").value_or(false) && b.node_is_up("a").value_or(false); }
  void link() {
    listen();
    connect();
    EXPECT_TRUE(net.run_until([this] { return both_up(); }, 10s));
  }

  sim::Network net;
  sim::Process p, q;
  Node a, b;
  Registration quiet_a, quiet_b;
};

std::uint64_t history_with(const std::string& body) {
  Two two;
  two.net.unruly(false);
  two.link();
  std::string got;
  const Port sink = two.b.port([&](std::string_view text, Message) { got = text; });
  two.a.snd(sink, body);
  two.net.run_for(1s);
  EXPECT_EQ(got, body);
  return two.net.history();
}

TEST(SimFault, HistoryKnowsEveryByteOfAMessage) {
  const std::string body(61, 'x');
  const std::uint64_t plain = history_with(body);
  EXPECT_EQ(history_with(body), plain);
  for (std::size_t i = 0; i < body.size(); ++i) {
    std::string other = body;
    other[i] = 'y';
    EXPECT_NE(history_with(other), plain) << i;
  }
}

template <class F>
std::uint64_t history_after(F&& f) {
  sim::Network net(7);
  net.unruly(false);
  sim::Process p(net), q(net);
  p.loop();
  q.loop();
  f(p, q);
  net.run_for(1s);
  return net.history();
}

TEST(SimFault, HistoryKnowsWhatHappenedToWhomAndEveryTurn) {
  const auto nothing = history_after([](sim::Process&, sim::Process&) {});
  const auto stopped = history_after([](sim::Process& p, sim::Process&) { p.stop(); });
  const auto other = history_after([](sim::Process&, sim::Process& q) { q.stop(); });
  const auto ticked = history_after([](sim::Process& p, sim::Process&) { p.loop().defer([] {}); });
  EXPECT_NE(stopped, nothing);
  EXPECT_NE(stopped, other);
  EXPECT_NE(ticked, nothing);
}

TEST(SimFault, ACallbackOfALoopThatTheCallerRunsMayRunTheNetwork) {
  sim::Network net(1);
  sim::Process p(net), q(net), r(net);
  int others = 0, nested = 0, inside = 0;
  const Timer tick = r.loop().timer(100ms, 100ms, [&] { ++others; });
  const auto body = [&] {
    const int before = others;
    ++inside;
    net.run_for(1s);
    --inside;
    EXPECT_GE(others - before, 8);
  };
  const Timer one = p.loop().timer(1s, body);
  const Timer two = p.loop().timer(1500ms, [&] { nested += inside; });
  p.loop().run_for(3s);
  Loop own(q.host());
  const Timer three = own.timer(1s, body);
  own.run_for(3s);
  EXPECT_EQ(nested, 0);
  EXPECT_GE(others, 50);
}

TEST(SimFault, ResetReachesConnectionsThatWaitToBeAccepted) {
  for (const int how : {0, 1, 2}) {
    Two two;
    two.listen("127.0.0.1:4000");
    two.net.run_for(1s);
    two.p.stop();
    two.connect("127.0.0.1:4000");
    two.net.run_for(200ms);
    ASSERT_EQ(two.net.counts().accepted, 0u);
    ASSERT_GT(two.net.counts().connections, 0u);
    if (how == 0) two.net.reset(two.p, two.q);
    if (how == 1) two.net.reset_all(two.p);
    if (how == 2) two.net.reset_one_way(two.p, two.q);
    EXPECT_EQ(two.net.counts().resets, how == 2 ? 1u : 2u) << how;
    two.p.cont();
    EXPECT_TRUE(two.net.run_until([&] { return two.both_up(); }, 60s)) << how;
  }
}

TEST(SimFault, ConnectingThroughACutHangs) {
  for (const char* bind : {"unix:@a", "unix:/run/a", "127.0.0.1:4000"}) {
    for (const int way : {0, 1, 2}) {
      Two two;
      two.listen(bind);
      if (way == 0) two.net.cut(two.p, two.q);
      if (way == 1) two.net.cut_one_way(two.p, two.q);
      if (way == 2) two.net.cut_one_way(two.q, two.p);
      two.connect(bind);
      two.net.run_for(1s);
      EXPECT_EQ(two.net.counts().accepted, way == 1 ? 1u : 0u) << bind << way;
      EXPECT_FALSE(two.a.node_is_up("b").value_or(false)) << bind << way;
      EXPECT_FALSE(two.b.node_is_up("a").value_or(false)) << bind << way;
      two.net.heal_all();
      EXPECT_TRUE(two.net.run_until([&] { return two.both_up(); }, 60s)) << bind << way;
    }
  }
}

TEST(SimFault, ASlowReaderTrickles) {
  Two two;
  two.link();
  std::size_t got = 0;
  const Port sink = two.b.port([&](std::string_view s, Message) { got += s.size(); });
  two.q.set_read_rate(1000);
  for (int i = 0; i < 100; ++i) two.a.snd(sink, std::string(1000, 'x'));
  for (int second = 0; second < 20; ++second) {
    const std::size_t before = got;
    two.net.run_for(1s);
    EXPECT_LE(got - before, 2000u) << second;
  }
  EXPECT_LE(got, 20'000u);
  EXPECT_GE(got, 15'000u);
  two.q.set_read_rate(UINT64_MAX);
  two.net.run_for(1s);
  EXPECT_EQ(got, 100'000u);
}

TEST(SimFault, AnEndlessDelayIsOne) {
  Two two;
  two.link();
  int got = 0;
  const Port sink = two.b.port([&](Message) { ++got; });
  sim::Path path;
  path.delay = path.jitter = nanoseconds::max();
  path.bandwidth = 1;
  two.net.set_path(two.p, two.q, path);
  two.a.snd(sink, "x");
  two.net.run_for(5s);
  EXPECT_EQ(got, 0);
}

// What was connected to it and not accepted yet is no exception.
TEST(SimFault, NobodyHearsOfAVanishedProcess) {
  for (const bool vanishes : {true, false}) {
    Two two;
    int failed = 0;
    const Registration log = two.b.on_log([&](int, std::string_view line) {
      if (line.starts_with("dial failed")) ++failed;
    });
    two.listen("127.0.0.1:4001");
    two.net.run_for(10ms);
    two.p.stop();
    two.connect("127.0.0.1:4001");
    two.net.run_for(1s);
    EXPECT_EQ(failed, 0);
    vanishes ? two.p.vanish() : two.p.crash();
    two.net.run_for(1s);
    EXPECT_EQ(failed > 0, !vanishes);
    two.net.run_for(10s);
    EXPECT_GT(failed, 0);
  }
}

TEST(SimFault, SignalsThatNobodyWatchesDoWhatTheyDo) {
  for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP}) {
    sim::Network net(1);
    sim::Process p(net);
    int ticks = 0;
    const Timer timer = p.loop().timer(1s, 1s, [&] { ++ticks; });
    p.raise(signo);
    net.run_for(5s);
    EXPECT_FALSE(p.crashed()) << signo;
    EXPECT_EQ(ticks, 0) << signo;
    p.raise(SIGCONT);
    net.run_for(5s);
    EXPECT_GT(ticks, 0) << signo;
  }
  for (const int signo : {SIGCHLD, SIGURG, SIGWINCH, SIGCONT}) {
    sim::Network net(1);
    sim::Process p(net);
    int ticks = 0;
    const Timer timer = p.loop().timer(1s, [&] { ++ticks; });
    p.raise(signo);
    net.run_for(5s);
    EXPECT_EQ(ticks, 1) << signo;
  }
}

TEST(SimFault, SignalsWaitForAStoppedProcess) {
  sim::Network net(1);
  sim::Process p(net), q(net), r(net);
  int got = 0;
  const Watch watch = p.loop().signal(SIGTERM, [&] { ++got; });
  for (sim::Process* each : {&p, &q, &r}) {
    each->loop();
    each->stop();
    each->raise(SIGTERM);
    each->raise(SIGTSTP);  // forgotten with SIGCONT
    net.run_for(1s);
    EXPECT_FALSE(each->crashed());
  }
  EXPECT_EQ(got, 0);
  p.raise(SIGCONT);
  q.cont();
  r.raise(SIGKILL);
  EXPECT_TRUE(r.crashed());
  net.run_for(1s);
  EXPECT_EQ(got, 1);
  EXPECT_TRUE(q.crashed());
}

TEST(SimFault, AStoppedProcessServesNobodyEvenIfTheCallerRunsItsLoop) {
  Two two;
  two.link();
  int got = 0;
  const Port sink = two.b.port([&](Message) { ++got; });
  two.q.stop();
  two.a.snd(sink, "x");
  const nanoseconds from = two.net.now();
  two.q.loop().run_for(3s);
  EXPECT_GE(two.net.now() - from, 3s);
  EXPECT_EQ(got, 0);
  two.q.cont();
  two.q.loop().run_for(1s);
  EXPECT_EQ(got, 1);
}

TEST(SimFault, RunUntilTakesAnyLimit) {
  sim::Network net(1);
  sim::Process p(net);
  net.run_for(1s);
  bool rang = false;
  const Timer timer = p.loop().timer(1s, [&] { rang = true; });
  EXPECT_FALSE(net.run_until([&] { return rang; }, nanoseconds::min()));
  EXPECT_TRUE(net.run_until([&] { return rang; }, nanoseconds::max()));
  EXPECT_LT(net.now(), 3s);
  rang = false;
  const Timer again = p.loop().timer(1s, [&] { rang = true; });
  EXPECT_TRUE(p.loop().run_until([&] { return rang; }, nanoseconds::max()));
}

TEST(SimFault, ProcessesOfAnotherNetworkAreRefused) {
  sim::Network net(1), other(2);
  sim::Process p(net), q(other);
  const auto refused = [](auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      return e.code() == Errc::bad_value;
    }
    return false;
  };
  EXPECT_TRUE(refused([&] { net.set_path(p, q, {}); }));
  EXPECT_TRUE(refused([&] { net.cut(p, q); }));
  EXPECT_TRUE(refused([&] { net.cut_one_way(q, p); }));
  EXPECT_TRUE(refused([&] { net.heal(q, p); }));
  EXPECT_TRUE(refused([&] { net.reset(p, q); }));
  EXPECT_TRUE(refused([&] { net.reset_all(q); }));
  EXPECT_TRUE(refused([&] { net.reset_one_way(q, p); }));
}

TEST(SimFault, RunningTheLoopOfACrashedProcessThrows) {
  sim::Network net(1);
  sim::Process p(net);
  p.loop();
  p.crash();
  EXPECT_THROW(p.loop().run_for(1s), Error);
}

TEST(SimFault, ACutDoesNotOutliveARestart) {
  sim::Network net(1);
  sim::Process p(net);
  Node a(p.loop());
  const Registration quiet = a.on_log([](int, std::string_view) {});
  a.configure(config("a", "unix:@a"));
  {
    sim::Process q(net);
    net.cut(p, q);
    q.crash();
  }
  sim::Process q(net);
  Node b(q.loop());
  b.configure(config("b", "unix:@b", {"unix:@a"}));
  EXPECT_TRUE(net.run_until([&] { return a.node_is_up("b").value_or(false); }, 10s));
}

}  // namespace
}  // namespace aemp
