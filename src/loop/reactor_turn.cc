// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The turns of the loop; reactor.cc has what happens between them.
#include <algorithm>
#include <bit>
#include <new>
#include <string>
#include <utility>

#include "base/throw_error.h"
#include "loop/reactor.h"

namespace aemp {

namespace {

constexpr std::size_t kJobsPerTurn = 256;
constexpr std::size_t kJobsPerClockRead = 64;
constexpr Nanos kJobTime = 100 * kMicrosecond;
constexpr Nanos kLate = 10 * kMillisecond;
constexpr Nanos kTimerLate = 25 * kMillisecond;
constexpr Nanos kSlow = 100 * kMillisecond;
constexpr Nanos kLinger = 2 * kSecond;
constexpr Nanos kRetry = 10 * kMillisecond;

Reactor::Token unpack(std::uint64_t token) {
  return {static_cast<std::uint32_t>(token), static_cast<std::uint32_t>(token >> 32)};
}

[[noreturn]] void throw_forked() {
  throw_error(Errc::system,
              "this process was forked: the loop belongs to the parent; make a new one here");
}

}  // namespace

// A run*() is in progress.
class Reactor::Running {
 public:
  explicit Running(Reactor& reactor) : reactor_(reactor) {
    if (reactor.running_) {
      throw_error(Errc::busy, "run*() was called from inside a callback of the same loop");
    }
    if (reactor.writing_ != 0 || reactor.jobs_.is_open()) {
      throw_error(Errc::busy, "run*() was called while a message of the same loop was written");
    }
    if (reactor.forked()) throw_forked();
    reactor.running_ = true;
    reactor.end_is_now_ = false;
  }
  ~Running() {
    reactor_.running_ = false;
    reactor_.stop_ = false;
    reactor_.end_is_now_ = false;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Nanos now() const {
    return reactor_.end_is_now_ ? reactor_.end_ : reactor_.host_.clock().monotonic();
  }

 private:
  Reactor& reactor_;
};

// Inside a turn.
class Reactor::Turn {
 public:
  explicit Turn(Reactor& reactor) : reactor_(reactor) {
    if (reactor.forked()) throw_forked();
    reactor.in_turn_ = true;
    reactor.notify_ = false;
    reactor.jobs_.set_notify(false);
    ++reactor.turns_;
  }
  ~Turn() {
    reactor_.in_turn_ = false;
    reactor_.update_fd();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Reactor& reactor_;
};

void Reactor::linger() {
  drop_posted();
  jobs_.clear();
  const Nanos deadline = host_.clock().monotonic() + kLinger;
  try {
    Running running(*this);
    for (Nanos left = kLinger; !kept_.empty() && left > 0; left = deadline - running.now()) {
      turn(left);
    }
  } catch (...) {
    report_exception();
  }
}

void Reactor::run() {
  Running running(*this);
  do {
    turn(-1);
  } while (!stop_);
}

bool Reactor::run_once(Nanos wait) {
  Running running(*this);
  return turn(wait);
}

void Reactor::run_for(Nanos span) {
  Running running(*this);
  const Nanos deadline = add_clamped(running.now(), std::max<Nanos>(span, 0));
  Nanos left = std::max<Nanos>(span, 0);
  do {
    turn(left);
    left = deadline - running.now();
  } while (!stop_ && left > 0);
}

bool Reactor::run_until(detail::Function<bool()>& pred, Nanos limit) {
  Running running(*this);
  const Nanos deadline = add_clamped(running.now(), std::max<Nanos>(limit, 0));
  Nanos left = std::max<Nanos>(limit, 0);
  bool done = pred();
  while (!done && left > 0) {
    turn(left);
    done = pred();
    end_is_now_ = false;
    left = stop_ ? 0 : deadline - running.now();
  }
  return done;
}

int Reactor::fd() {
  if (fd_ < 0) {
    fd_ = poller_.descriptor().take();
    if (!in_turn_) update_fd();
  }
  return fd_;
}

// Makes fd() tell the truth between two turns.
void Reactor::update_fd() {
  if (fd_ < 0) return;
  const Nanos next = timers_.next_deadline();
  if (next < armed_ || end_ >= armed_) {
    armed_ = next;
    poller_.arm(next);
  }
  notify_ = true;
  jobs_.set_notify(true);
  if (has_work()) enqueued();
}

void Reactor::enqueued() {
  notify_ = false;
  jobs_.set_notify(false);
  poller_.wake();
}

bool Reactor::has_work() const noexcept {
  return !jobs_.empty() || !resume_.empty() || !flush_.empty() || !reap_.empty() || any_broken_;
}

bool Reactor::turn(Nanos limit) {
  Turn scope(*this);
  const std::uint64_t served_before = served_;
  if (!flush_.empty()) {
    now_ = host_.clock().monotonic();
    flush_all();
  }
  const int count = wait(limit);
  now_ = host_.clock().monotonic();
  note_late_timers();
  batch_start_ = now_;
  batch_ = 0;
  dispatch(count);
  if (any_broken_) dispatch_broken();
  if (signal_watches_ > 0) dispatch_signals();
  if (!resume_.empty()) resume_all();
  dispatch_timers();
  if (any_posted_) take_posted();
  dispatch_jobs();
  if (!flush_.empty()) flush_all();
  reap_all();

  const bool served = served_ != served_before;
  end_ = served ? host_.clock().monotonic() : now_;
  end_is_now_ = true;
  if (served) figures_.add_turn(end_ - now_);
  check_slow(end_);
  if (end_ - now_ > kLate) late_total_ += end_ - now_;
  return served;
}

int Reactor::wait(Nanos limit) {
  const Nanos timeout = time_to_wait(limit);
  const int count = spin_ > 0 && timeout != 0 ? spin_wait(timeout) : poller_.wait(timeout, ready_);
  if (count < 0) {
    throw_error(Errc::system, "the loop cannot wait for descriptors any more: %",
                {errno_text(-count)});
  }
  return count;
}

int Reactor::spin_wait(Nanos timeout) {
  Clock& clock = host_.clock();
  const Nanos start = clock.monotonic();
  const Nanos span = timeout < 0 ? spin_ : std::min(spin_, timeout);
  Nanos spent = 0;
  while (spent < span) {
    if (const int count = poller_.wait(0, ready_)) return count;
    spent = clock.monotonic() - start;
  }
  return poller_.wait(timeout < 0 ? timeout : std::max<Nanos>(timeout - spent, 0), ready_);
}

Nanos Reactor::time_to_wait(Nanos limit) const {
  if (limit == 0 || stop_ || has_work()) return 0;
  if (timers_.empty()) return limit;
  const Nanos now = end_is_now_ ? end_ : host_.clock().monotonic();
  const Nanos left = std::max<Nanos>(timers_.next_deadline() - now, 0);
  return limit < 0 ? left : std::min(limit, left);
}

void Reactor::note_late_timers() {
  if (timers_.empty()) return;
  const Nanos due = timers_.next_deadline();
  if (due <= now_) figures_.add_lag(now_ - due);
  const Nanos late = now_ - std::max(due, end_);
  if (late > kTimerLate) late_total_ += late;
}

void Reactor::check_slow(Nanos now) {
  const Nanos took = now - batch_start_;
  const std::size_t callbacks = std::exchange(batch_, 0);
  batch_start_ = now;
  if (took > kSlow && callbacks != 0) {
    bool told = false;
    slow_.each([&](SlowListener& listener) {
      if (!told || !trail_.empty()) listener.on_slow(took, callbacks, trail_);
      told = true;
    });
  }
  trail_.count = 0;
}

template <class F>
void Reactor::call(F&& f) {
  ++served_;
  ++batch_;
  try {
    f();
  } catch (...) {
    report_exception();
  }
  // In the child of a fork that the callback made, the rest of this turn is not for us.
  if (forked()) [[unlikely]]
    throw_forked();
}

void Reactor::dispatch(int count) {
  bool orphans = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const Ready ready = ready_[i];
    if (ready.token == kWakeToken) continue;
    const Token token = unpack(ready.token);
    if (const Slot* slot = live(token)) {
      call([&] { slot->handler->on_ready(ready.events); });
    } else if (token.slot < slots_.size() && slots_[token.slot].freed_in != turns_) {
      orphans = true;
    }
  }
  if (orphans) poller_.purge_orphans();
}

void Reactor::dispatch_broken() {
  any_broken_ = false;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    IoHandler* handler = slots_[i].handler;
    if (!std::exchange(slots_[i].broken, false) || handler == nullptr) continue;
    call([&] { handler->on_ready(kError); });
  }
}

void Reactor::dispatch_signals() {
  std::uint64_t arrived = host_.signals().take();
  for (; arrived != 0; arrived &= arrived - 1) {
    const int signo = std::countr_zero(arrived) + 1;
    if (signal_handler_ != nullptr) call([&] { signal_handler_->on_signal(signo); });
  }
}

void Reactor::resume_all() {
  LinkList<Resumable, ResumeTag> due;
  due.take(resume_);
  while (!due.empty()) {
    Resumable& item = due.pop_front();
    call([&] { item.resume(); });
  }
}

void Reactor::dispatch_timers() {
  const std::uint64_t limit = timers_.next_sequence();
  while (TimerNode* node = timers_.pop_due(now_, limit)) {
    call([&] { node->on_timer(); });
  }
}

void Reactor::take_posted() {
  if (posted_spare_.empty()) {
    any_posted_.store(false);
    std::lock_guard lock(post_mutex_);
    posted_.swap(posted_spare_);
  }
  auto next = posted_spare_.begin();
  try {
    for (; next != posted_spare_.end(); ++next) enqueue(*next);
  } catch (const std::bad_alloc&) {
    any_posted_.store(true);
    arm(retry_, now_ + kRetry);
  }
  posted_spare_.erase(posted_spare_.begin(), next);
}

void Reactor::drop_posted() noexcept {
  any_posted_.store(false);
  std::vector<Job> dropped;
  {
    std::lock_guard lock(post_mutex_);
    posted_.swap(dropped);
  }
  posted_spare_.clear();
}

void Reactor::dispatch_jobs() {
  if (jobs_.empty()) return;
  Clock& clock = host_.clock();
  const Nanos start = batch_ > 0 ? clock.monotonic() : now_;
  std::size_t ran = 0;
  std::size_t pause = kJobsPerClockRead;
  while (!jobs_.empty() && ran < kJobsPerTurn) {
    const std::size_t before = ran;
    try {
      jobs_.run(pause, ran);
    } catch (...) {
      report_exception();
    }
    served_ += ran - before;
    batch_ += ran - before;
    if (forked()) [[unlikely]]
      throw_forked();
    if (ran < pause) continue;
    pause += kJobsPerClockRead;
    const Nanos now = clock.monotonic();
    check_slow(now);
    if (now - start > kJobTime) break;
  }
}

void Reactor::flush_all() {
  LinkList<Flushable, FlushTag> due;
  due.take(flush_);
  while (!due.empty()) {
    Flushable& item = due.pop_front();
    call([&] { item.flush(); });
  }
}

void Reactor::reap_all() noexcept {
  while (!reap_.empty()) delete &reap_.pop_front();
}

}  // namespace aemp
