// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A link that is cut at every byte, in each direction, while both ends send, spawn and monitor.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/net_talk.h"
#include "support/sanitized.h"

namespace aemp::remote {
namespace {

struct Scene {
  Scene(Loop& loop, const std::string& bind_b, const std::string& bind_proxy)
      : b(loop, config("b", {bind_b})),
        proxy(loop, bind_proxy, b.node->binds()[0]),
        a(loop, config("a", {}, {proxy.address()})) {
    proxy.show_target_at({proxy.address()});
    a.start(b);
    b.start(a);
  }
  explicit Scene(Loop& loop) : Scene(loop, unix_name(), unix_name()) {}

  bool told_all() const { return a.told() && b.told(); }
  // The first connection was cut, and there is a link again.
  bool recovered() const { return proxy.accepted() > 1 && a.node.up("b") && b.node.up("a"); }
  void tick() {
    a.send();
    b.send();
  }
  void check() {
    check_talk(a, b);
    EXPECT_EQ(a.node->stats().links_up, 1u);
    EXPECT_EQ(b.node->stats().links_up, 1u);
  }
  std::string story() const { return a.node.told() + b.node.told(); }

  Talker b;
  Proxy proxy;
  Talker a;
};

std::uint64_t bytes_of_the_exchange(Way way) {
  World world;
  Scene scene(world.loop);
  EXPECT_TRUE(world.until([&] { return scene.told_all(); }));
  world.settle();
  scene.check();
  return scene.proxy.bytes(way);
}

std::string where(Way way, std::uint64_t at) {
  return std::string("cut ") + (way == Way::there ? "there" : "back") + " at byte " +
         std::to_string(at) + "\n";
}

constexpr std::uint64_t kStep = kSanitized ? 5 : 1;  // from one byte to the next

// True if a link was lost.
bool run_cut(Way way, std::uint64_t at, Cut how) {
  World world(at + 1);
  Scene scene(world.loop);
  scene.proxy.cut_next(way, at, how);
  Timer ticks = world.loop.timer(10ms, 150ms, [&] { scene.tick(); });
  // Longer than a silent end can stay unnoticed.
  world.pass(9s);
  ticks.cancel();
  scene.tick();
  EXPECT_TRUE(world.until([&] { return scene.told_all(); }, 60s));
  scene.check();
  if (testing::Test::HasFailure()) ADD_FAILURE() << where(way, at) << scene.story();
  return scene.a.node.count("down ") + scene.b.node.count("down ") > 0;
}

void cut_everywhere(Cut how) {
  for (const Way way : {Way::there, Way::back}) {
    const std::uint64_t all = bytes_of_the_exchange(way);
    ASSERT_GT(all, 200u);
    std::uint64_t lost = 0;
    for (std::uint64_t at = 0; at <= all; at += kStep) {
      lost += run_cut(way, at, how) ? 1 : 0;
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(lost, all / kStep / 4) << "hardly any link was lost";
  }
}

TEST(RemoteCut, AtEveryByteBothEndsNotice) { cut_everywhere(Cut::both); }
TEST(RemoteCut, AtEveryByteOnlyTheDiallerNotices) { cut_everywhere(Cut::dialler); }
TEST(RemoteCut, AtEveryByteOnlyTheDialledNotices) { cut_everywhere(Cut::target); }

// Resets of TCP connections, many at a time since time is real here.
void reset_some(Way way, std::uint64_t first, std::uint64_t end) {
  Loop loop;
  std::vector<std::unique_ptr<Scene>> scenes;
  for (std::uint64_t at = first; at < end; ++at) {
    scenes.push_back(std::make_unique<Scene>(loop, "127.0.0.1:0", "127.0.0.1:0"));
    scenes.back()->proxy.cut_next(way, at, Cut::reset);
  }
  const auto all = [&](bool (Scene::*done)() const) {
    return std::all_of(scenes.begin(), scenes.end(), [&](const auto& s) { return ((*s).*done)(); });
  };
  Timer ticks = loop.timer(10ms, 20ms, [&] {
    for (const auto& scene : scenes) scene->tick();
  });
  EXPECT_TRUE(loop.run_until([&] { return all(&Scene::recovered); }, kPatience));
  ticks.cancel();
  for (const auto& scene : scenes) scene->tick();
  EXPECT_TRUE(loop.run_until([&] { return all(&Scene::told_all); }, kPatience));
  for (std::size_t i = 0; i < scenes.size() && !testing::Test::HasFailure(); ++i) {
    scenes[i]->check();
    if (testing::Test::HasFailure()) ADD_FAILURE() << where(way, first + i) << scenes[i]->story();
  }
}

TEST(RemoteCut, TcpResetAtEveryByte) {
  constexpr std::uint64_t kAtOnce = 40;
  for (const Way way : {Way::there, Way::back}) {
    const std::uint64_t all = bytes_of_the_exchange(way);
    for (std::uint64_t at = 0; at <= all && !HasFailure(); at += kAtOnce) {
      reset_some(way, at, std::min(at + kAtOnce, all + 1));
    }
  }
}

}  // namespace
}  // namespace aemp::remote
