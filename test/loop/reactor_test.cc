// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The policy of the loop, turn by turn, on a fake host.
#include "loop/reactor.h"

#include <aemp/error.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "loop/fake_host.h"

namespace aemp {
namespace {

using Strings = std::vector<std::string>;

struct Io final : IoHandler {
  explicit Io(std::function<void(std::uint8_t)> f) : body(std::move(f)) {}
  void on_ready(std::uint8_t events) override { body(events); }
  std::function<void(std::uint8_t)> body;
};
struct Tick final : TimerNode {
  explicit Tick(std::function<void()> f) : body(std::move(f)) {}
  void on_timer() override { body(); }
  std::function<void()> body;
};
struct Flush final : Flushable {
  explicit Flush(std::function<void()> f) : body(std::move(f)) {}
  void flush() override { body(); }
  std::function<void()> body;
};
struct Resume final : Resumable {
  explicit Resume(std::function<void()> f) : body(std::move(f)) {}
  void resume() override { body(); }
  std::function<void()> body;
};
struct Dead final : Reaped {
  explicit Dead(std::function<void()> f) : body(std::move(f)) {}
  ~Dead() override { body(); }
  std::function<void()> body;
};

class ReactorTest : public testing::Test {
 protected:
  std::function<void()> say(std::string word) {
    return [this, word] { said_.push_back(word); };
  }
  FakePoller& poller() { return host_.fake_poller; }
  FakeClock& clock() { return host_.fake_clock; }
  void consume(Nanos time) { clock().now += time; }

  FakeHost host_;
  Strings said_;
  Reactor reactor_{host_};
};

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
  Writer writer = reactor_.jobs().open(ops, &said, sizeof said);
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

TEST_F(ReactorTest, ExceptionsAreReportedAndEndNothing) {
  Strings reported;
  reactor_.set_error_hook([&](std::string_view what) { reported.emplace_back(what); });
  Io io([](std::uint8_t) { throw std::runtime_error("io"); });
  Tick timer([] { throw std::runtime_error("timer"); });
  Resume resume([] { throw std::runtime_error("resume"); });
  Flush flush([] { throw 42; });
  ASSERT_TRUE(reactor_.watch(5, kReadable, &io).ok());
  poller().make_ready(5, kReadable);
  reactor_.arm(timer, clock().now);
  reactor_.resume_later(resume);
  reactor_.defer([&] {
    reactor_.flush_later(flush);
    throw std::runtime_error("job");
  });
  reactor_.defer(say("after"));
  reactor_.run_once(-1);
  EXPECT_EQ(reported, (Strings{"io", "resume", "timer", "job", "unknown exception"}));
  EXPECT_EQ(said_, Strings{"after"});
}

TEST_F(ReactorTest, ExceptionsGoToStderrWithoutAHook) {
  reactor_.defer([] { throw std::runtime_error("oh no"); });
  reactor_.run_once(0);
  ASSERT_EQ(host_.fake_console.lines.size(), 1u);
  EXPECT_NE(host_.fake_console.lines[0].find("oh no"), std::string::npos);
  reactor_.set_error_hook([](std::string_view) { throw 1; });
  reactor_.defer([] { throw std::runtime_error("oh no"); });
  reactor_.run_once(0);
  EXPECT_EQ(host_.fake_console.lines.size(), 2u);
}

TEST_F(ReactorTest, SlowCallbacksAreReportedWithTheirTime) {
  std::vector<std::pair<Nanos, std::size_t>> slow;
  reactor_.set_slow_hook([&](Nanos took, std::size_t count) { slow.emplace_back(took, count); });
  reactor_.defer([&] { consume(100 * kMillisecond); });
  reactor_.run_once(0);
  EXPECT_TRUE(slow.empty());
  reactor_.defer([&] { consume(150 * kMillisecond); });
  for (int i = 0; i < 99; ++i) reactor_.defer([] {});
  reactor_.run_once(0);
  ASSERT_EQ(slow.size(), 1u);
  EXPECT_EQ(slow[0], (std::pair<Nanos, std::size_t>{150 * kMillisecond, 64}));
}

TEST_F(ReactorTest, LatenessAddsUpBusyTurnsButNotWaiting) {
  reactor_.run_once(5 * kSecond);
  EXPECT_EQ(reactor_.late_total(), 0);
  reactor_.defer([&] { consume(10 * kMillisecond); });
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 0);
  reactor_.defer([&] { consume(3 * kSecond); });
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 3 * kSecond);
}

TEST_F(ReactorTest, LatenessCountsTimeInWhichTheLoopWasNotRun) {
  Tick timer([] {});
  reactor_.run_once(0);
  reactor_.arm(timer, clock().now + kSecond);
  consume(4 * kSecond);
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 3 * kSecond);
  reactor_.arm(timer, clock().now + kSecond);
  reactor_.defer([&] { consume(2 * kSecond); });
  reactor_.run_once(0);
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 5 * kSecond);
}

