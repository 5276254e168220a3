// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/timer_table.h"

#include <aemp/error.h>
#include <gtest/gtest.h>

#include <random>

#include "loop/fake_host.h"

namespace aemp {
namespace {

class TimerTableTest : public testing::Test {
 protected:
  ~TimerTableTest() override { table_.retire(); }
  Nanos since_start() { return host_.fake_clock.now - start_; }

  FakeHost host_;
  const Nanos start_ = host_.fake_clock.now;
  Reactor reactor_{host_};
  TimerTable& table_ = *new TimerTable(reactor_);
};

TEST_F(TimerTableTest, LatePeriodicTimerFiresOnceForAllItMissedAndKeepsItsRhythm) {
  std::vector<Nanos> fired;
  table_.add(kSecond, 10 * kSecond, [&] {
    fired.push_back(since_start());
    if (fired.size() == 1) host_.fake_clock.now += 35 * kSecond;
  });
  while (fired.size() < 4) reactor_.run_once(-1);
  EXPECT_EQ(fired, (std::vector<Nanos>{kSecond, 36 * kSecond, 41 * kSecond, 51 * kSecond}));
}

TEST_F(TimerTableTest, PeriodicTimerDoesNotDrift) {
  std::vector<Nanos> fired;
  table_.add(0, 10 * kSecond, [&] {
    fired.push_back(since_start());
    host_.fake_clock.now += 3 * kSecond;
  });
  while (fired.size() < 4) reactor_.run_once(-1);
  EXPECT_EQ(fired, (std::vector<Nanos>{0, 10 * kSecond, 20 * kSecond, 30 * kSecond}));
}

TEST_F(TimerTableTest, HundredThousandFireInOrder) {
  std::mt19937 random(3);
  std::vector<std::pair<Nanos, int>> expected, fired;
  for (int i = 0; i < 100000; ++i) {
    const Nanos delay = static_cast<Nanos>(random() % 5000) * kMillisecond;
    expected.emplace_back(delay, i);
    table_.add(delay, 0, [&fired, delay, i] { fired.emplace_back(delay, i); });
  }
  std::sort(expected.begin(), expected.end());
  while (reactor_.run_once(5 * kSecond)) {
  }
  EXPECT_TRUE(fired == expected);
}

TEST_F(TimerTableTest, EndlessDelayAndPeriodAreFine) {
  int fired = 0;
  table_.add(kNever, 0, [&] { ++fired; });
  table_.add(0, kNever, [&] { ++fired; });
  reactor_.run_once(0);
  reactor_.run_once(kSecond);
  EXPECT_EQ(fired, 1);
}

TEST_F(TimerTableTest, EmptyCallbackIsMisuse) { EXPECT_THROW(table_.add(0, 0, nullptr), Error); }

}  // namespace
}  // namespace aemp
