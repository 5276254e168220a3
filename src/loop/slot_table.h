// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SlotTable: the part that all tables of cancellable callbacks share. An entry is named by its
// slot and a generation, so that a handle never reaches a later entry in the same slot. Entries
// do not move. The owner of a table calls retire() instead of destroying it; handles keep the
// empty shell alive.
#ifndef AEMP_LOOP_SLOT_TABLE_H
#define AEMP_LOOP_SLOT_TABLE_H

#include <aemp/handle.h>

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/reserve.h"
#include "loop/reactor.h"

namespace aemp {

// What an entry derives from.
struct TableEntry {
  std::uint32_t slot = 0;
  std::uint32_t generation = 1;
  bool active = false;
};

template <class Entry>
class SlotTable : public detail::HandleTable {
 public:
  void cancel(std::uint32_t slot, std::uint32_t generation) final {
    if (Entry* entry = find(slot, generation)) end(*entry);
  }
  bool active(std::uint32_t slot, std::uint32_t generation) const final {
    return slot < entries_.size() && entries_[slot].active &&
           entries_[slot].generation == generation;
  }
  // Ends everything and gives up the owner's reference. Nothing can be added any more.
  void retire() {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].active) end(entries_[i]);
    }
    reactor_ = nullptr;
    unref();
  }

 protected:
  // The reactor must live until retire().
  explicit SlotTable(Reactor& reactor) : reactor_(&reactor) {}

  // Ends an active entry: calls release() and destroys what it held.
  virtual void end(Entry& entry) = 0;

  Entry* find(std::uint32_t slot, std::uint32_t generation) {
    return active(slot, generation) ? &entries_[slot] : nullptr;
  }
  Entry& acquire() {
    if (free_.empty()) {
      const auto slot = static_cast<std::uint32_t>(entries_.size());
      reserve_for(free_, slot + 1);  // release() needs no memory
      entries_.emplace_back().slot = slot;
      free_.push_back(slot);
    }
    Entry& entry = entries_[free_.back()];
    free_.pop_back();
    entry.active = true;
    return entry;
  }
  void release(Entry& entry) {
    entry.active = false;
    if (++entry.generation == 0) entry.generation = 1;
    free_.push_back(entry.slot);
  }

  // Calls the entry's callback with args. The entry may end meanwhile, ended by the callback
  // itself even; so the callback runs from here, and goes back only if it is still wanted.
  template <class... Args>
  void call(Entry& entry, Args... args) {
    struct Lent {
      Entry& entry;
      std::uint32_t generation;
      decltype(Entry::callback) callback;
      ~Lent() {
        if (entry.active && entry.generation == generation) entry.callback = std::move(callback);
      }
    };
    Lent lent{entry, entry.generation, std::move(entry.callback)};
    lent.callback(args...);
  }

  Reactor* reactor_;
  std::deque<Entry> entries_;

 private:
  std::vector<std::uint32_t> free_;
};

}  // namespace aemp

#endif  // AEMP_LOOP_SLOT_TABLE_H
