// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// TimerTable: timers with callbacks, as the program sees them.
#ifndef AEMP_LOOP_TIMER_TABLE_H
#define AEMP_LOOP_TIMER_TABLE_H

#include <aemp/detail/function.h>

#include "loop/slot_table.h"

namespace aemp {

class TimerTable;

struct TimerEntry final : TableEntry, TimerNode {
  void on_timer() override;

  TimerTable* table = nullptr;
  Nanos due = 0;
  Nanos period = 0;  // 0: once
  detail::Function<void()> callback;
};

class TimerTable final : public SlotTable<TimerEntry> {
 public:
  explicit TimerTable(Reactor& reactor) : SlotTable(reactor) {}

  // Calls `callback` after `delay` (negative = 0), then every `period` if that is not 0. A period
  // keeps to its rhythm; what a late turn missed is skipped. Throws Error(bad_value) for an
  // empty callback.
  Timer add(Nanos delay, Nanos period, detail::Function<void()> callback);

 private:
  friend struct TimerEntry;
  void end(TimerEntry& entry) override;
  void fire(TimerEntry& entry);
};

}  // namespace aemp

#endif  // AEMP_LOOP_TIMER_TABLE_H
