// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Agenda: what is to happen when. Equal times come in an order drawn by who adds.
#ifndef AEMP_SIM_AGENDA_H
#define AEMP_SIM_AGENDA_H

#include <aemp/detail/function.h>

#include <cstdint>
#include <vector>

#include "base/nanos.h"

namespace aemp::sim {

struct Event {
  enum class Kind : std::uint8_t { run, arrive };
  Nanos at;
  std::uint32_t tie;
  std::uint32_t subject;  // of a process; of an end of a connection
  std::uint64_t stamp;    // unique; an event whose subject has another stamp by then is stale
  Kind kind;

  bool before(const Event& other) const noexcept {
    if (at != other.at) return at < other.at;
    return tie != other.tie ? tie < other.tie : stamp < other.stamp;
  }
};

class Agenda {
 public:
  bool empty() const noexcept { return heap_.empty(); }
  // The following three only when not empty.
  Nanos next() const noexcept { return heap_.front().at; }
  Event pop();
  // Any of those that lie within `window` of the first and before `until`.
  Event pop_chosen(Nanos window, Nanos until, detail::Function<std::size_t(std::size_t)>& choose);

  void add(const Event& event);
  template <class Stale>
  void purge(Stale&& stale) {
    std::vector<Event> kept;
    for (const Event& event : heap_) {
      if (!stale(event)) kept.push_back(event);
    }
    heap_.clear();
    for (const Event& event : kept) add(event);
  }

 private:
  std::vector<Event> heap_;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_AGENDA_H
