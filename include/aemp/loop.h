// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Loop: the reactor. One thread owns it and all that hangs on it; only post() may be called from
// any thread. Callbacks never nest: each runs from run*(), after the one before it returned. What
// makes something here throws std::bad_alloc when memory is refused, and then nothing was made.
#ifndef AEMP_LOOP_H
#define AEMP_LOOP_H

#include <aemp/handle.h>
#include <aemp/receiver.h>

#include <chrono>
#include <type_traits>
#include <utility>

namespace aemp {

class Host;     // the seam to the operating system; see <aemp/sim.h> for the simulated one
class Reactor;  // internal

// What a descriptor is watched for, and what it is ready for.
enum class Events : unsigned char { None = 0, Readable = 1, Writable = 2 };
constexpr Events operator|(Events a, Events b) noexcept {
  return static_cast<Events>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr Events operator&(Events a, Events b) noexcept {
  return static_cast<Events>(static_cast<unsigned>(a) & static_cast<unsigned>(b));
}
inline constexpr Events Readable = Events::Readable;
inline constexpr Events Writable = Events::Writable;

// The loop's clock: monotonic, unrelated to the time of day. (Virtual in the simulator.)
using TimePoint = std::chrono::steady_clock::time_point;

class Loop {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  // Throws Error(system) when the system gives no poller.
  Loop();
  // Runs on another host (the simulator's). The host must outlive the loop.
  explicit Loop(Host& host);
  // Waits at most 2 s for nodes that are leaving to say goodbye. All nodes must be gone before.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs callbacks until stop(). Every run*() throws Error(busy) from inside a callback.
  void run();
  // Makes the innermost run*() return after the current turn. Before run(): that run returns
  // after one turn. From other threads: post([&] { loop.stop(); }).
  void stop();
  // One turn: waits at most `wait` (without argument: until there is work), then runs what is
  // ready. True if any callback ran or any descriptor was served.
  bool run_once(Nanoseconds wait);
  bool run_once();
  // Runs for that long, or until stop().
  void run_for(Nanoseconds span);
  // Runs until pred() is true or `limit` has passed; returns pred(). Checked before the first turn
  // and after each.
  template <class Pred>
  bool run_until(Pred&& pred, Nanoseconds limit) {
    return run_until_true(detail::Function<bool()>([&pred] { return static_cast<bool>(pred()); }),
                          limit);
  }

  // A descriptor that is readable whenever run_once(0ms) has work: put it into a foreign event
  // loop and call run_once(0ms) when it is. Owned by the loop, level-triggered. Asking for it
  // costs a few system calls a turn from then on.
  int fd();

  // The time of this turn: read once a turn and constant within a callback.
  TimePoint now() const;

  // Calls cb once after `delay`, or first after `delay` and then every `period` (a late turn
  // skips what it missed). Rounded up to the poller's resolution (1 ms). Equal deadlines fire in
  // the order they were set; one set inside a callback waits for the next turn. Negative = 0.
  Timer timer(Nanoseconds delay, detail::Function<void()> cb);
  Timer timer(Nanoseconds delay, Nanoseconds period, detail::Function<void()> cb);

  // Calls cb(Events ready) (or cb()) whenever fd, which stays the caller's, is ready;
  // level-triggered. Cancel the watch before closing fd (closing first is tolerated). Throws
  // Error(system) for a descriptor that cannot be watched, Error(bad_value) for no events.
  template <class F>
  Watch io(int fd, Events events, F cb) {
    if constexpr (std::is_invocable_v<F&, Events>) {
      return watch_io(fd, events, detail::Function<void(Events)>(std::move(cb)));
    } else {
      if (detail::is_empty_callable(cb)) return watch_io(fd, events, nullptr);
      return watch_io(
          fd, events,
          detail::Function<void(Events)>([cb = std::move(cb)](Events) mutable { cb(); }));
    }
  }

  // Calls cb(int signo) (or cb()) from the loop after the process got the signal. The handler is
  // installed with the first watch of that signal and the old one restored after the last.
  template <class F>
  Watch signal(int signo, F cb) {
    if constexpr (std::is_invocable_v<F&, int>) {
      return watch_signal(signo, detail::Function<void(int)>(std::move(cb)));
    } else {
      if (detail::is_empty_callable(cb)) return watch_signal(signo, nullptr);
      return watch_signal(signo,
                          detail::Function<void(int)>([cb = std::move(cb)](int) mutable { cb(); }));
    }
  }

  // Calls cb from the loop, in order with local sends. Throws Error(bad_value) for an empty cb.
  void defer(detail::Function<void()> cb);
  // The same from any thread. The loop must still exist; what is posted to a loop that is
  // destroyed before it runs again is destroyed uncalled.
  void post(detail::Function<void()> cb);

  // Before it blocks, the loop polls without sleeping for this long (0 = off): lower latency for
  // a busy core.
  void spin(Nanoseconds span);

  Guard guard(Handle handle) { return Guard(std::move(handle)); }

  // For the library.
  Reactor& reactor() noexcept { return *reactor_; }

 private:
  bool run_until_true(detail::Function<bool()> pred, Nanoseconds limit);
  Watch watch_io(int fd, Events events, detail::Function<void(Events)> cb);
  Watch watch_signal(int signo, detail::Function<void(int)> cb);

  Reactor* reactor_;
};

}  // namespace aemp

#endif  // AEMP_LOOP_H
