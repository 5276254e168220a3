// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_table.h"

#include <utility>

#include "base/reserve.h"
#include "node/core.h"

namespace aemp {

Channel ChannelTable::add(std::unique_ptr<ChannelEnd> end) {
  if (free_.empty()) {
    const auto slot = static_cast<std::uint32_t>(slots_.size());
    reserve_for(free_, slot + 1);  // remove() needs no memory
    reserve_one(slots_);
    slots_.emplace_back();
    free_.push_back(slot);
  }
  end->slot_ = free_.back();
  free_.pop_back();
  Slot& slot = slots_[end->slot_];
  slot.end = std::move(end);
  return handle(*slot.end);
}

ChannelEnd* ChannelTable::find(std::uint32_t slot, std::uint32_t life) const noexcept {
  return slot < slots_.size() && slots_[slot].life == life ? slots_[slot].end.get() : nullptr;
}

void ChannelTable::remove(ChannelEnd& end) noexcept {
  Slot& slot = slots_[end.slot_];
  if (slot.end.get() != &end) return;
  ++slot.life;
  free_.push_back(end.slot_);
  core_->reactor.reap(std::move(slot.end));
}

void ChannelTable::cancel(std::uint32_t slot, std::uint32_t life) {
  if (ChannelEnd* end = find(slot, life)) end->cancel("the other end has cancelled it");
}

bool ChannelTable::active(std::uint32_t slot, std::uint32_t life) const {
  return find(slot, life) != nullptr;
}

void ChannelTable::retire() noexcept {
  each([](ChannelEnd& end) { end.cancel("its node leaves"); });
  unref();
}

}  // namespace aemp
