// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Reactor: the policy of the event loop, over a Host. A turn:
//
//   flush what was queued outside a turn, wait once, read the clock once, then: descriptors,
//   signals, objects to resume, timers, jobs (until none is left, 256 or 100 us), flush, reap
//
// Callbacks never nest. What a callback throws goes to the error hook and ends nothing.
// Timers, resume_later(), flush_later() and reap() never need memory: what is out of it can try
// again. Thread rule: post() from any thread, all else from the thread that runs it. After a fork,
// the child's reactor is inert: run*() throw, everything else does nothing outside.
#ifndef AEMP_LOOP_REACTOR_H
#define AEMP_LOOP_REACTOR_H

#include <aemp/detail/function.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/nanos.h"
#include "base/status.h"
#include "loop/figures.h"
#include "loop/link.h"
#include "loop/run_queue.h"
#include "loop/timer_heap.h"
#include "loop/trail.h"
#include "os/host.h"

namespace aemp {

class IoHandler {
 public:
  // `events` is what the descriptor is ready for: bits of os/poller.h. May unwatch, but not
  // destroy the handler itself: use Reactor::reap.
  virtual void on_ready(std::uint8_t events) = 0;

 protected:
  ~IoHandler() = default;
};

struct FlushTag;
// Something with output to hand over before the loop sleeps.
class Flushable : public Link<FlushTag> {
 public:
  virtual void flush() = 0;

 protected:
  ~Flushable() = default;
};

struct ResumeTag;
// Something with work left that it did not want to do in one turn.
class Resumable : public Link<ResumeTag> {
 public:
  virtual void resume() = 0;

 protected:
  ~Resumable() = default;
};

struct ReapTag;
// What is destroyed at the end of the turn.
class Reaped : public Link<ReapTag> {
 public:
  virtual ~Reaped() = default;
};

struct SlowTag;
// Told of callbacks that took long.
class SlowListener : public Link<SlowTag> {
 public:
  // A batch of `callbacks` (up to 64 jobs, or all else in a turn) took longer than 100 ms.
  virtual void on_slow(Nanos took, std::size_t callbacks, const Trail& trail) = 0;

 protected:
  ~SlowListener() = default;
};

class SignalHandler {
 public:
  virtual void on_signal(int signo) = 0;

 protected:
  ~SignalHandler() = default;
};

class Reactor {
 public:
  using Job = detail::Function<void()>;

  // Names a watch: a slot and its generation, so that it never means a later one.
  struct Token {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0: none
    explicit operator bool() const noexcept { return generation != 0; }
  };

  // The host must outlive the reactor.
  explicit Reactor(Host& host);
  explicit Reactor(std::unique_ptr<Host> host);
  // Drops what is queued, runs turns for at most 2 s while anything holds it, then reaps.
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  Host& host() noexcept { return host_; }

  // Descriptors, numbered from 0 upwards without wide gaps. `handler` must live until unwatch(); no
  // event reaches it after that, and none that belongs to an earlier descriptor of the same
  // number. Unwatch before closing. (What was closed first cannot disturb its successor.)
  Result<Token> watch(int fd, std::uint8_t interest, IoHandler* handler);
  // Failures are reported to the handler, as kError in the next turn.
  void interest(Token token, std::uint8_t interest);
  // The same for a descriptor that may have been closed and opened again meanwhile.
  // `added`: see Poller::watch.
  Status rewatch(Token token, std::uint8_t interest, bool* added);
  void unwatch(Token token);

  // Timers, rounded up to the poller's millisecond. In a turn, a deadline before now() means now,
  // and is due in the next turn.
  void arm(TimerNode& node, Nanos deadline) noexcept;
  void disarm(TimerNode& node) noexcept { timers_.remove(node); }

  // flush() is called once before the loop next waits.
  void flush_later(Flushable& item) {
    if (item.linked()) return;
    flush_.push_back(item);
    if (notify_) enqueued();
  }
  void cancel_flush(Flushable& item) noexcept { item.unlink(); }
  // resume() is called once in the next turn, which does not wait for anything else.
  void resume_later(Resumable& item) {
    if (item.linked()) return;
    resume_.push_back(item);
    if (notify_) enqueued();
  }
  void cancel_resume(Resumable& item) noexcept { item.unlink(); }
  // Destroyed at the end of this turn, or of the next one when there is none now.
  void reap(std::unique_ptr<Reaped> dead) noexcept;

  RunQueue& jobs() noexcept { return jobs_; }
  // Runs `job` in order with jobs().
  void defer(Job job);
  // The same from any thread; one wake-up however many are posted before the loop comes to them.
  void post(Job job);

