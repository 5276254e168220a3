// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/agenda.h"

#include <algorithm>

namespace aemp::sim {

namespace {

// The heap's top is the largest by this order.
bool later(const Event& a, const Event& b) noexcept { return b.before(a); }

}  // namespace

void Agenda::add(const Event& event) {
  heap_.push_back(event);
  std::push_heap(heap_.begin(), heap_.end(), later);
}

Event Agenda::pop() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Event event = heap_.back();
  heap_.pop_back();
  return event;
}

// What a process does at once when something arrived is no choice: who runs is asked first.
Event Agenda::pop_chosen(Nanos window, Nanos until,
                         detail::Function<std::size_t(std::size_t)>& choose) {
  std::sort(heap_.begin(), heap_.end(), [](const Event& a, const Event& b) { return a.before(b); });
  const Nanos end = std::min(add_clamped(heap_.front().at, window), until);
  std::size_t alternatives = 0;
  std::size_t chosen = SIZE_MAX;
  for (; alternatives < heap_.size() && heap_[alternatives].at <= end; ++alternatives) {
    if (heap_[alternatives].kind == Event::Kind::run && chosen == SIZE_MAX) chosen = alternatives;
  }
  if (chosen == SIZE_MAX) {
    chosen = alternatives == 1 ? 0 : std::min(choose(alternatives), alternatives - 1);
  }
  const Event event = heap_[chosen];
  heap_.erase(heap_.begin() + static_cast<std::ptrdiff_t>(chosen));  // a sorted range is a heap
  return event;
}

}  // namespace aemp::sim
