// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/registrations.h"

#include <utility>

namespace aemp {

Registration Registrations::add(What what) {
  std::size_t slot = 0;
  while (slot < entries_.size() && (entries_[slot] != nullptr || walking_ != 0)) ++slot;
  if (slot == entries_.size()) entries_.emplace_back();
  const std::uint32_t generation = next_generation_++;
  entries_[slot].reset(new Entry{next_serial_++, generation, false, std::move(what)});
  return Registration(this, static_cast<std::uint32_t>(slot), generation);
}

Registrations::Entry* Registrations::entry(std::uint32_t slot, std::uint32_t generation) const {
  if (slot >= entries_.size() || entries_[slot] == nullptr) return nullptr;
  Entry* e = entries_[slot].get();
  return e->generation == generation && !e->dead ? e : nullptr;
}

bool Registrations::active(std::uint32_t slot, std::uint32_t generation) const {
  return entry(slot, generation) != nullptr;
}

void Registrations::cancel(std::uint32_t slot, std::uint32_t generation) {
  Entry* e = entry(slot, generation);
  if (e == nullptr) return;
  e->dead = true;
  unswept_ = true;
  if (walking_ == 0) sweep();
}

void Registrations::sweep() {
  if (!std::exchange(unswept_, false)) return;
  // Taken out first: the captures' destructors may come back here.
  std::vector<std::unique_ptr<Entry>> dead;
  for (auto& e : entries_) {
    if (e && e->dead) dead.push_back(std::move(e));
  }
}

std::vector<detail::Function<void()>> Registrations::take_drained(Peer* peer) {
  std::vector<detail::Function<void()>> calls;
  for (auto& e : entries_) {
    DrainWatch* watch = e && !e->dead ? std::get_if<DrainWatch>(&e->what) : nullptr;
    if (watch == nullptr || watch->peer != peer) continue;
    calls.push_back(std::move(watch->call));
    e->dead = true;
    unswept_ = true;
  }
  if (walking_ == 0) sweep();
  return calls;
}

void Registrations::retire() {
  for (auto& e : entries_) {
    if (e) e->dead = true;
  }
  unswept_ = true;
  if (walking_ == 0) sweep();
}

}  // namespace aemp
