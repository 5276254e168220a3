// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Signals, watched and not.
#include <aemp/error.h>
#include <aemp/loop.h>
#include <gtest/gtest.h>
#include <sys/time.h>

#include <csignal>
#include <string>
#include <vector>

namespace aemp {
namespace {

using namespace std::chrono_literals;

// How long a test waits for what must come, on however slow a machine.
constexpr auto kPatience = 60s;

TEST(LoopEintr, InterruptedWaitsGoOn) {
  Loop loop;
  static volatile std::sig_atomic_t alarms;
  alarms = 0;
  struct sigaction action {
  }, old_action{};
  action.sa_handler = [](int) { alarms = alarms + 1; };
  ASSERT_EQ(sigaction(SIGALRM, &action, &old_action), 0);
  const itimerval often{{0, 1000}, {0, 1000}}, never{};
  setitimer(ITIMER_REAL, &often, nullptr);
  bool fired = false;
  loop.timer(30ms, [&] { fired = true; });
  EXPECT_TRUE(loop.run_until([&] { return fired && alarms > 3; }, kPatience));
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &old_action, nullptr);
}

TEST(LoopSignal, CallbackRunsFromTheLoop) {
  Loop loop;
  std::vector<int> seen;
  Watch watch = loop.signal(SIGUSR1, [&](int signo) { seen.push_back(signo); });
  raise(SIGUSR1);
  EXPECT_TRUE(seen.empty());
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(seen, std::vector<int>{SIGUSR1});
  raise(SIGUSR1);
  raise(SIGUSR1);
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_FALSE(loop.run_once(0ms));
}

TEST(LoopSignal, SeveralWatchesAndLoopsSeeTheSameSignal) {
  Loop first, second;
  int calls = 0;
  Watch a = first.signal(SIGUSR1, [&] { ++calls; });
  Watch b = first.signal(SIGUSR1, [&] { ++calls; });
  Watch c = second.signal(SIGUSR1, [&] { calls += 10; });
  raise(SIGUSR1);
  EXPECT_TRUE(first.run_once());
  EXPECT_TRUE(second.run_once());
  EXPECT_EQ(calls, 12);
  a.cancel();
  c.cancel();
  raise(SIGUSR1);
  EXPECT_TRUE(first.run_once());
  EXPECT_FALSE(second.run_once(0ms));
  EXPECT_EQ(calls, 13);
}

TEST(LoopSignal, CallbackMayCancelItsOwnAndOtherWatches) {
  Loop loop;
  int calls = 0;
  Watch first, second;
  first = loop.signal(SIGUSR1, [&] {
    ++calls;
    first.cancel();
    second.cancel();
  });
  second = loop.signal(SIGUSR1, [&] { ++calls; });
  Watch third = loop.signal(SIGUSR1, [&] { calls += 10; });
  raise(SIGUSR1);
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 11);
  EXPECT_FALSE(first.active() || second.active());
  EXPECT_TRUE(third.active());
}

TEST(LoopSignal, OldHandlerIsRestoredAfterTheLastWatch) {
  struct sigaction custom {
  }, old_action{}, now{};
  custom.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGUSR2, &custom, &old_action), 0);
  Loop first, second;
  Watch a = first.signal(SIGUSR2, [] {});
  Watch b = second.signal(SIGUSR2, [] {});
  a.cancel();
  sigaction(SIGUSR2, nullptr, &now);
  EXPECT_NE(now.sa_handler, SIG_IGN);
  b.cancel();
  sigaction(SIGUSR2, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
  {
    Loop third;
    third.signal(SIGUSR2, [] {});
  }
  sigaction(SIGUSR2, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN) << "the loop's end ends its watches";
  sigaction(SIGUSR2, &old_action, nullptr);
}

TEST(LoopSignal, HandlerThatSomebodyPutOverOursStays) {
  struct sigaction custom {
  }, old_action{}, now{};
  sigaction(SIGUSR2, nullptr, &old_action);
  Loop loop;
  Watch watch = loop.signal(SIGUSR2, [] {});
  custom.sa_handler = SIG_IGN;
  ASSERT_EQ(sigaction(SIGUSR2, &custom, nullptr), 0);
  watch.cancel();
  sigaction(SIGUSR2, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN);
  sigaction(SIGUSR2, &old_action, nullptr);
}

TEST(LoopSignal, UncatchableSignalsAreRefusedByName) {
  Loop loop;
  for (int signo : {SIGKILL, 0, -1, 100}) {
    try {
      loop.signal(signo, [] {});
      FAIL() << signo;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::system);
      EXPECT_NE(std::string(error.what()).find(std::to_string(signo)), std::string::npos);
    }
  }
}

TEST(LoopSignal, NothingIsInstalledUnasked) {
  struct sigaction before[32], after[32];
  for (int i = 1; i < 32; ++i) sigaction(i, nullptr, &before[i]);
  {
    Loop loop;
    loop.timer(0ms, [] {});
    loop.fd();
    loop.run_once(0ms);
    for (int i = 1; i < 32; ++i) sigaction(i, nullptr, &after[i]);
  }
  for (int i = 1; i < 32; ++i) EXPECT_EQ(before[i].sa_handler, after[i].sa_handler) << i;
}

}  // namespace
}  // namespace aemp
