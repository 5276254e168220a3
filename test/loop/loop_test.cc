// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public Loop on the real system.
#include <aemp/error.h>
#include <aemp/loop.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "loop/pipes.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

// How long a test waits for what must come, on however slow a machine.
constexpr auto kPatience = 60s;

TEST(Loop, RunsUntilStop) {
  Loop loop;
  int ran = 0;
  loop.defer([&] {
    ++ran;
    loop.stop();
    loop.defer([&] { ++ran; });
  });
  loop.run();
  EXPECT_EQ(ran, 2);
}

TEST(Loop, RunOnceTellsWhetherItDidAnything) {
  Loop loop;
  EXPECT_FALSE(loop.run_once(0ms));
  loop.defer([] {});
  EXPECT_TRUE(loop.run_once(0ms));
  EXPECT_FALSE(loop.run_once(-5s));
  loop.timer(0ms, [] {});
  EXPECT_TRUE(loop.run_once());
}

TEST(Loop, RunInsideACallbackThrowsBusy) {
  Loop loop;
  Errc seen = Errc::system;
  loop.defer([&] {
    try {
      loop.run_once(0ms);
    } catch (const Error& error) {
      seen = error.code();
    }
  });
  loop.run_once(0ms);
  EXPECT_EQ(seen, Errc::busy);
}

TEST(Loop, ExceptionsOfCallbacksDoNotEndIt) {
  Loop loop;
  testing::internal::CaptureStderr();
  loop.defer([] { throw std::runtime_error("first"); });
  loop.timer(0ms, [] { throw "second"; });
  int after = 0;
  loop.defer([&] { ++after; });
  EXPECT_TRUE(loop.run_until([&] { return after == 1; }, kPatience));
  loop.run_once(0ms);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("first"), std::string::npos);
  EXPECT_NE(text.find("unknown exception"), std::string::npos);
}

TEST(LoopTimer, FiresOnceAndIsThenInactive) {
  Loop loop;
  int fired = 0;
  bool active_inside = true;
  Timer timer;
  timer = loop.timer(1ms, [&] {
    ++fired;
    active_inside = timer.active();
  });
  EXPECT_TRUE(timer.active());
  EXPECT_TRUE(loop.run_until([&] { return fired > 0; }, kPatience));
  EXPECT_FALSE(timer.active());
  EXPECT_FALSE(active_inside);
  timer.cancel();
  loop.run_once(0ms);
  EXPECT_EQ(fired, 1);
}

TEST(LoopTimer, NeverFiresBeforeItsTime) {
  Loop loop;
  const TimePoint start = loop.now();
  bool fired = false;
  loop.timer(3ms, [&] { fired = true; });
  EXPECT_TRUE(loop.run_until([&] { return fired; }, kPatience));
  EXPECT_GE(loop.now() - start, 3ms);
}

TEST(LoopTimer, CancelledTimerDoesNotFireAndItsCaptureGoes) {
  Loop loop;
  auto token = std::make_shared<int>(1);
  Timer timer = loop.timer(0ms, [token] { FAIL() << "cancelled"; });
  EXPECT_EQ(token.use_count(), 2);
  timer.cancel();
  EXPECT_EQ(token.use_count(), 1);
  timer.cancel();
  loop.run_once(0ms);
}

TEST(LoopTimer, HandleOfAnEarlierTimerDoesNotReachALaterOne) {
  Loop loop;
  Timer old_timer = loop.timer(0ms, [] {});
  old_timer.cancel();
  Timer new_timer = loop.timer(0ms, [] {});
  old_timer.cancel();
  EXPECT_TRUE(new_timer.active());
}

TEST(LoopTimer, PeriodicTimerRepeatsUntilCancelledFromItsOwnCallback) {
  Loop loop;
  int fired = 0;
  auto capture = std::make_shared<int>(7);
  Timer timer;
  timer = loop.timer(0ms, 1ms, [&, capture] {
    if (++fired == 5) timer.cancel();
    EXPECT_EQ(*capture, 7) << "the capture lives until the callback returned";
  });
  EXPECT_TRUE(loop.run_until([&] { return !timer.active(); }, kPatience));
  EXPECT_EQ(fired, 5);
  EXPECT_EQ(capture.use_count(), 1);
}

TEST(LoopTimer, PeriodicTimerSurvivesItsExceptions) {
  Loop loop;
  testing::internal::CaptureStderr();
  int fired = 0;
  loop.timer(0ms, 1ms, [&] {
    ++fired;
    throw std::runtime_error("again");
  });
  EXPECT_TRUE(loop.run_until([&] { return fired == 3; }, kPatience));
  testing::internal::GetCapturedStderr();
}

TEST(LoopTimer, EmptyCallbackIsMisuse) {
  Loop loop;
  EXPECT_THROW(loop.timer(1ms, nullptr), Error);
}

