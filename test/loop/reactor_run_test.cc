// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Exceptions, time, running, the descriptor for foreign loops, forks, the end of a reactor.
#include <aemp/error.h>

#include <memory>
#include <stdexcept>

#include "loop/reactor_fixture.h"

namespace aemp {
namespace {

class ReactorRunTest : public ReactorTest {};

TEST_F(ReactorRunTest, ExceptionsAreReportedAndEndNothing) {
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

TEST_F(ReactorRunTest, ExceptionsGoToStderrWithoutAHook) {
  reactor_.defer([] { throw std::runtime_error("oh no"); });
  reactor_.run_once(0);
  ASSERT_EQ(host_.fake_console.lines.size(), 1u);
  EXPECT_NE(host_.fake_console.lines[0].find("oh no"), std::string::npos);
  reactor_.set_error_hook([](std::string_view) { throw 1; });
  reactor_.defer([] { throw std::runtime_error("oh no"); });
  reactor_.run_once(0);
  EXPECT_EQ(host_.fake_console.lines.size(), 2u);
}

TEST_F(ReactorRunTest, SlowCallbacksAreReportedWithTheirTime) {
  struct Listener final : SlowListener {
    void on_slow(Nanos took, std::size_t callbacks, const Trail& trail) override {
      reports.emplace_back(took, callbacks);
      owners.clear();
      for (const Trail::Entry& entry : trail) owners.push_back(entry.owner);
    }
    std::vector<std::pair<Nanos, std::size_t>> reports;
    std::vector<const void*> owners;
  } first, second;
  reactor_.listen_slow(first);
  reactor_.listen_slow(second);
  const auto& slow = first.reports;
  reactor_.defer([&] { consume(100 * kMillisecond); });
  reactor_.run_once(0);
  EXPECT_TRUE(slow.empty());
  reactor_.defer([&] { consume(150 * kMillisecond); });
  for (int i = 0; i < 99; ++i) reactor_.defer([] {});
  reactor_.run_once(0);
  ASSERT_EQ(slow.size(), 1u);
  EXPECT_EQ(slow[0], (std::pair<Nanos, std::size_t>{150 * kMillisecond, 64}));
  EXPECT_TRUE(second.reports.empty());
  reactor_.defer([&] {
    reactor_.trail().add(&first, 0, 1);
    consume(150 * kMillisecond);
  });
  reactor_.run_once(0);
  EXPECT_EQ(first.owners, (std::vector<const void*>{&first}));
  EXPECT_EQ(second.reports.size(), 1u);
  second.unlink();
  reactor_.defer([&] { consume(150 * kMillisecond); });
  reactor_.run_once(0);
  EXPECT_EQ(first.reports.size(), 3u);
  EXPECT_TRUE(first.owners.empty());
  EXPECT_EQ(second.reports.size(), 1u);
}

TEST_F(ReactorRunTest, LatenessAddsUpBusyTurnsButNotWaiting) {
  reactor_.run_once(5 * kSecond);
  EXPECT_EQ(reactor_.late_total(), 0);
  reactor_.defer([&] { consume(10 * kMillisecond); });
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 0);
  reactor_.defer([&] { consume(3 * kSecond); });
  reactor_.run_once(0);
  EXPECT_EQ(reactor_.late_total(), 3 * kSecond);
}

TEST_F(ReactorRunTest, LatenessCountsTimeInWhichTheLoopWasNotRun) {
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

TEST_F(ReactorRunTest, SpinsBeforeItBlocks) {
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

TEST_F(ReactorRunTest, SpinEndsWithTheFirstEventOrWakeUp) {
  int ran = 0;
  reactor_.spin(10 * kMicrosecond);
  poller().wait_cost = kMicrosecond;
  reactor_.post([&] { ++ran; });
  reactor_.run_once(kSecond);
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
}

TEST_F(ReactorRunTest, WaitsForTheNextTimerOrTheLimitWhicheverIsFirst) {
  Tick timer([] {});
  reactor_.arm(timer, clock().now + 5 * kSecond);
  reactor_.run_once(2 * kSecond);
  reactor_.run_once(10 * kSecond);
  EXPECT_EQ(poller().timeouts, (std::vector<Nanos>{2 * kSecond, 3 * kSecond}));
}

TEST_F(ReactorRunTest, TimeThatCallbacksTookIsTakenOffTheWait) {
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

TEST_F(ReactorRunTest, StopBeforeRunMeansOneTurnThatDoesNotWait) {
  reactor_.stop();
  reactor_.run();
  EXPECT_EQ(poller().timeouts, std::vector<Nanos>{0});
  reactor_.run_for(kSecond);
  EXPECT_EQ(poller().timeouts.back(), kSecond);
}

TEST_F(ReactorRunTest, RunForEndsAtItsTimeOrWithStop) {
  const Nanos start = clock().now;
  reactor_.run_for(kSecond);
  EXPECT_EQ(clock().now, start + kSecond);
  Tick timer([&] { reactor_.stop(); });
  reactor_.arm(timer, clock().now + kSecond);
  reactor_.run_for(kNever);
  EXPECT_EQ(clock().now, start + 2 * kSecond);
}

TEST_F(ReactorRunTest, RunUntilLooksAtThePredicateFirst) {
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

TEST_F(ReactorRunTest, RunInsideACallbackIsBusy) {
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

TEST_F(ReactorRunTest, BrokenPollerEndsTheRunWithAnError) {
  poller().fail_wait = EBADF;
  EXPECT_THROW(reactor_.run(), Error);
  poller().fail_wait = 0;
  EXPECT_FALSE(reactor_.run_once(0));
}

TEST_F(ReactorRunTest, SignalsAreDispatchedOnlyWhenWatched) {
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

TEST_F(ReactorRunTest, DescriptorIsArmedOnlyWhenTheDeadlineMovesEarlier) {
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

TEST_F(ReactorRunTest, DescriptorIsWokenOnceForWorkFromOutsideATurn) {
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

TEST_F(ReactorRunTest, DescriptorStaysReadableWhileWorkIsLeft) {
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

TEST_F(ReactorRunTest, ForkedChildCannotRun) {
  host_.fake_identity.is_forked = true;
  EXPECT_THROW(reactor_.run_once(0), Error);
  EXPECT_TRUE(poller().timeouts.empty());
}

TEST_F(ReactorRunTest, ForkInACallbackEndsTheTurnOfTheChild) {
  Tick first([&] { host_.fake_identity.is_forked = true; });
  Tick second(say("second"));
  reactor_.arm(first, clock().now);
  reactor_.arm(second, clock().now);
  EXPECT_THROW(reactor_.run_once(0), Error);
  EXPECT_TRUE(said_.empty());
}

TEST_F(ReactorRunTest, DestructorRunsTurnsForWhatIsKeptAndDropsWhatIsQueuedUncalled) {
  const Nanos start = clock().now;
  auto reactor = std::make_unique<Reactor>(host_);
  Reactor& r = *reactor;
  auto kept = std::make_unique<Dead>([&] { said_.push_back("left"); });
  r.keep(*kept);
  Tick timer([&] { r.reap(std::move(kept)); });
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

TEST_F(ReactorRunTest, DestructorDestroysWhatIsQueuedByWhatItDestroys) {
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

TEST_F(ReactorRunTest, DestructorDestroysWhatIsKeptAfterTwoSeconds) {
  const Nanos start = clock().now;
  {
    Reactor reactor(host_);
    reactor.keep(*std::make_unique<Dead>([&] { said_.push_back("destroyed"); }).release());
  }
  EXPECT_EQ(clock().now, start + 2 * kSecond);
  EXPECT_EQ(said_, Strings{"destroyed"});
}

}  // namespace
}  // namespace aemp