  // Monotonic. In a turn: read once, after the wait. Outside: read now.
  Nanos now() const { return in_turn_ ? now_ : host_.clock().monotonic(); }
  bool in_turn() const noexcept { return in_turn_; }
  std::uint64_t turns() const noexcept { return turns_; }
  // How much the loop was late so far: the busy parts of turns that took more than 10 ms, and the
  // time by which it was run more than 25 ms late for a timer. Deadlines of peers grow by it.
  Nanos late_total() const noexcept { return late_total_; }
  const LoopFigures& figures() const noexcept { return figures_; }

  // Between these, as while a job is open, the program's code runs in the middle of a message:
  // run*() throw.
  void begin_write() noexcept { ++writing_; }
  void end_write() noexcept { --writing_; }

  // What has an end of its own to see to, and nobody who would wait for that: the destructor runs
  // turns until all of it was reaped, for 2 s at most, and destroys the rest.
  void keep(Reaped& object) noexcept;

  bool forked() const noexcept { return host_.identity().forked(); }

  // Signals: on_signal is called in a turn for each signal watched through watch_signal.
  void set_signal_handler(SignalHandler* handler) noexcept { signal_handler_ = handler; }
  Status watch_signal(int signo);
  void unwatch_signal(int signo);

  // Called with what() of an exception that left a callback. Empty: a line on stderr.
  void set_error_hook(detail::Function<void(std::string_view what)> hook);
  // To be called in a catch block: passes the current exception to the error hook.
  void report_exception() noexcept;
  Trail& trail() noexcept { return trail_; }
  // Tells the listener, until it is destroyed or unlinked. Of a batch that left no trail only the
  // first listener is told.
  void listen_slow(SlowListener& listener) { slow_.push_back(listener); }

  // Running; see aemp::Loop for what these promise. Negative times wait without limit.
  void run();
  void stop() noexcept { stop_ = true; }
  bool run_once(Nanos wait);
  void run_for(Nanos span);
  bool run_until(detail::Function<bool()>& pred, Nanos limit);
  void spin(Nanos span) noexcept { spin_ = span; }
  // Throws Error(system) when there is none to be had.
  int fd();

 private:
  struct Slot {
    IoHandler* handler = nullptr;  // null: free
    int fd = -1;
    std::uint32_t generation = 1;
    std::uint8_t interest = 0;
    bool broken = false;         // its handler is to be told
    std::uint64_t freed_in = 0;  // turn
  };
  class Running;
  class Turn;

  bool turn(Nanos limit);
  int wait(Nanos limit);
  int spin_wait(Nanos timeout);
  Nanos time_to_wait(Nanos limit) const;
  bool has_work() const noexcept;
  template <class F>
  void call(F&& f);
  void dispatch(int count);
  void dispatch_broken();
  void dispatch_signals();
  void dispatch_timers();
  void dispatch_jobs();
  void enqueue(Job& job);
  void take_posted();
  void drop_posted() noexcept;
  void resume_all();
  void flush_all();
  void reap_all() noexcept;
  void linger();
  void enqueued();
  void update_fd();
  void note_late_timers();
  void check_slow(Nanos now);
  Slot* live(Token token) noexcept;
  bool owns(Token token, int fd) const noexcept;
  void make_owner(int fd);
  void own(Token token, int fd) noexcept;

  std::unique_ptr<Host> owned_host_;
  Host& host_;
  Poller& poller_;

  bool in_turn_ = false;
  bool running_ = false;
  bool stop_ = false;
  bool notify_ = false;  // the foreign loop that watches fd() must be told of the next work
  int fd_ = -1;
  Nanos now_ = 0;
  Nanos end_ = 0;  // of the last turn
  bool end_is_now_ = false;
  Nanos spin_ = 0;
  Nanos armed_ = kNever;  // what fd() will wake for
  Nanos late_total_ = 0;
  LoopFigures figures_;
  Nanos batch_start_ = 0;
  std::size_t batch_ = 0;
  std::uint64_t turns_ = 0;
  std::uint64_t served_ = 0;  // callbacks
  unsigned writing_ = 0;

  RunQueue jobs_;
  TimerHeap timers_;
  LinkList<Flushable, FlushTag> flush_;
  LinkList<Resumable, ResumeTag> resume_;
  LinkList<Reaped, ReapTag> reap_;  // owned
  LinkList<Reaped, ReapTag> kept_;  // owned; none of them is in reap_
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::uint32_t> owners_;  // by descriptor: the slot that watched it last, plus 1
  bool any_broken_ = false;
  std::vector<Ready> ready_;

  SignalHandler* signal_handler_ = nullptr;
  int signal_watches_ = 0;
  detail::Function<void(std::string_view)> error_hook_;
  Trail trail_;
  LinkList<SlowListener, SlowTag> slow_;

  std::atomic<bool> any_posted_{false};
  std::mutex post_mutex_;
  std::vector<Job> posted_;
  std::vector<Job> posted_spare_;  // what did not find memory yet
  struct Retry final : TimerNode {
    void on_timer() override {}
  } retry_;  // wakes the loop
};

}  // namespace aemp

#endif  // AEMP_LOOP_REACTOR_H