TEST(LoopTimer, HandlesOutliveTheLoop) {
  Timer timer;
  Watch watch;
  Guard guard;
  Pipe pipe;
  {
    Loop loop;
    timer = loop.timer(1h, [] {});
    watch = loop.io(pipe.read_end(), Readable, [] {});
    guard = loop.guard(loop.timer(1h, [] {}));
    EXPECT_TRUE(timer.active() && watch.active());
  }
  EXPECT_FALSE(timer.active());
  EXPECT_FALSE(watch.active());
  timer.cancel();
  watch.cancel();
}

TEST(LoopTimer, GuardCancels) {
  Loop loop;
  Timer timer = loop.timer(1h, [] {});
  { const Guard guard = loop.guard(timer); }
  EXPECT_FALSE(timer.active());
}

TEST(LoopTimer, CaptureThatCancelsOthersWhenDestroyedIsSafe) {
  Loop loop;
  struct Canceller {
    explicit Canceller(Timer t) : timer(t) {}
    ~Canceller() { timer.cancel(); }
    Timer timer;
  };
  Timer other = loop.timer(1h, [] {});
  Timer timer = loop.timer(1h, [c = std::make_unique<Canceller>(other)] {});
  timer.cancel();
  EXPECT_FALSE(other.active());
}

TEST(LoopIo, ReportsReadinessLevelTriggered) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  Watch watch = loop.io(pipe.read_end(), Readable, [&](Events ready) {
    EXPECT_EQ(ready, Readable);
    ++calls;
  });
  EXPECT_FALSE(loop.run_once(0ms));
  pipe.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(pipe.take());
  EXPECT_FALSE(loop.run_once(0ms));
  watch.cancel();
  pipe.put();
  EXPECT_FALSE(loop.run_once(0ms));
}

TEST(LoopIo, WritableAndCallbackWithoutParameter) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  loop.io(pipe.write_end(), Writable, [&] { ++calls; });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, SeveralWatchesOfOneDescriptorSeeWhatTheyAskedFor) {
  Loop loop;
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  int reads = 0, writes = 0;
  Watch reader = loop.io(ends[0], Readable, [&](Events e) { reads += e == Readable ? 1 : 100; });
  Watch writer = loop.io(ends[0], Writable, [&](Events e) { writes += e == Writable ? 1 : 100; });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(writes, 1);
  writer.cancel();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(writes, 1);
  char c;
  ASSERT_EQ(read(ends[0], &c, 1), 1);
  EXPECT_FALSE(loop.run_once(0ms));
  close(ends[0]);
  close(ends[1]);
}

TEST(LoopIo, HangupIsReportedAsWhatWasAskedFor) {
  Loop loop;
  Pipe reading, writing;
  Events read_seen = Events::None, write_seen = Events::None;
  loop.io(reading.read_end(), Readable, [&](Events e) { read_seen = e; });
  reading.close_write();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(read_seen, Readable);
  reading.close_read();
  loop.io(writing.write_end(), Writable, [&](Events e) { write_seen = e; });
  writing.close_read();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(write_seen, Writable);
}

TEST(LoopIo, PlainFileCannotBeWatchedAndTheErrorNamesIt) {
  Loop loop;
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const int fd = fileno(file);
  for (int bad : {fd, -1, 1 << 20}) {
    try {
      loop.io(bad, Readable, [] {});
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::system);
      EXPECT_NE(std::string(error.what()).find(std::to_string(bad)), std::string::npos);
    }
  }
  std::fclose(file);
}

TEST(LoopIo, CallbackMayCloseItsDescriptorAndCancelItself) {
  Loop loop;
  Pipe pipe;
  pipe.put();
  int calls = 0;
  auto capture = std::make_shared<int>(1);
  Watch watch;
  watch = loop.io(pipe.read_end(), Readable, [&, capture] {
    ++calls;
    pipe.close_read();
    watch.cancel();
    EXPECT_EQ(*capture, 1);
  });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(capture.use_count(), 1);
  EXPECT_FALSE(loop.run_once(0ms));
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, CallbackMayCancelAllWatches) {
  Loop loop;
  std::vector<std::unique_ptr<Pipe>> pipes;
  std::vector<Watch> watches;
  int calls = 0;
  for (int i = 0; i < 50; ++i) {
    pipes.push_back(std::make_unique<Pipe>());
    pipes.back()->put();
    watches.push_back(loop.io(pipes.back()->read_end(), Readable, [&] {
      ++calls;
      for (Watch& watch : watches) watch.cancel();
      pipes.clear();
    }));
  }
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(loop.run_once(0ms));
}

