// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/name_table.h"

#include <algorithm>

namespace aemp::detail {

namespace {

constexpr std::size_t kSmallest = 16;

bool only_ours(const Name* name) noexcept {
  return __atomic_load_n(&name->refs, __ATOMIC_ACQUIRE) == 1;
}

}  // namespace

NameTable::~NameTable() {
  for (const Slot& slot : slots_) unref(slot.name);
}

// Where the name is, or the free slot where it belongs.
NameTable::Slot* NameTable::slot_for(std::uint64_t hash, std::string_view node) noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    Slot& slot = slots_[i];
    if (slot.name == nullptr || (slot.hash == hash && slot.name->node == node)) return &slot;
  }
}

Name* NameTable::find_or_add(std::string_view node) {
  const std::uint64_t hash = hash_of_(node);
  if (!slots_.empty()) {
    if (Name* found = slot_for(hash, node)->name) return last_ = found;
  }
  make_room();
  Slot* slot = slot_for(hash, node);
  *slot = Slot{hash, make_name(node)};
  ++used_;
  return last_ = slot->name;
}

void NameTable::make_room() {
  if ((used_ + 1) * 4 <= slots_.size() * 3) return;
  sweep();
  if (slots_.empty() || used_ * 2 >= slots_.size()) {
    rebuild(slots_.empty() ? kSmallest : slots_.size() * 2);
  }
}

void NameTable::sweep() {
  if (slots_.empty()) return;
  const auto goes = [](const Slot& slot) { return slot.name != nullptr && only_ours(slot.name); };
  const auto gone = static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), goes));
  std::size_t capacity = slots_.size();
  while (capacity > kSmallest && (used_ - gone) * 8 <= capacity) capacity /= 2;
  std::vector<Slot> fresh(capacity);  // before anything changes: there may be no memory
  last_ = nullptr;
  for (Slot& slot : slots_) {
    if (!goes(slot)) continue;
    unref(slot.name);
    slot.name = nullptr;
    --used_;
  }
  move_to(fresh);
}

void NameTable::rebuild(std::size_t capacity) {
  std::vector<Slot> fresh(capacity);
  move_to(fresh);
}

void NameTable::move_to(std::vector<Slot>& fresh) noexcept {
  const std::size_t mask = fresh.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.name == nullptr) continue;
    std::size_t i = slot.hash & mask;
    while (fresh[i].name != nullptr) i = (i + 1) & mask;
    fresh[i] = slot;
  }
  slots_.swap(fresh);
}

}  // namespace aemp::detail
