// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Links over every kind of socket, between threads, in quantity, and closed for being idle.
#include <aemp/aemp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

void exchange(const std::string& bind) {
  Loop loop;
  Member b(loop, config("b", {bind}));
  Member a(loop, config("a", {}, {b->binds()[0]}));
  int pongs = 0;
  const Port far = b->port([&](Port from, int n) { b->snd(from, n + 1); });
  const Port near = a->port([&](int n) { pongs = n; });
  a->snd(far, near, 41);
  EXPECT_TRUE(loop.run_until([&] { return pongs == 42; }, kPatience)) << a.told() << b.told();
}

TEST(RemoteLink, OverTcp4) { exchange("127.0.0.1:0"); }
TEST(RemoteLink, OverTcp6) { exchange("[::1]:0"); }
TEST(RemoteLink, OverAnAbstractUnixSocket) { exchange(unix_name()); }
TEST(RemoteLink, OverAUnixPath) {
  exchange("unix:/tmp/aemp-test-" + std::to_string(getpid()) + ".sock");
}

TEST(RemoteLink, OrderOverManyMessagesWithKillsBetween) {
  World world;
  Member b(world.loop, config("b", {unix_name()}));
  Member a(world.loop, config("a", {}, {b->binds()[0]}));
  const int all = scaled(100000);
  int next = 0, deaths = 0;
  bool in_order = true;
  const Port sink = b->port([&](int n) { in_order = in_order && n == next++; });
  b->define("victim", [&] { b->rcv(b->self(), [](Message) {}); });
  for (int i = 0; i < all; ++i) {
    a->snd(sink, i);
    if (i % 100 != 0) continue;
    const Port victim = a->spawn("b", "victim");
    a->mon(victim, [&](Message reason) { deaths += reason.size() == 1 ? 1 : 0; });
    a->kil(victim, i);
    world.loop.run_once(0ns);
  }
  EXPECT_TRUE(world.until([&] { return next == all && deaths == all / 100; }));
  EXPECT_TRUE(in_order);
  EXPECT_EQ(a->stats().monitors, 0u);
  EXPECT_EQ(b->stats().watchers, 0u);
}

TEST(RemoteLinkThread, TwoNodesInTwoThreadsPlayPingPong) {
  const std::string at = unix_name();
  Loop here;
  Member b(here, config("b", {at}));
  const Port echo = b->port([&](Port from, int n) { b->snd(from, n); });
  const std::string name = echo.str();
  bool done = false;
  std::thread other([&] {
    Loop there;
    Member a(there, config("a", {}, {at}));
    const Port far = *Port::parse(name);
    int last = -1;
    const Port near = a->port([&](int n) {
      last = n;
      if (n < 1000) a->snd(far, a->self(), n + 1);
    });
    a->snd(far, near, 0);
    EXPECT_TRUE(there.run_until([&] { return last == 1000; }, kPatience));
    here.post([&] { done = true; });
  });
  EXPECT_TRUE(here.run_until([&] { return done; }, kPatience));
  other.join();
}

// The link is nobody's seed link: the seed's address belongs to another node by now.
TEST(RemoteLink, AnIdleLinkIsClosedAndComesBackWithTheNextMessage) {
  World world;
  Config c = config("b", {unix_name()});
  c.link_idle = 100ms;
  Member b(world.loop, c);
  Member other(world.loop, config("c", {unix_name()}));
  Proxy proxy(world.loop, unix_name(), b->binds()[0]);
  c = config("a", {unix_name()}, {proxy.address()});
  c.link_idle = 100ms;
  Member a(world.loop, c);
  ASSERT_TRUE(world.until([&] { return a.up("b"); }));
  proxy.retarget(other->binds()[0]);
  proxy.cut();
  ASSERT_TRUE(world.until([&] { return a.up("c"); }));
  const Port sink = b.sink();
  for (int i = 0; i < 20; ++i) {
    a->snd(sink, i);
    EXPECT_TRUE(world.until([&] { return b.find("[" + std::to_string(i) + "]") >= 0; }));
    world.pass(std::chrono::milliseconds(60 * i));
  }
  EXPECT_GT(a.count("down b [\"idle\""), 5u) << a.told();
  EXPECT_GT(b.count("down a [\"idle\""), 5u) << b.told();
  EXPECT_EQ(b.count("["), 20u);
  expect_alternating(a);
  expect_alternating(b);
}

}  // namespace
}  // namespace aemp::remote
