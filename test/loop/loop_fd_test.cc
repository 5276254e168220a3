// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A Loop inside a foreign event loop, here poll(2): its descriptor must be readable exactly when
// run_once(0ms) has work.
#include <aemp/loop.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <thread>

#include "loop/pipes.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

constexpr int kPatienceMs = 60000;

// Turns for as long as the descriptor asks for them.
int serve(Loop& loop) {
  int turns = 0;
  while (readable(loop.fd()) && turns < 100000) {
    loop.run_once(0ms);
    ++turns;
  }
  return turns;
}

TEST(LoopFd, IsSilentWhenThereIsNothing) {
  Loop loop;
  EXPECT_FALSE(readable(loop.fd()));
  loop.run_once(0ms);
  EXPECT_FALSE(readable(loop.fd()));
}

TEST(LoopFd, TellsOfWorkFromBeforeItWasAskedFor) {
  Loop loop;
  int ran = 0;
  loop.defer([&] { ++ran; });
  EXPECT_TRUE(readable(loop.fd()));
  EXPECT_EQ(serve(loop), 1);
  EXPECT_EQ(ran, 1);
}

TEST(LoopFd, TellsOfDescriptors) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  loop.io(pipe.read_end(), Readable, [&] { ++calls; });
  EXPECT_FALSE(readable(loop.fd()));
  pipe.put();
  EXPECT_TRUE(readable(loop.fd()));
  loop.run_once(0ms);
  EXPECT_TRUE(readable(loop.fd())) << "still not read";
  pipe.take();
  EXPECT_FALSE(readable(loop.fd()));
  EXPECT_EQ(calls, 1);
}

TEST(LoopFd, TellsOfTimersSetBeforeInsideAndOutside) {
  Loop loop;
  int fired = 0;
  loop.timer(1ms, [&] {
    ++fired;
    loop.timer(1ms, [&] { ++fired; });
  });
  const int fd = loop.fd();
  loop.timer(1h, [&] { fired += 100; });
  while (fired < 2) {
    ASSERT_TRUE(readable(fd, kPatienceMs));
    loop.run_once(0ms);
  }
  Timer timer = loop.timer(1ms, [&] { ++fired; });
  while (fired < 3) {
    ASSERT_TRUE(readable(fd, kPatienceMs));
    loop.run_once(0ms);
  }
  EXPECT_EQ(fired, 3);
}

TEST(LoopFd, CancelledTimerCostsAtMostOneIdleTurn) {
  Loop loop;
  const int fd = loop.fd();
  Timer timer = loop.timer(1ms, [] {});
  timer.cancel();
  ASSERT_TRUE(readable(fd, kPatienceMs));
  EXPECT_FALSE(loop.run_once(0ms));
  EXPECT_FALSE(readable(fd));
}

TEST(LoopFd, TellsOfMoreWorkThanOneTurnDoes) {
  Loop loop;
  loop.fd();
  int ran = 0;
  for (int i = 0; i < 1000; ++i) loop.defer([&] { ++ran; });
  EXPECT_GE(serve(loop), 4);
  EXPECT_EQ(ran, 1000);
  EXPECT_FALSE(readable(loop.fd()));
}

TEST(LoopFd, HundredThousandDeferredFromOutsideUnderPollDoNotStall) {
  Loop loop;
  const int fd = loop.fd();
  int ran = 0;
  for (int i = 0; i < 100000; ++i) {
    loop.defer([&] { ++ran; });
    if (i % 7 == 0) continue;
    ASSERT_TRUE(readable(fd, kPatienceMs));
    loop.run_once(0ms);
  }
  serve(loop);
  EXPECT_EQ(ran, 100000);
}

TEST(LoopFd, WorkOfAPeriodicTimerGoesOnUnderPoll) {
  Loop loop;
  const int fd = loop.fd();
  int fired = 0;
  loop.timer(0ms, 1ms, [&] { loop.defer([&] { ++fired; }); });
  while (fired < 20) {
    ASSERT_TRUE(readable(fd, kPatienceMs));
    loop.run_once(0ms);
  }
}

TEST(LoopFd, NestsInEpollOfTheProgram) {
  Loop loop;
  const int outer = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, loop.fd(), &event), 0);
  int ran = 0;
  for (int i = 0; i < 100; ++i) {
    loop.defer([&] { ++ran; });
    ASSERT_EQ(epoll_wait(outer, &event, 1, kPatienceMs), 1);
    loop.run_once(0ms);
    ASSERT_EQ(epoll_wait(outer, &event, 1, 0), 0);
  }
  EXPECT_EQ(ran, 100);
  close(outer);
}

TEST(LoopFd, RunAndForeignPollingCanAlternate) {
  Loop loop;
  const int fd = loop.fd();
  loop.timer(1ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(readable(fd));
  loop.defer([] {});
  EXPECT_TRUE(readable(fd));
  loop.run_for(0ms);
  EXPECT_FALSE(readable(fd));
}

TEST(LoopFdThread, PostsFromAnotherThreadArriveUnderPoll) {
  Loop loop;
  const int fd = loop.fd();
  int ran = 0;
  std::thread thread([&] {
    for (int i = 0; i < 20000; ++i) loop.post([&] { ++ran; });
  });
  while (ran < 20000) {
    ASSERT_TRUE(readable(fd, kPatienceMs));
    loop.run_once(0ms);
  }
  thread.join();
  serve(loop);
  EXPECT_FALSE(readable(fd));
}

}  // namespace
}  // namespace aemp
