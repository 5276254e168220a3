// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/error.h>
#include <aemp/loop.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/throw_error.h"
#include "loop/io_table.h"
#include "loop/reactor.h"
#include "loop/signal_table.h"
#include "loop/timer_table.h"
#include "os/unix_host.h"

namespace aemp {

namespace {

// What a Loop's reactor_ points to.
class LoopCore final : public Reactor {
 public:
  template <class HostSource>
  explicit LoopCore(HostSource&& host) : Reactor(std::forward<HostSource>(host)) {}
  // Retired: the program's callbacks end before the reactor waits for nodes that are leaving.
  template <class Table>
  struct Retired {
    void operator()(Table* table) const { table->retire(); }
  };
  template <class Table>
  using Owned = std::unique_ptr<Table, Retired<Table>>;

  // Not `new` in the initializers: there g++ 12 forgets the memory when the constructor throws.
  template <class Table>
  static Owned<Table> make(Reactor& reactor) {
    return Owned<Table>(new Table(reactor));
  }

  const Owned<SignalTable> signals = make<SignalTable>(*this);
  const Owned<IoTable> watches = make<IoTable>(*this);
  const Owned<TimerTable> timers = make<TimerTable>(*this);
};

LoopCore& core_of(Reactor* reactor) { return static_cast<LoopCore&>(*reactor); }

Nanos not_negative(Loop::Nanoseconds span) { return std::max<Nanos>(span.count(), 0); }

void need_callback(const detail::Function<void()>& cb, const char* what) {
  if (!cb) throw_error(Errc::bad_value, "% needs a callback; this one is empty", {what});
}

}  // namespace

Loop::Loop() : reactor_(new LoopCore(make_unix_host())) {}

Loop::Loop(Host& host) : reactor_(new LoopCore(host)) {}

Loop::~Loop() { delete &core_of(reactor_); }

void Loop::run() { reactor_->run(); }

void Loop::stop() { reactor_->stop(); }

bool Loop::run_once(Nanoseconds wait) { return reactor_->run_once(not_negative(wait)); }

bool Loop::run_once() { return reactor_->run_once(-1); }

void Loop::run_for(Nanoseconds span) { reactor_->run_for(span.count()); }

bool Loop::run_until_true(detail::Function<bool()> pred, Nanoseconds limit) {
  return reactor_->run_until(pred, limit.count());
}

int Loop::fd() { return reactor_->fd(); }

TimePoint Loop::now() const { return TimePoint(Nanoseconds(reactor_->now())); }

Timer Loop::timer(Nanoseconds delay, detail::Function<void()> cb) {
  return core_of(reactor_).timers->add(delay.count(), 0, std::move(cb));
}

Timer Loop::timer(Nanoseconds delay, Nanoseconds period, detail::Function<void()> cb) {
  const Nanos every = std::max<Nanos>(period.count(), kMillisecond);
  return core_of(reactor_).timers->add(delay.count(), every, std::move(cb));
}

Watch Loop::watch_io(int fd, Events events, detail::Function<void(Events)> cb) {
  return core_of(reactor_).watches->add(fd, events, std::move(cb));
}

Watch Loop::watch_signal(int signo, detail::Function<void(int)> cb) {
  return core_of(reactor_).signals->add(signo, std::move(cb));
}

void Loop::defer(detail::Function<void()> cb) {
  need_callback(cb, "defer");
  reactor_->defer(std::move(cb));
}

void Loop::post(detail::Function<void()> cb) {
  need_callback(cb, "post");
  reactor_->post(std::move(cb));
}

void Loop::spin(Nanoseconds span) { reactor_->spin(not_negative(span)); }

}  // namespace aemp