TEST(LoopIo, CallbackMayStopTheLoop) {
  Loop loop;
  Pipe pipe;
  pipe.put();
  loop.io(pipe.read_end(), Readable, [&] { loop.stop(); });
  loop.run();
  SUCCEED();
}

TEST(LoopIo, EventOfAClosedDescriptorDoesNotReachItsSuccessor) {
  Loop loop;
  Pipe first, second, fresh;
  first.put();
  second.put();
  const int number = second.read_end();
  int stale = 0;
  int callbacks = 0;
  Watch watches[2];
  // Whichever of the two comes first replaces the descriptor of the other by a silent one.
  const auto replace = [&](int own, Pipe& other) {
    ++callbacks;
    watches[1 - own].cancel();
    const int target = other.read_end();
    ASSERT_EQ(dup2(fresh.read_end(), target), target);
    watches[1 - own] = loop.io(target, Readable, [&] { ++stale; });
  };
  watches[0] = loop.io(first.read_end(), Readable, [&] { replace(0, second); });
  watches[1] = loop.io(number, Readable, [&] { replace(1, first); });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(callbacks, 1);
  EXPECT_EQ(stale, 0);
}

TEST(LoopIo, NumberThatWasClosedBeforeCancellingCanBeWatchedAnew) {
  Loop loop;
  auto old_pipe = std::make_unique<Pipe>();
  const int number = old_pipe->read_end();
  int old_calls = 0, new_calls = 0;
  Watch old_watch = loop.io(number, Readable, [&] { ++old_calls; });
  Pipe new_pipe;
  ASSERT_EQ(dup2(new_pipe.read_end(), number), number);
  Watch new_watch = loop.io(number, Readable, [&] { ++new_calls; });
  EXPECT_FALSE(old_watch.active());
  old_watch.cancel();
  new_pipe.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(old_calls, 0);
  EXPECT_EQ(new_calls, 1);
}

TEST(LoopIo, DuplicateOfADescriptorClosedTooEarlyDoesNotKeepTheLoopBusy) {
  Loop loop;
  Pipe pipe, other;
  pipe.put();
  const int duplicate = dup(pipe.read_end());
  int other_calls = 0;
  loop.io(other.read_end(), Readable, [&] { ++other_calls; });
  Watch watch = loop.io(pipe.read_end(), Readable, [] {});
  pipe.close_read();
  watch.cancel();
  // The event that nobody can take away is noticed once, and gone then.
  loop.run_once(0ms);
  bool late = false;
  loop.timer(20ms, [&] { late = true; });
  int turns = 0;
  EXPECT_TRUE(loop.run_until([&] { return ++turns, late; }, kPatience));
  EXPECT_LT(turns, 20);
  other.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(other_calls, 1);
  close(duplicate);
}

TEST(LoopIo, ThrowingWatchDoesNotKeepOthersOfItsDescriptorFromRunning) {
  Loop loop;
  testing::internal::CaptureStderr();
  Pipe pipe;
  pipe.put();
  int calls = 0;
  loop.io(pipe.read_end(), Readable, [] { throw 1; });
  loop.io(pipe.read_end(), Readable, [&] { ++calls; });
  EXPECT_TRUE(loop.run_once());
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, MoreDescriptorsThanOneWaitReportsAreAllServed) {
  Loop loop;
  std::vector<std::unique_ptr<Pipe>> pipes;
  std::vector<int> calls(300);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 700) GTEST_SKIP() << "needs 700 descriptors";
  for (std::size_t i = 0; i < calls.size(); ++i) {
    pipes.push_back(std::make_unique<Pipe>());
    pipes.back()->put();
    loop.io(pipes.back()->read_end(), Readable, [&, i] {
      ++calls[i];
      pipes[i]->take();
    });
  }
  EXPECT_TRUE(loop.run_until([&] { return std::accumulate(calls.begin(), calls.end(), 0) >= 300; },
                             kPatience));
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), 300);
}

TEST(LoopSpin, FindsWhatHappensWhileSpinning) {
  Loop loop;
  Pipe pipe;
  loop.spin(50us);
  int calls = 0;
  loop.io(pipe.read_end(), Readable, [&] {
    pipe.take();
    ++calls;
  });
  for (int i = 0; i < 100; ++i) {
    pipe.put();
    EXPECT_TRUE(loop.run_once());
  }
  EXPECT_EQ(calls, 100);
  EXPECT_FALSE(loop.run_once(1ms));
}

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

TEST(LoopPost, IsDestroyedUncalledWithTheLoop) {
  auto capture = std::make_shared<int>(0);
  {
    Loop loop;
    loop.post([capture] { ++*capture; });
    loop.defer([capture] { ++*capture; });
  }
  EXPECT_EQ(*capture, 0);
  EXPECT_EQ(capture.use_count(), 1);
}

}  // namespace
}  // namespace aemp
