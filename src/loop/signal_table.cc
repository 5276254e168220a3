// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/signal_table.h"

#include <algorithm>
#include <utility>

#include "base/throw_error.h"

namespace aemp {

SignalTable::SignalTable(Reactor& reactor) : SlotTable(reactor) {
  reactor.set_signal_handler(this);
}

Watch SignalTable::add(int signo, detail::Function<void(int)> callback) {
  if (!callback) throw_error(Errc::bad_value, "a watch needs a callback; this one is empty");
  if (reactor_ == nullptr) return {};
  reserve_one(entries_in_order_);
  SignalEntry& entry = acquire();
  try {
    reactor_->watch_signal(signo).raise_if_failed();
  } catch (...) {
    release(entry);
    throw;
  }
  entry.signo = signo;
  entry.callback = std::move(callback);
  entries_in_order_.push_back(&entry);
  return Watch(this, entry.slot, entry.generation);
}

void SignalTable::end(SignalEntry& entry) {
  const detail::Function<void(int)> dead = std::move(entry.callback);
  reactor_->unwatch_signal(entry.signo);
  *std::find(entries_in_order_.begin(), entries_in_order_.end(), &entry) = nullptr;
  if (!calling_) std::erase(entries_in_order_, nullptr);
  release(entry);
}

void SignalTable::on_signal(int signo) {
  calling_ = true;
  const std::size_t count = entries_in_order_.size();
  for (std::size_t i = 0; i < count; ++i) {
    SignalEntry* entry = entries_in_order_[i];
    if (entry == nullptr || entry->signo != signo) continue;
    try {
      call(*entry, signo);
    } catch (...) {
      reactor_->report_exception();
    }
  }
  calling_ = false;
  std::erase(entries_in_order_, nullptr);
}

}  // namespace aemp
