// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the loop says of itself: how long turns took and how late timers were.
#include <algorithm>
#include <numeric>

#include "loop/reactor_fixture.h"

namespace aemp {
namespace {

constexpr std::size_t kLast = LoopFigures::kTimes - 1;

std::size_t bucket_of(Nanos took) {
  LoopFigures figures;
  figures.add_turn(took);
  return static_cast<std::size_t>(std::find(figures.turns, figures.turns + kLast, 1u) -
                                  figures.turns);
}

TEST(LoopFigures, EachPowerOfTwoIsTheLastOfItsBucket) {
  EXPECT_EQ(bucket_of(0), 0u);
  EXPECT_EQ(bucket_of(-5), 0u) << "a clock that goes back";
  EXPECT_EQ(bucket_of(kMicrosecond), 0u);
  EXPECT_EQ(bucket_of(kMicrosecond + 1), 1u);
  EXPECT_EQ(bucket_of(2 * kMicrosecond), 1u);
  for (std::size_t i = 1; i < kLast; ++i) {
    const Nanos edge = kMicrosecond << i;
    EXPECT_EQ(bucket_of(edge), i) << i;
    EXPECT_EQ(bucket_of(edge + 1), i + 1) << i;
    EXPECT_EQ(bucket_of(edge / 2 + 1), i) << i;
  }
  EXPECT_EQ(bucket_of(kSecond * 1'000'000), kLast);
  EXPECT_EQ(bucket_of(INT64_MAX), kLast);
}

class ReactorFigures : public ReactorTest {
 protected:
  std::uint64_t turns() const {
    const auto& all = reactor_.figures().turns;
    return std::accumulate(std::begin(all), std::end(all), std::uint64_t{0});
  }
  void job(Nanos takes) {
    reactor_.defer([this, takes] { consume(takes); });
    reactor_.run_once(0);
  }
};

TEST_F(ReactorFigures, TurnsCountByWhatTheyTookWithoutTheWait) {
  job(3 * kMicrosecond);
  EXPECT_EQ(reactor_.figures().turns[2], 1u);
  EXPECT_EQ(reactor_.figures().busy, 3 * kMicrosecond);
  job(50 * kMillisecond);
  EXPECT_EQ(reactor_.figures().turns[16], 1u) << "65.536 ms";
  EXPECT_EQ(reactor_.figures().busy, 3 * kMicrosecond + 50 * kMillisecond);
  Tick timer([&] { consume(kMicrosecond); });
  reactor_.arm(timer, clock().now + 10 * kSecond);
  reactor_.run_once(-1);
  EXPECT_EQ(reactor_.figures().turns[0], 1u) << "it waited for 10 s, and took 1 us";
  EXPECT_EQ(turns(), 3u);
}

TEST_F(ReactorFigures, TurnsInWhichNothingHappenedAreNotCounted) {
  for (int i = 0; i < 5; ++i) reactor_.run_once(kMillisecond);
  EXPECT_EQ(turns(), 0u);
  EXPECT_EQ(reactor_.figures().busy, 0);
}

TEST_F(ReactorFigures, ATimerThatIsLateIsTheLag) {
  Tick timer([] {});
  reactor_.arm(timer, clock().now + kSecond);
  reactor_.run_once(-1);
  EXPECT_EQ(reactor_.figures().lag, 0);
  reactor_.arm(timer, clock().now + kSecond);
  consume(kSecond + 7 * kMillisecond);
  reactor_.run_once(-1);
  EXPECT_EQ(reactor_.figures().lag, 7 * kMillisecond);
  EXPECT_EQ(reactor_.figures().most_lag, 7 * kMillisecond);
  // A callback that holds up a timer, which is the loop's own doing.
  reactor_.arm(timer, clock().now + 2 * kMillisecond);
  job(5 * kMillisecond);
  EXPECT_TRUE(timer.armed());
  reactor_.run_once(-1);
  EXPECT_EQ(reactor_.figures().lag, 3 * kMillisecond);
  EXPECT_EQ(reactor_.figures().most_lag, 7 * kMillisecond);
}

TEST_F(ReactorFigures, TheEarliestOfSeveralTimersCounts) {
  Tick first([] {}), second([] {});
  reactor_.arm(second, clock().now + 4 * kMillisecond);
  reactor_.arm(first, clock().now + 1 * kMillisecond);
  consume(6 * kMillisecond);
  reactor_.run_once(-1);
  EXPECT_EQ(reactor_.figures().lag, 5 * kMillisecond);
}

TEST_F(ReactorFigures, TheyCostNoClockRead) {
  Io io([](std::uint8_t) {});
  ASSERT_TRUE(reactor_.watch(5, kReadable, &io).ok());
  const int before = clock().reads;
  for (int i = 0; i < 10; ++i) {
    poller().make_ready(5, kReadable);
    reactor_.run_once(-1);
  }
  EXPECT_EQ(turns(), 10u);
  EXPECT_EQ(clock().reads - before, 20) << "one after the wait, one at the end";
}

}  // namespace
}  // namespace aemp
