// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/port_table.h"

#include <aemp/error.h>

#include <algorithm>

#include "base/reserve.h"
#include "base/throw_error.h"

namespace aemp {

PortTable::PortTable(std::uint64_t incarnation, std::uint64_t key)
    : incarnation_(incarnation), hash_(key), spawned_(0, hash_) {}

PortSlot& PortTable::create() {
  std::uint32_t index;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    index = end_;
    if (index > kIndexMask) throw_error(Errc::system, "no more ports: all 67108863 are in use");
    if ((index >> kRowBits) >= rows_.size()) add_slab();
    reserve_for(free_, index);  // release() needs no memory
    ++end_;
  }
  PortSlot& s = slot(index);
  ++s.generation;
  s.serial = static_cast<std::uint64_t>(s.generation) << kIndexBits | index;
  s.in_use = true;
  ++living_;
  return s;
}

// As many slots as there are, within bounds.
void PortTable::add_slab() {
  constexpr std::size_t kRow = kRowMask + 1;
  const std::size_t slots = std::clamp(rows_.size() * kRow, kRow, kMaxSlab);
  rows_.reserve(std::max(rows_.size() + slots / kRow, rows_.size() * 2));
  reserve_one(slabs_);
  slabs_.push_back(std::make_unique<PortSlot[]>(slots));
  for (std::size_t at = 0; at < slots; at += kRow) rows_.push_back(slabs_.back().get() + at);
}

PortExtra& PortTable::extra(PortSlot& s) {
  if (!s.extra) s.extra = std::make_unique<PortExtra>(hash_.hash);
  return *s.extra;
}

PortSlot& PortTable::create_spawned(PortKey name) {
  auto extra = std::make_unique<PortExtra>(hash_.hash);
  extra->spawned = name;
  const auto place = spawned_.emplace(name, 0).first;
  try {
    PortSlot& s = create();
    s.extra = std::move(extra);
    place->second = index_of(s.serial);
    return s;
  } catch (...) {
    spawned_.erase(place);
    throw;
  }
}

PortSlot* PortTable::find(PortKey key) const {
  if (key.origin == incarnation_) {
    PortSlot* s = at(key.serial);
    return s != nullptr && s->extra && s->extra->spawned ? nullptr : s;
  }
  auto it = spawned_.find(key);
  return it == spawned_.end() ? nullptr : &slot(it->second);
}

void PortTable::unname(PortSlot& s) {
  if (s.extra && s.extra->spawned) spawned_.erase(*s.extra->spawned);
  s.serial = 0;
  --living_;
}

void PortTable::release(std::uint32_t index) {
  PortSlot& s = slot(index);
  s.replaced = false;
  // The captures' destructors may create ports, so the slot is not free before they ran.
  Receiver receiver = std::move(s.receiver);
  std::unique_ptr<PortExtra> extra = std::move(s.extra);
  receiver = Receiver();
  extra.reset();
  s.in_use = false;
  if (s.generation != UINT32_MAX) free_.push_back(index);
}

}  // namespace aemp
