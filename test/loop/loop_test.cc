// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public Loop on the real system: running, timers, spinning.
#include <aemp/error.h>
#include <aemp/loop.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

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
