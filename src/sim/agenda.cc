// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/agenda.h"

#include <algorithm>

namespace aemp::sim {

void Agenda::settle(std::size_t place, const Event& event) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kChildren;
    if (!event.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  for (;;) {
    const std::size_t first = place * kChildren + 1;
    const std::size_t end = std::min(first + kChildren, heap_.size());
    if (first >= end) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(event)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, event);
}

void Agenda::set(Subject subject, Nanos at, std::uint64_t order) {
  if (subject.key >= places_.size()) places_.resize(subject.key + 1, kNone);
  const Event event{at, order, subject};
  std::size_t place = places_[subject.key];
  if (place == kNone) {
    place = heap_.size();
    heap_.push_back(event);
  }
  settle(place, event);
}

void Agenda::remove(Subject subject) noexcept {
  const std::uint32_t place = place_of(subject);
  if (place == kNone) return;
  places_[subject.key] = kNone;
  const Event last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) settle(place, last);
}

Agenda::Event Agenda::pop() {
  const Event first = heap_.front();
  remove(first.subject);
  return first;
}

// What a process does at once when something arrived is no choice: who runs is asked first.
Agenda::Event Agenda::pop_chosen(Nanos window, Nanos until,
                                 detail::Function<std::size_t(std::size_t)>& choose) {
  const Nanos end = std::min(add_clamped(heap_.front().at, window), until);
  std::vector<Event> near;
  for (const Event& event : heap_) {
    if (event.at <= end) near.push_back(event);
  }
  std::sort(near.begin(), near.end(), [](const Event& a, const Event& b) { return a.before(b); });
  auto chosen = std::find_if(near.begin(), near.end(), [](const Event& event) {
    return event.subject.kind() == Subject::Kind::process;
  });
  if (chosen == near.end()) {
    const std::size_t which = near.size() == 1 ? 0 : std::min(choose(near.size()), near.size() - 1);
    chosen = near.begin() + static_cast<std::ptrdiff_t>(which);
  }
  remove(chosen->subject);
  return *chosen;
}

}  // namespace aemp::sim
