// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Nodes on loops in several threads, which speak through post().
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using test::kPatience;

TEST(LocalThread, TwoLoopsInTwoThreadsPlayWithTheirNodes) {
  constexpr int kRounds = 20'000;
  struct Side {
    Loop loop;
    Node node{loop};
    Port port;
    Side* other = nullptr;
    int got = 0;
    bool in_order = true;
  } sides[2];
  for (Side& side : sides) {
    side.other = &sides[&side == &sides[0] ? 1 : 0];
    side.port = side.node.port([&side](std::string_view text, int n, Port from) {
      side.in_order =
          side.in_order && text == "ball" && n == 2 * side.got + (&side < side.other ? 0 : 1);
      ++side.got;
      if (from != side.other->port) side.in_order = false;
      if (n + 1 >= kRounds) {
        side.other->loop.post([other = side.other] { other->loop.stop(); });
        side.loop.stop();
        return;
      }
      // The message travels as a copy that owns its bytes.
      side.other->loop.post([other = side.other, m = message("ball", n + 1, side.port)] {
        other->node.snd(other->port, m);
      });
    });
  }
  sides[0].loop.post([&] { sides[0].node.snd(sides[0].port, "ball", 0, sides[1].port); });
  std::thread thread([&] { sides[1].loop.run(); });
  sides[0].loop.run();
  thread.join();
  EXPECT_EQ(sides[0].got + sides[1].got, kRounds);
  EXPECT_TRUE(sides[0].in_order);
  EXPECT_TRUE(sides[1].in_order);
}

TEST(LocalThread, PortsAreCopiedAndDroppedInManyThreads) {
  Loop loop;
  Node node(loop);
  const Port p = node.port();
  const std::string text = p.str();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, mine = p] {
      std::vector<Port> copies;
      for (int i = 0; i < 20'000; ++i) {
        copies.push_back(mine);
        if (copies.size() > 100) copies.clear();
        if (copies.empty() ? false : copies.back() != p) ++wrong;
      }
      if (mine.str() != text) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST(LocalThread, NodesComeAndGoInThreadsIndependently) {
  std::vector<std::thread> threads;
  std::atomic<int> finished{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        Loop loop;
        Node a(loop), b(loop);
        int got = 0;
        const Port p = a.port([&] {
          if (++got == 100) a.kil(a.self(), "done");
        });
        bool over = false;
        a.mon(p, [&] { over = true; });
        for (int n = 0; n < 150; ++n) a.snd(p, n);
        b.cal(
            b.node_port(), [](const Reply&) {}, "time");
        if (loop.run_until([&] { return over; }, kPatience) && got == 100) ++finished;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(finished.load(), 200);
}

TEST(LocalThread, ManyThreadsPostToOneNode) {
  constexpr int kThreads = 4, kPosts = 5000;
  Loop loop;
  Node node(loop);
  int got[kThreads] = {}, total = 0;
  bool in_order = true;
  const Port p = node.port([&](std::size_t from, int n) {
    in_order = in_order && got[from]++ == n;
    ++total;
  });
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < kPosts; ++n) loop.post([&, t, n] { node.snd(p, t, n); });
    });
  }
  EXPECT_TRUE(loop.run_until([&] { return total == kThreads * kPosts; }, kPatience));
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order);
}

TEST(LocalThread, TwoNodesOnOneLoopAreApart) {
  Loop loop;
  Node a(loop), b(loop);
  EXPECT_NE(a.id(), b.id());
  int got_a = 0, got_b = 0;
  const Port pa = a.port([&] { ++got_a; }), pb = b.port([&] { ++got_b; });
  EXPECT_TRUE(a.is_local(pa));
  EXPECT_FALSE(a.is_local(pb));
  EXPECT_FALSE(b.is_local(pa));
  for (int i = 0; i < 10; ++i) {
    a.snd(pa);
    b.snd(pb);
  }
  test::settle(loop);
  EXPECT_EQ(got_a, 10);
  EXPECT_EQ(got_b, 10);
  EXPECT_EQ(a.stats().local_messages, 10u);
  a.leave();
  b.snd(pb);
  test::settle(loop);
  EXPECT_EQ(got_b, 11);
}

}  // namespace
}  // namespace aemp
