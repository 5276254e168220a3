// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What is told when nodes and ports go: in which order, and with what reasons and log lines.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

struct Duo {
  World world;
  Member b{world.loop, config("b", {unix_name()})};
  Proxy proxy{world.loop, unix_name(), b->binds()[0]};
  Member a{world.loop, config("a", {}, {proxy.address()})};
  bool link() {
    return world.until([&] { return a.up("b") && b.up("a"); });
  }
  std::string told() const { return a.told() + b.told(); }
};

TEST(RemoteDown, ComesAfterAllMonitorsOfAPortThatDiedJustBefore) {
  constexpr std::size_t kMany = 1500;
  Duo d;
  ASSERT_TRUE(d.link());
  const Port p = d.b.sink();
  for (std::size_t i = 0; i < kMany; ++i) d.a.watch(p, "mon");
  d.a.watch(d.a->node_port("b"), "node");
  ASSERT_TRUE(d.world.until([&] { return d.b->stats().watchers == 1; }));
  // Behind the monitor of the other node, which is told of the port first.
  d.b->mon(p, [&](Message) { d.b->leave(); });
  d.b->kil(p, "port");
  ASSERT_TRUE(d.world.until([&] { return d.a.count("down b") == 1; }));
  EXPECT_EQ(d.a.count("mon [\"port\"]"), kMany);
  EXPECT_TRUE(d.a.story.back().starts_with("down b")) << d.a.story.back();
  EXPECT_EQ(d.a.count("node "), 1u);
}

TEST(RemoteDown, AMonitorThatEndsTheLinkStillComesBeforeTheOthersOfItsPort) {
  Duo d;
  ASSERT_TRUE(d.link());
  const Port p = d.b.sink(), other = d.b.sink();
  d.a->mon(p, [&](Message) {
    d.proxy.cut();
    d.a->leave();
  });
  for (int i = 0; i < 600; ++i) d.a.watch(p, "mon");
  ASSERT_TRUE(d.world.until([&] { return d.b->stats().watchers == 1; }));
  d.b->kil(p, "port");
  ASSERT_TRUE(d.world.until([&] { return d.b.count("down a") == 1; }));
  EXPECT_EQ(d.a.count("mon"), 0u) << "the node has left";
}

TEST(RemoteDown, MonitorsOfALostLinkFireInTheOrderInWhichTheirPortsWereWatched) {
  Duo d;
  ASSERT_TRUE(d.link());
  std::vector<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    expected.push_back("mon" + std::to_string(i));
    d.a.watch(d.b.sink(), expected.back());
  }
  d.world.settle();
  d.proxy.cut();
  ASSERT_TRUE(d.world.until([&] { return d.a.count("mon") == 300; }));
  std::vector<std::string> fired;
  for (const std::string& line : d.a.story) {
    if (line.starts_with("mon")) fired.push_back(line.substr(0, line.find(' ')));
  }
  EXPECT_EQ(fired, expected);
}

// The number behind `what` in the only line about a link that is down.
long number_in(const Member& m, const std::string& what) {
  for (const LogLine& line : m.log.lines) {
    const std::size_t at = line.text.find(what);
    if (line.text.find("is down") != line.text.npos && at != line.text.npos) {
      return std::stol(line.text.substr(at + what.size()));
    }
  }
  return -1;
}

TEST(RemoteDown, TheLineOfALinkThatWeEndedTellsOfItsSilence) {
  World world;
  Member b(world.loop, config("b", {unix_name()}));
  Proxy proxy(world.loop, unix_name(), b->binds()[0]);
  Config c = config("a", {}, {proxy.address()});
  c.max_message = 1 << 16;
  c.queue_limit = 1 << 20;
  Member a(world.loop, c);
  ASSERT_TRUE(world.until([&] { return a.up("b"); }));
  proxy.pause_both();
  world.pass(1s);
  const TimePoint start = world.loop.now();
  world.pass(3s);
  const auto passed =
      std::chrono::duration_cast<std::chrono::milliseconds>(world.loop.now() - start);
  const Port to = b.sink();
  for (int i = 0; i < 300; ++i) a->snd(to, std::string(10'000, 'x'));
  world.settle();
  ASSERT_EQ(a.log.count(7, "ended by us"), 1u) << a.told();
  EXPECT_GE(number_in(a, "last byte "), passed.count()) << a.told();
  EXPECT_LT(number_in(a, "last byte "), 6000) << a.told();
}

TEST(RemoteDown, TheReasonOfAnUnreachableNodeNamesTheSeedsThatCannotBeReached) {
  World world;
  Member seed(world.loop, config("seed", {unix_name()}));
  std::vector<std::string> seeds{seed->binds()[0]};
  for (int i = 0; i < 5; ++i) seeds.push_back(unix_name());
  Config c = config("a", {}, seeds);
  c.global = true;
  c.monitor_timeout = 3s;
  Member a(world.loop, c);
  a.watch(a->node_port("nobody"), "mon");
  ASSERT_TRUE(world.until([&] { return a.count("mon") == 1; })) << a.told();
  const std::string& reason = a.story[static_cast<std::size_t>(a.find("mon"))];
  const auto names = [&](const std::string& text) { return reason.find(text) != reason.npos; };
  EXPECT_TRUE(names("no connection to node nobody within 3000 ms: no address of it is known"));
  EXPECT_FALSE(names(seeds[0])) << reason;
  // Three of them, in whatever order they were dialled.
  EXPECT_EQ(std::count_if(seeds.begin(), seeds.end(),
                          [&](const std::string& at) { return names("; seed " + at + ": "); }),
            3)
      << reason;
  EXPECT_TRUE(names("2 more seeds cannot be reached")) << reason;
  EXPECT_TRUE(names("refused")) << reason;
}

TEST(RemoteDown, AReasonWithoutSeedsNamesNone) {
  World world;
  Config c = config("a");
  c.monitor_timeout = 1s;
  Member a(world.loop, c);
  a.watch(a->node_port("nobody"), "mon");
  ASSERT_TRUE(world.until([&] { return a.count("mon") == 1; })) << a.told();
  EXPECT_TRUE(a.story[0].ends_with("no address of it is known\"]")) << a.story[0];
}

}  // namespace
}  // namespace aemp::remote
