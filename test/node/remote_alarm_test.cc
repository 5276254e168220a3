// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A program that is busy for 3 s, in a process of its own: neither end may blame the other but by
// its own time-out.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <string>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

// Two loops whose clocks go together. b's receiver holds up its loop while a's goes on.
struct Two {
  Two(std::chrono::nanoseconds timeout_a, std::chrono::nanoseconds timeout_b)
      : b(at_b.loop, with(config("b", {unix_name()}), timeout_b)),
        a(at_a.loop, with(config("a", {}, {b->binds()[0]}), timeout_a)) {
    busy = b->port([this](int n) {
      b.story.push_back("busy " + std::to_string(n));
      for (int i = 0; i < 300; ++i) {
        pass(10 * kMillisecond);
        a->snd(sink, n);
        settle(at_a.loop);
      }
    });
    sink = b.sink("sink");
    run(100ms);
    EXPECT_TRUE(a.up("b") && b.up("a")) << told();
  }
  static Config with(Config c, std::chrono::nanoseconds timeout) {
    c.heartbeat_timeout = timeout;
    return c;
  }
  void pass(Nanos span) {
    at_a.host.pass(span);
    at_b.host.pass(span);
  }
  void run(std::chrono::nanoseconds span) {
    for (; span.count() > 0; span -= 10ms) {
      pass(10 * kMillisecond);
      settle(at_a.loop);
      settle(at_b.loop);
    }
  }
  std::string told() const { return a.told() + b.told(); }

  World at_a{1}, at_b{2};
  Member b, a;
  Port busy, sink;
};

TEST(RemoteAlarm, ThreeBusySecondsAreNoneWithTheUsualTimeOuts) {
  Two two(6s, 6s);
  for (int i = 0; i < 5; ++i) {
    two.a->snd(two.busy, i);
    two.run(1s);
  }
  two.run(20s);
  EXPECT_EQ(two.b.count("busy"), 5u);
  EXPECT_EQ(two.b.count("sink"), 1500u);
  EXPECT_EQ(two.a.count("down") + two.b.count("down"), 0u) << two.told();
}

TEST(RemoteAlarm, WhoWasBusyDoesNotBlameTheOtherHoweverShortItsTimeOut) {
  for (const auto timeout : {30ms, 200ms, 2000ms}) {
    Two two(10s, timeout);
    two.a->snd(two.busy, 1);
    two.run(5s);
    EXPECT_EQ(two.b.count("busy"), 1u);
    EXPECT_EQ(two.b.count("sink"), 300u) << two.told();
    EXPECT_EQ(two.a.count("down") + two.b.count("down"), 0u) << two.told();
  }
}

TEST(RemoteAlarm, WhoWaitsGoesByItsOwnTimeOutAndComesBack) {
  Two two(1s, 1s);
  two.a->snd(two.busy, 1);
  two.run(1s);
  EXPECT_EQ(two.a.count("down b [\"transport_error\",\"b\",\"silent for"), 1u) << two.told();
  // The busy one read why the other has closed. It did not find it silent.
  EXPECT_EQ(two.b.count("down a"), 1u) << two.told();
  EXPECT_EQ(two.b.count("down a [\"transport_error\",\"a\",\"nothing was heard from this node"), 1u)
      << two.told();
  EXPECT_EQ(two.b.count("down a [\"transport_error\",\"a\",\"silent"), 0u) << two.told();
  two.run(40s);
  EXPECT_TRUE(two.a.up("b") && two.b.up("a")) << two.told();
  expect_alternating(two.a);
  expect_alternating(two.b);
  const std::size_t before = two.b.count("sink");
  two.a->snd(two.sink, "after");
  two.run(100ms);
  EXPECT_EQ(two.b.count("sink"), before + 1);
}

}  // namespace
}  // namespace aemp::remote
