// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/timer_table.h"

#include <algorithm>
#include <utility>

#include "base/throw_error.h"

namespace aemp {

namespace {

// A timer that is due after `due`, on its grid, and after `now`.
Nanos next_due(Nanos due, Nanos period, Nanos now) {
  const Nanos next = add_clamped(due, period);
  if (next > now) return next;
  return add_clamped(next, (now - next) / period * period + period);
}

}  // namespace

void TimerEntry::on_timer() { table->fire(*this); }

Timer TimerTable::add(Nanos delay, Nanos period, detail::Function<void()> callback) {
  if (!callback) throw_error(Errc::bad_value, "a timer needs a callback; this one is empty");
  if (reactor_ == nullptr) return {};
  TimerEntry& entry = acquire();
  entry.table = this;
  entry.due = add_clamped(reactor_->now(), std::max<Nanos>(delay, 0));
  entry.period = period;
  entry.callback = std::move(callback);
  reactor_->arm(entry, entry.due);
  return Timer(this, entry.slot, entry.generation);
}

void TimerTable::end(TimerEntry& entry) {
  reactor_->disarm(entry);
  const detail::Function<void()> dead = std::move(entry.callback);
  release(entry);
}

void TimerTable::fire(TimerEntry& entry) {
  if (entry.period > 0) {
    entry.due = next_due(entry.due, entry.period, reactor_->now());
    reactor_->arm(entry, entry.due);
    call(entry);
    return;
  }
  detail::Function<void()> callback = std::move(entry.callback);
  release(entry);
  callback();
}

}  // namespace aemp