TEST_F(ReactorTest, SpinsBeforeItBlocks) {
  reactor_.spin(10 * kMicrosecond);
  poller().wait_cost = kMicrosecond;
  reactor_.run_once(kSecond);
  ASSERT_EQ(poller().timeouts.size(), 11u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(poller().timeouts[static_cast<std::size_t>(i)], 0);
  EXPECT_EQ(poller().timeouts[10], kSecond - 10 * kMicrosecond);
  poller().timeouts.clear();
  reactor_.run_once(0);
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
}

TEST_F(ReactorTest, SpinEndsWithTheFirstEventOrWakeUp) {
  int ran = 0;
  reactor_.spin(10 * kMicrosecond);
  poller().wait_cost = kMicrosecond;
  reactor_.post([&] { ++ran; });
  reactor_.run_once(kSecond);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
}

TEST_F(ReactorTest, WaitsForTheNextTimerOrTheLimitWhicheverIsFirst) {
  Tick timer([] {});
  reactor_.arm(timer, clock().now + 5 * kSecond);
  reactor_.run_once(2 * kSecond);
  reactor_.run_once(10 * kSecond);
  EXPECT_EQ(poller().timeouts, (std::vector<Nanos>{2 * kSecond, 3 * kSecond}));
}

TEST_F(ReactorTest, TimeThatCallbacksTookIsTakenOffTheWait) {
  Tick timer([] {});
  reactor_.arm(timer, clock().now + 5 * kSecond);
  reactor_.defer([&] { consume(kSecond); });
  reactor_.defer([&] { reactor_.stop(); });
  reactor_.run();
  reactor_.run_for(kSecond);
  EXPECT_EQ(poller().timeouts, (std::vector<Nanos>{0, kSecond}));
  bool first = true;
  detail::Function<bool()> pred = [&] {
    if (!std::exchange(first, false)) return true;
    consume(kSecond);
    return false;
  };
  EXPECT_TRUE(reactor_.run_until(pred, kNever));
  EXPECT_EQ(poller().timeouts.back(), 2 * kSecond);
}

TEST_F(ReactorTest, StopBeforeRunMeansOneTurnThatDoesNotWait) {
  reactor_.stop();
  reactor_.run();
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
  reactor_.run_for(kSecond);
  EXPECT_EQ(poller().timeouts.back(), kSecond);
}

TEST_F(ReactorTest, RunForEndsAtItsTimeOrWithStop) {
  const Nanos start = clock().now;
  reactor_.run_for(kSecond);
  EXPECT_EQ(clock().now, start + kSecond);
  Tick timer([&] { reactor_.stop(); });
  reactor_.arm(timer, clock().now + kSecond);
  reactor_.run_for(kNever);
  EXPECT_EQ(clock().now, start + 2 * kSecond);
}

TEST_F(ReactorTest, RunUntilLooksAtThePredicateFirst) {
  detail::Function<bool()> yes = [] { return true; };
  EXPECT_TRUE(reactor_.run_until(yes, kSecond));
  EXPECT_TRUE(poller().timeouts.empty());
  detail::Function<bool()> no = [] { return false; };
  EXPECT_FALSE(reactor_.run_until(no, kSecond));
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{kSecond});
  reactor_.stop();
  EXPECT_FALSE(reactor_.run_until(no, kSecond));
  EXPECT_EQ(poller().timeouts.back(), 0);
}

TEST_F(ReactorTest, RunInsideACallbackIsBusy) {
  reactor_.set_error_hook([](std::string_view) {});
  int refused = 0;
  reactor_.defer([&] {
    detail::Function<bool()> pred = [] { return true; };
    const std::function<void()> calls[] = {[&] { reactor_.run(); }, [&] { reactor_.run_once(0); },
                                           [&] { reactor_.run_for(0); },
                                           [&] { reactor_.run_until(pred, 0); }};
    for (const auto& call : calls) {
      try {
        call();
      } catch (const Error& error) {
        refused += error.code() == Errc::busy ? 1 : 0;
      }
    }
  });
  reactor_.run_once(0);
  EXPECT_EQ(refused, 4);
  EXPECT_FALSE(reactor_.run_once(0));
}

TEST_F(ReactorTest, BrokenPollerEndsTheRunWithAnError) {
  poller().fail_wait = EBADF;
  EXPECT_THROW(reactor_.run(), Error);
  poller().fail_wait = 0;
  EXPECT_FALSE(reactor_.run_once(0));
}

TEST_F(ReactorTest, SignalsAreDispatchedOnlyWhenWatched) {
  struct Handler final : SignalHandler {
    void on_signal(int signo) override { seen.push_back(signo); }
    std::vector<int> seen;
  } handler;
  reactor_.set_signal_handler(&handler);
  host_.fake_signals.arrived = 1u << 14 | 1u << 0;
  reactor_.run_once(0);
  EXPECT_TRUE(handler.seen.empty());
  ASSERT_TRUE(reactor_.watch_signal(15).ok());
  reactor_.run_once(0);
  EXPECT_EQ(handler.seen, (std::vector<int>{1, 15}));
  reactor_.unwatch_signal(15);
  EXPECT_EQ(host_.fake_signals.watches[15], 0);
}

