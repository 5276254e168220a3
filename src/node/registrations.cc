// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/registrations.h"

#include <utility>

#include "base/reserve.h"

namespace aemp {

Registration Registrations::add(What what) {
  std::size_t slot = 0;
  while (slot < entries_.size() && entries_[slot]->state != State::unused) ++slot;
  if (slot == entries_.size()) {
    reserve_one(entries_);
    entries_.push_back(std::make_unique<Entry>());
  }
  Entry& e = *entries_[slot];
  e.serial = next_serial_++;
  ++e.generation;
  e.state = State::living;
  e.what = std::move(what);
  return Registration(this, static_cast<std::uint32_t>(slot), e.generation);
}

Registrations::Entry* Registrations::entry(std::uint32_t slot, std::uint32_t generation) const {
  if (slot >= entries_.size()) return nullptr;
  Entry* e = entries_[slot].get();
  return e->state == State::living && e->generation == generation ? e : nullptr;
}

bool Registrations::active(std::uint32_t slot, std::uint32_t generation) const {
  return entry(slot, generation) != nullptr;
}

void Registrations::cancel(std::uint32_t slot, std::uint32_t generation) {
  Entry* e = entry(slot, generation);
  if (e == nullptr) return;
  e->state = State::dead;
  unswept_ = true;
  if (walking_ == 0) sweep();
}

// What is dead goes when nobody walks: its callback may be the one that is running.
void Registrations::sweep() {
  while (std::exchange(unswept_, false)) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      Entry& e = *entries_[i];
      if (e.state != State::dead) continue;
      e.state = State::unused;
      What gone = std::exchange(e.what, What());  // its captures' destructors may come back here
    }
  }
}

void Registrations::retire() {
  for (auto& e : entries_) {
    if (e->state == State::living) e->state = State::dead;
  }
  unswept_ = true;
  if (walking_ == 0) sweep();
}

}  // namespace aemp
