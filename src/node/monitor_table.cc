// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/monitor_table.h"

#include <new>
#include <utility>

#include "base/reserve.h"

namespace aemp {

MonitorList* MonitorTable::make_list() {
  if (free_lists_.empty()) {
    reserve_for(free_lists_, lists_.size() + 1);  // free_list() needs no memory
    return &lists_.emplace_back();
  }
  MonitorList* list = free_lists_.back();
  free_lists_.pop_back();
  return list;
}

void MonitorTable::free_list(MonitorList* list) noexcept {
  list->~MonitorList();
  free_lists_.push_back(::new (static_cast<void*>(list)) MonitorList());
}

MonitorEntry& MonitorTable::add(MonitorList& list, MonitorAction&& action, Port port) {
  if (free_.empty()) {
    const auto index = static_cast<std::uint32_t>(entries_.size());
    reserve_for(free_, index + 1);  // take() needs no memory
    entries_.emplace_back().index = index;
    free_.push_back(index);
  }
  MonitorEntry& e = entries_[free_.back()];
  free_.pop_back();
  e.action = std::move(action);
  e.port = std::move(port);
  e.list = &list;
  e.next = nullptr;
  e.previous = list.tail;
  (list.tail == nullptr ? list.head : list.tail->next) = &e;
  list.tail = &e;
  ++count_;
  return e;
}

MonitorAction MonitorTable::take(MonitorEntry& e) noexcept {
  MonitorList& list = *e.list;
  (e.previous == nullptr ? list.head : e.previous->next) = e.next;
  (e.next == nullptr ? list.tail : e.next->previous) = e.previous;
  e.list = nullptr;
  ++e.generation;
  MonitorAction action = std::exchange(e.action, std::monostate());
  e.port = Port();
  if (e.generation != UINT32_MAX) free_.push_back(e.index);
  --count_;
  return action;
}

MonitorAction MonitorTable::take_first(MonitorList& list) noexcept { return take(*list.head); }

void MonitorTable::splice(MonitorList& to, MonitorList& from) noexcept {
  if (from.empty()) return;
  for (MonitorEntry* e = from.head; e != nullptr; e = e->next) e->list = &to;
  from.head->previous = to.tail;
  (to.tail == nullptr ? to.head : to.tail->next) = from.head;
  to.tail = from.tail;
  from.head = from.tail = nullptr;
}

MonitorEntry* MonitorTable::entry(std::uint32_t slot, std::uint32_t generation) const {
  if (slot >= entries_.size()) return nullptr;
  const MonitorEntry& e = entries_[slot];
  return e.list != nullptr && e.generation == generation ? const_cast<MonitorEntry*>(&e) : nullptr;
}

void MonitorTable::cancel(std::uint32_t slot, std::uint32_t generation) {
  MonitorEntry* e = entry(slot, generation);
  if (e == nullptr) return;
  MonitorList* list = e->list;
  MonitorAction dropped = take(*e);  // destroyed last: its captures may call us
  if (list->empty() && owner_ != nullptr) owner_->on_unwatched(*list);
}

bool MonitorTable::active(std::uint32_t slot, std::uint32_t generation) const {
  return entry(slot, generation) != nullptr;
}

void MonitorTable::retire() {
  owner_ = nullptr;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    MonitorEntry& e = entries_[i];
    if (e.list != nullptr) take(e);
  }
}

}  // namespace aemp
