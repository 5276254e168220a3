// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Agenda: what is to happen next to whom, and when. Everybody has at most one event. A heap of four
// children a node that knows where everybody's event is, so that it can be moved and taken back.
#ifndef AEMP_SIM_AGENDA_H
#define AEMP_SIM_AGENDA_H

#include <aemp/detail/function.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/nanos.h"

namespace aemp::sim {

// To whom an event happens: a process runs, something arrives at an end of a connection, or a
// datagram arrives.
struct Subject {
  enum class Kind : std::uint8_t { process, end, datagram };
  static Subject process(std::uint32_t id) noexcept { return {id * 4}; }
  static Subject end(std::uint32_t id) noexcept { return {id * 4 + 1}; }
  static Subject datagram(std::uint32_t id) noexcept { return {id * 4 + 2}; }
  Kind kind() const noexcept { return static_cast<Kind>(key % 4); }
  std::uint32_t id() const noexcept { return key / 4; }

  std::uint32_t key;
};

class Agenda {
 public:
  struct Event {
    bool before(const Event& other) const noexcept {
      return at != other.at ? at < other.at : order < other.order;
    }
    Nanos at;
    std::uint64_t order;  // of equal times
    Subject subject;
  };

  bool empty() const noexcept { return heap_.empty(); }
  // Only when it is not empty.
  Nanos next() const noexcept { return heap_.front().at; }
  // Takes out the first, or any of those that lie within `window` of it and before `until`.
  Event pop();
  Event pop_chosen(Nanos window, Nanos until, detail::Function<std::size_t(std::size_t)>& choose);

  // The time of its event; kNever: it has none.
  Nanos at(Subject subject) const noexcept {
    const std::uint32_t place = place_of(subject);
    return place == kNone ? kNever : heap_[place].at;
  }
  bool has(Subject subject) const noexcept { return place_of(subject) != kNone; }
  // Its event is then, instead of any other time. Of equal times the smaller `order` comes first.
  void set(Subject subject, Nanos at, std::uint64_t order);
  void remove(Subject subject) noexcept;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kChildren = 4;

  std::uint32_t place_of(Subject subject) const noexcept {
    return subject.key < places_.size() ? places_[subject.key] : kNone;
  }
  void put(std::size_t place, const Event& event) noexcept {
    heap_[place] = event;
    places_[event.subject.key] = static_cast<std::uint32_t>(place);
  }
  // The event belongs at this place, which is free, or somewhere above or below it.
  void settle(std::size_t place, const Event& event) noexcept;

  std::vector<Event> heap_;
  std::vector<std::uint32_t> places_;  // by key: where in the heap
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_AGENDA_H
