// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SignalTable: watches of signals.
#ifndef AEMP_LOOP_SIGNAL_TABLE_H
#define AEMP_LOOP_SIGNAL_TABLE_H

#include <aemp/detail/function.h>

#include "loop/slot_table.h"

namespace aemp {

struct SignalEntry final : TableEntry {
  int signo = 0;
  detail::Function<void(int)> callback;
};

class SignalTable final : public SlotTable<SignalEntry>, private SignalHandler {
 public:
  explicit SignalTable(Reactor& reactor);

  // Throws Error(system), naming the signal, when it cannot be caught, and Error(bad_value) for an
  // empty callback. Several watches of one signal are called in the order they were made.
  Watch add(int signo, detail::Function<void(int)> callback);

 private:
  void end(SignalEntry& entry) override;
  void on_signal(int signo) override;

  std::vector<SignalEntry*> entries_in_order_;  // null: ended while calling
  bool calling_ = false;
};

}  // namespace aemp

#endif  // AEMP_LOOP_SIGNAL_TABLE_H
