// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a turn does, in which order.
#include <aemp/error.h>

#include <deque>
#include <memory>

#include "loop/reactor_fixture.h"

namespace aemp {
namespace {

TEST_F(ReactorTest, TurnGoesThroughItsPhasesInOrder) {
  Io io([&](std::uint8_t) { said_.push_back("io"); });
  Tick timer(say("timer"));
  Resume resume(say("resume"));
  Flush flush(say("flush"));
  ASSERT_TRUE(reactor_.watch(5, kReadable, &io).ok());
  reactor_.arm(timer, clock().now);
  reactor_.defer([&] {
    said_.push_back("job");
    reactor_.flush_later(flush);
    reactor_.reap(std::make_unique<Dead>(say("reap")));
  });
  reactor_.post([&] { said_.push_back("posted"); });
  reactor_.resume_later(resume);
  poller().woken = false;
  poller().make_ready(5, kReadable);
  EXPECT_TRUE(reactor_.run_once(-1));
  EXPECT_EQ(said_, (Strings{"io", "resume", "timer", "job", "posted", "flush", "reap"}));
}

TEST_F(ReactorTest, QuietTurnIsOneWaitThatBlocks) {
  Io io([](std::uint8_t) {});
  Tick timer([] {});
  ASSERT_TRUE(reactor_.watch(5, kReadable, &io).ok());
  reactor_.arm(timer, clock().now + 5 * kSecond);
  poller().make_ready(5, kReadable);
  reactor_.run_once(-1);
  poller().timeouts.clear();
  poller().changes = 0;
  for (int i = 0; i < 10; ++i) {
    poller().make_ready(5, kReadable);
    reactor_.run_once(-1);
  }
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>(10, 5 * kSecond));
  EXPECT_EQ(poller().changes, 0);
  EXPECT_TRUE(poller().armed.empty());
}

TEST_F(ReactorTest, WaitsWithoutLimitWhenThereIsNothing) {
  EXPECT_FALSE(reactor_.run_once(-1));
  EXPECT_FALSE(reactor_.run_once(3 * kSecond));
  EXPECT_EQ(poller().timeouts, (std::vector<Nanos>{-1, 3 * kSecond}));
}

TEST_F(ReactorTest, EventOfAnUnwatchedDescriptorIsDropped) {
  int calls = 0;
  Io victim([&](std::uint8_t) { ++calls; });
  const Reactor::Token token = *reactor_.watch(6, kReadable, &victim);
  Io killer([&](std::uint8_t) { reactor_.unwatch(token); });
  ASSERT_TRUE(reactor_.watch(5, kReadable, &killer).ok());
  poller().make_ready(5, kReadable);
  poller().make_ready(6, kReadable);
  reactor_.run_once(-1);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(poller().purges, 0);
}

TEST_F(ReactorTest, EventOfAClosedDescriptorDoesNotReachTheNextOneOfThatNumber) {
  int calls = 0;
  Io old_one([&](std::uint8_t) { ++calls; });
  Io new_one([&](std::uint8_t) { ++calls; });
  const Reactor::Token token = *reactor_.watch(6, kReadable, &old_one);
  Io killer([&](std::uint8_t) {
    reactor_.unwatch(token);
    ASSERT_TRUE(reactor_.watch(6, kReadable, &new_one).ok());
  });
  ASSERT_TRUE(reactor_.watch(5, kReadable, &killer).ok());
  poller().make_ready(5, kReadable);
  poller().make_ready(6, kReadable);
  reactor_.run_once(-1);
  EXPECT_EQ(calls, 0);
  poller().make_ready(6, kReadable);
  reactor_.run_once(-1);
  EXPECT_EQ(calls, 1);
}

TEST_F(ReactorTest, TokenOfAnEarlierWatchDoesNothing) {
  Io io([](std::uint8_t) {});
  const Reactor::Token old_token = *reactor_.watch(6, kReadable, &io);
  reactor_.unwatch(old_token);
  ASSERT_TRUE(reactor_.watch(6, kReadable, &io).ok());
  reactor_.unwatch(old_token);
  reactor_.interest(old_token, kWritable);
  EXPECT_EQ(poller().watched.at(6).second, kReadable);
}

TEST_F(ReactorTest, WatchOfADescriptorThatWasClosedFirstCannotDisturbItsSuccessor) {
  int calls = 0;
  Io old_one([](std::uint8_t) { FAIL(); });
  Io new_one([&](std::uint8_t) { ++calls; });
  const Reactor::Token old_token = *reactor_.watch(6, kReadable, &old_one);
  ASSERT_TRUE(reactor_.watch(6, kReadable, &new_one).ok());
  reactor_.interest(old_token, kWritable);
  reactor_.unwatch(old_token);
  ASSERT_EQ(poller().watched.count(6), 1u);
  EXPECT_EQ(poller().watched.at(6).second, kReadable);
  poller().make_ready(6, kReadable);
  reactor_.run_once(-1);
  EXPECT_EQ(calls, 1);
}

TEST_F(ReactorTest, TokenReportedTurnsAfterItWasUnwatchedIsPurged) {
  Io io([](std::uint8_t) {});
  const Reactor::Token token = *reactor_.watch(6, kReadable, &io);
  const std::uint64_t raw = poller().watched.at(6).first;
  reactor_.unwatch(token);
  poller().ready.push_back({raw, kReadable});
  reactor_.run_once(-1);
  EXPECT_EQ(poller().purges, 1);
}

TEST_F(ReactorTest, InterestThatIsTheSameCostsNothing) {
  Io io([](std::uint8_t) {});
  const Reactor::Token token = *reactor_.watch(6, kReadable, &io);
  poller().changes = 0;
  reactor_.interest(token, kReadable);
  EXPECT_EQ(poller().changes, 0);
  reactor_.interest(token, kReadable | kWritable);
  EXPECT_EQ(poller().changes, 1);
}

TEST_F(ReactorTest, InterestThatCannotBeSetIsReportedToTheHandler) {
  std::uint8_t seen = 0;
  Io io([&](std::uint8_t events) { seen = events; });
  const Reactor::Token token = *reactor_.watch(6, kReadable, &io);
  poller().fail_watch = EBADF;
  reactor_.interest(token, kWritable);
  EXPECT_EQ(seen, 0);
  reactor_.run_once(-1);
  EXPECT_EQ(seen, kError);
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
}

TEST_F(ReactorTest, FailedWatchLeavesNothingBehind) {
  Io io([](std::uint8_t) {});
  poller().fail_watch = EPERM;
  EXPECT_EQ(reactor_.watch(6, kReadable, &io).status().sys_errno(), EPERM);
  poller().fail_watch = 0;
  EXPECT_EQ(reactor_.watch(6, kReadable, &io)->slot, 0u);
}

TEST_F(ReactorTest, TimersOfOneDeadlineFireInTheOrderSet) {
  std::deque<Tick> timers;
  for (int i = 0; i < 20; ++i) timers.emplace_back(say(std::to_string(i)));
  Strings expected;
  for (int i = 19; i >= 0; --i) {
    reactor_.arm(timers[static_cast<std::size_t>(i)], clock().now + kSecond);
    expected.push_back(std::to_string(i));
  }
  reactor_.run_once(-1);
  EXPECT_TRUE(said_.empty() || said_ == expected);
  reactor_.run_once(-1);
  EXPECT_EQ(said_, expected);
}

TEST_F(ReactorTest, TimerSetInACallbackWaitsForTheNextTurn) {
  int fired = 0;
  Tick timer([&] {
    if (++fired < 3) reactor_.arm(timer, 0);
  });
  reactor_.arm(timer, clock().now);
  reactor_.run_once(0);
  EXPECT_EQ(fired, 1);
  reactor_.run_once(0);
  EXPECT_EQ(fired, 2);
  reactor_.run_once(0);
  EXPECT_EQ(fired, 3);
}

TEST_F(ReactorTest, TimerSetWithAPastDeadlineDoesNotHoldUpOthers) {
  Tick past(say("past"));
  Tick first([&] {
    said_.push_back("first");
    reactor_.arm(past, 0);
  });
  Tick second(say("second"));
  reactor_.arm(first, clock().now);
  reactor_.arm(second, clock().now);
  reactor_.run_once(0);
  EXPECT_EQ(said_, (Strings{"first", "second"}));
  reactor_.run_once(0);
  EXPECT_EQ(said_.back(), "past");
}

TEST_F(ReactorTest, TimerCanDisarmAnotherThatIsDueToo) {
  Tick second(say("second"));
  Tick first([&] { reactor_.disarm(second); });
  reactor_.arm(first, clock().now);
  reactor_.arm(second, clock().now);
  reactor_.run_once(0);
  reactor_.run_once(0);
  EXPECT_TRUE(said_.empty());
}

TEST_F(ReactorTest, ClockIsReadOnceForAllCallbacksOfATurn) {
  std::vector<Nanos> seen;
  Tick first([&] {
    seen.push_back(reactor_.now());
    consume(kMillisecond);
  });
  Tick second([&] { seen.push_back(reactor_.now()); });
  reactor_.arm(first, clock().now);
  reactor_.arm(second, clock().now);
  reactor_.run_once(0);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(reactor_.now(), seen[0] + kMillisecond);
}

TEST_F(ReactorTest, JobsQueuedByJobsRunInTheSameTurnUpToTheLimit) {
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    reactor_.defer(again);
  };
  reactor_.defer(again);
  reactor_.run_once(-1);
  EXPECT_EQ(ran, 256);
  EXPECT_EQ(poller().timeouts.back(), 0);
  reactor_.run_once(-1);
  EXPECT_EQ(ran, 512);
  EXPECT_EQ(poller().timeouts.back(), 0);
}