TEST_F(ReactorTest, DescriptorIsArmedOnlyWhenTheDeadlineMovesEarlier) {
  Tick late([] {}), early([] {});
  EXPECT_EQ(reactor_.fd(), 77);
  const Nanos start = clock().now;
  reactor_.arm(late, start + 10 * kSecond);
  reactor_.arm(early, start + 5 * kSecond);
  reactor_.run_once(0);
  reactor_.disarm(early);
  reactor_.run_once(0);
  EXPECT_EQ(poller().armed, (std::vector<Nanos>{start + 10 * kSecond, start + 5 * kSecond}));
  consume(5 * kSecond);
  reactor_.run_once(0);
  EXPECT_EQ(poller().armed.back(), start + 10 * kSecond);
  consume(5 * kSecond);
  reactor_.run_once(0);
  EXPECT_EQ(poller().armed.back(), kNever);
  EXPECT_EQ(poller().armed.size(), 4u);
}

TEST_F(ReactorTest, DescriptorIsWokenOnceForWorkFromOutsideATurn) {
  const std::function<void()> enqueue[] = {[&] { reactor_.defer([] {}); },
                                           [&] {
                                             static Flush flush([] {});
                                             reactor_.flush_later(flush);
                                           },
                                           [&] {
                                             static Resume resume([] {});
                                             reactor_.resume_later(resume);
                                           },
                                           [&] { reactor_.reap(std::make_unique<Dead>([] {})); }};
  for (const auto& work : enqueue) {
    work();
    EXPECT_FALSE(poller().woken) << "nobody asked for the descriptor";
  }
  reactor_.fd();
  EXPECT_TRUE(poller().woken) << "there was work already";
  reactor_.run_once(0);
  for (const auto& work : enqueue) {
    EXPECT_FALSE(poller().woken);
    work();
    EXPECT_TRUE(poller().woken);
    poller().woken = false;
    work();
    EXPECT_FALSE(poller().woken) << "told already";
    poller().woken = true;
    reactor_.run_once(0);
  }
}

TEST_F(ReactorTest, DescriptorStaysReadableWhileWorkIsLeft) {
  reactor_.fd();
  for (int i = 0; i < 300; ++i) reactor_.defer([] {});
  reactor_.run_once(0);
  EXPECT_TRUE(poller().woken);
  reactor_.run_once(0);
  EXPECT_FALSE(poller().woken);
  reactor_.defer([&] { reactor_.defer([] {}); });
  reactor_.run_once(0);
  EXPECT_FALSE(poller().woken);
}

TEST_F(ReactorTest, ForkedChildCannotRun) {
  host_.fake_identity.is_forked = true;
  EXPECT_THROW(reactor_.run_once(0), Error);
  EXPECT_TRUE(poller().timeouts.empty());
}

TEST_F(ReactorTest, ForkInACallbackEndsTheTurnOfTheChild) {
  Tick first([&] { host_.fake_identity.is_forked = true; });
  Tick second(say("second"));
  reactor_.arm(first, clock().now);
  reactor_.arm(second, clock().now);
  EXPECT_THROW(reactor_.run_once(0), Error);
  EXPECT_TRUE(said_.empty());
}

TEST_F(ReactorTest, DestructorRunsTurnsWhileHeldAndDropsWhatIsQueuedUncalled) {
  const Nanos start = clock().now;
  auto reactor = std::make_unique<Reactor>(host_);
  Reactor& r = *reactor;
  Tick timer([&] {
    said_.push_back("left");
    r.release();
  });
  r.hold();
  r.arm(timer, start + kSecond);
  r.defer(say("never"));
  r.post(say("never"));
  r.reap(std::make_unique<Dead>([&] {
    said_.push_back("reaped");
    r.defer([&] { said_.push_back("from a destructor"); });
  }));
  reactor.reset();
  EXPECT_EQ(clock().now, start + kSecond);
  EXPECT_EQ(said_, (Strings{"reaped", "from a destructor", "left"}));
}

TEST_F(ReactorTest, DestructorDestroysWhatIsQueuedByWhatItDestroys) {
  int destroyed = 0;
  std::function<void(int)> post_next;
  struct Noisy {
    explicit Noisy(std::function<void()> f) : at_end(std::move(f)) {}
    Noisy(Noisy&& other) noexcept : at_end(std::exchange(other.at_end, nullptr)) {}
    ~Noisy() {
      if (at_end) at_end();
    }
    std::function<void()> at_end;
  };
  auto reactor = std::make_unique<Reactor>(host_);
  post_next = [&post_next, &destroyed, r = reactor.get()](int left) {
    r->post([noisy = Noisy([&post_next, &destroyed, left] {
               ++destroyed;
               if (left > 1) post_next(left - 1);
             })] {});
  };
  post_next(5);
  reactor.reset();
  EXPECT_EQ(destroyed, 5);
}

TEST_F(ReactorTest, DestructorGivesUpAfterTwoSeconds) {
  const Nanos start = clock().now;
  {
    Reactor reactor(host_);
    reactor.hold();
  }
  EXPECT_EQ(clock().now, start + 2 * kSecond);
}

}  // namespace
}  // namespace aemp
