// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What several threads do with loops.
#include <aemp/loop.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 300s;

TEST(LoopThread, PostsOfFourThreadsAllRunInTheOrderOfEachThread) {
  constexpr int kThreads = 4, kPosts = 100000;
  Loop loop;
  int next[kThreads] = {};
  int total = 0;
  bool in_order = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        loop.post([&, t, i] {
          in_order = in_order && next[t]++ == i;
          ++total;
        });
      }
    });
  }
  EXPECT_TRUE(loop.run_until([&] { return total == kThreads * kPosts; }, kPatience));
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(in_order);
}

TEST(LoopThread, PostWakesALoopThatWaits) {
  Loop loop;
  std::thread thread([&] { loop.post([&] { loop.stop(); }); });
  loop.run();
  thread.join();
}

TEST(LoopThread, TwoLoopsInTwoThreadsPostToEachOther) {
  Loop loops[2];
  int bounces = 0;
  // The ball carries the count from thread to thread.
  struct Ball {
    Loop* loops;
    int* bounces;
    void hit(int side) {
      if (++*bounces >= 20000) {
        loops[0].post([l = loops] { l[0].stop(); });
        loops[1].post([l = loops] { l[1].stop(); });
        return;
      }
      loops[1 - side].post([ball = *this, side]() mutable { ball.hit(1 - side); });
    }
  } ball{loops, &bounces};
  loops[0].post([&] { ball.hit(0); });
  std::thread other([&] { loops[1].run(); });
  loops[0].run();
  other.join();
  EXPECT_EQ(bounces, 20000);
}

TEST(LoopThread, LoopsComeAndGoInThreadsIndependently) {
  std::vector<std::thread> threads;
  int fired[4] = {};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        Loop loop;
        loop.timer(0ms, [&] { ++fired[t]; });
        loop.defer([&] { ++fired[t]; });
        loop.run_until([&] { return fired[t] == 2 * (i + 1); }, kPatience);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int count : fired) EXPECT_EQ(count, 100);
}

TEST(LoopThread, SignalReachesTheLoopsOfAllThreadsThatWatchIt) {
  std::vector<std::thread> threads;
  std::atomic<int> ready{0}, seen{0};
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      Loop loop;
      Watch watch = loop.signal(SIGUSR1, [&] {
        ++seen;
        loop.stop();
      });
      ++ready;
      loop.run();
    });
  }
  while (ready.load() < 3) std::this_thread::yield();
  kill(getpid(), SIGUSR1);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.load(), 3);
}

TEST(LoopThread, SignalsDuringTheEndOfLoopsAreSafe) {
  Loop keeper;
  int kept = 0;
  Watch watch = keeper.signal(SIGUSR1, [&] { ++kept; });
  std::atomic<bool> done{false};
  std::thread sender([&] {
    do {
      kill(getpid(), SIGUSR1);
    } while (!done.load());
  });
  for (int i = 0; i < 200; ++i) {
    Loop loop;
    loop.signal(SIGUSR1, [] {});
    loop.run_once(0ms);
  }
  done.store(true);
  sender.join();
  EXPECT_TRUE(keeper.run_until([&] { return kept > 0; }, kPatience));
}

}  // namespace
}  // namespace aemp