TEST_F(ReactorTest, JobsStopForThePollerAfterTheirTime) {
  int ran = 0;
  for (int i = 0; i < 1000; ++i) {
    reactor_.defer([&] {
      ++ran;
      consume(2 * kMicrosecond);
    });
  }
  reactor_.run_once(-1);
  EXPECT_EQ(ran, 64);
}

TEST_F(ReactorTest, ClockIsReadOnceForSixtyFourJobs) {
  for (int i = 0; i < 256; ++i) reactor_.defer([] {});
  clock().reads = 0;
  reactor_.run_once(0);
  EXPECT_EQ(clock().reads, 2 + 4);
}

TEST_F(ReactorTest, DeferredAndPostedCallsKeepTheirOrderAmongJobs) {
  reactor_.defer([&] { said_.push_back("1"); });
  const auto record = [](void* payload, std::size_t) {
    Strings* said;
    std::memcpy(&said, payload, sizeof said);
    said->push_back("2");
  };
  static const JobOps ops = {record, nullptr};
  Strings* said = &said_;
  Writer writer = reactor_.jobs().open(ops, said);
  reactor_.defer([&] { said_.push_back("3"); });
  reactor_.jobs().commit(writer);
  reactor_.post([&] { said_.push_back("4"); });
  reactor_.run_once(0);
  EXPECT_EQ(said_, (Strings{"1", "2", "3", "4"}));
}

TEST_F(ReactorTest, FlushRunsOnceBeforeTheWait) {
  int flushed = 0;
  Flush flush([&] { ++flushed; });
  reactor_.flush_later(flush);
  reactor_.flush_later(flush);
  reactor_.run_once(-1);
  EXPECT_EQ(flushed, 1);
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{-1});
  reactor_.flush_later(flush);
  reactor_.cancel_flush(flush);
  reactor_.run_once(-1);
  EXPECT_EQ(flushed, 1);
}

TEST_F(ReactorTest, FlushThatAsksAgainComesInTheNextTurnWithoutWaiting) {
  int flushed = 0;
  Flush flush([&] {
    if (++flushed < 3) reactor_.flush_later(flush);
  });
  reactor_.defer([&] { reactor_.flush_later(flush); });
  reactor_.run_once(-1);
  EXPECT_EQ(flushed, 1);
  reactor_.run_once(-1);
  EXPECT_EQ(flushed, 3);
}

TEST_F(ReactorTest, FlushCanCancelAndDestroyAnother) {
  auto second = std::make_unique<Flush>(say("second"));
  Flush first([&] { second.reset(); });
  reactor_.flush_later(first);
  reactor_.flush_later(*second);
  reactor_.run_once(0);
  EXPECT_TRUE(said_.empty());
}

TEST_F(ReactorTest, ResumeRunsInTheNextTurnWhichDoesNotWait) {
  int resumed = 0;
  Resume resume([&] {
    if (++resumed < 3) reactor_.resume_later(resume);
  });
  reactor_.resume_later(resume);
  for (int i = 1; i <= 3; ++i) {
    reactor_.run_once(-1);
    EXPECT_EQ(resumed, i);
    EXPECT_EQ(poller().timeouts.back(), 0);
  }
  reactor_.run_once(-1);
  EXPECT_EQ(resumed, 3);
  EXPECT_EQ(poller().timeouts.back(), -1);
  reactor_.resume_later(resume);
  reactor_.cancel_resume(resume);
  reactor_.run_once(-1);
  EXPECT_EQ(resumed, 3);
}

TEST_F(ReactorTest, ReapedOutsideATurnIsDestroyedAtTheEndOfTheNext) {
  reactor_.reap(std::make_unique<Dead>(say("gone")));
  EXPECT_TRUE(said_.empty());
  reactor_.defer([&] { said_.push_back("job"); });
  reactor_.run_once(0);
  EXPECT_EQ(said_, (Strings{"job", "gone"}));
}

TEST_F(ReactorTest, HandlerReapedInItsOwnCallbackLivesUntilTheEndOfTheTurn) {
  struct Owned final : IoHandler, Reaped {
    Owned(Reactor& r, Strings& s) : reactor(r), said(s) {}
    ~Owned() override { said.push_back("destroyed"); }
    void on_ready(std::uint8_t) override {
      reactor.unwatch(token);
      reactor.reap(std::unique_ptr<Reaped>(this));
      said.push_back("still here");
    }
    Reactor& reactor;
    Strings& said;
    Reactor::Token token;
  };
  auto* owned = new Owned(reactor_, said_);
  owned->token = *reactor_.watch(5, kReadable, owned);
  poller().make_ready(5, kReadable);
  poller().make_ready(5, kReadable);
  reactor_.run_once(-1);
  EXPECT_EQ(said_, (Strings{"still here", "destroyed"}));
}

}  // namespace
}  // namespace aemp
