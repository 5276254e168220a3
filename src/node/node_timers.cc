// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/node_timers.h"

#include <utility>

#include "base/reserve.h"
#include "node/core.h"

namespace aemp {

Timer NodeTimers::add(Nanos delay, detail::Function<void()> call) {
  if (core_ == nullptr) return Timer();
  if (free_.empty()) {
    const auto slot = static_cast<std::uint32_t>(entries_.size());
    reserve_for(free_, slot + 1);  // take() needs no memory
    reserve_one(entries_);
    entries_.push_back(std::make_unique<Entry>(*this));
    entries_.back()->slot = slot;
    free_.push_back(slot);
  }
  Entry& e = *entries_[free_.back()];
  free_.pop_back();
  e.call = std::move(call);
  e.pending = true;
  core_->reactor.arm(e, add_clamped(core_->reactor.now(), delay < 0 ? 0 : delay));
  return Timer(this, e.slot, e.generation);
}

detail::Function<void()> NodeTimers::take(Entry& e) {
  e.pending = false;
  ++e.generation;
  free_.push_back(e.slot);
  return std::move(e.call);
}

void NodeTimers::fire(Entry& e) {
  NodeCore& core = *core_;
  detail::Function<void()> call = take(e);
  core.dispatcher.guarded("timer callback", [&] { call(); });
}

bool NodeTimers::active(std::uint32_t slot, std::uint32_t generation) const {
  return slot < entries_.size() && entries_[slot]->pending &&
         entries_[slot]->generation == generation;
}

void NodeTimers::cancel(std::uint32_t slot, std::uint32_t generation) {
  if (!active(slot, generation)) return;
  if (core_ != nullptr) core_->reactor.disarm(*entries_[slot]);
  detail::Function<void()> dropped = take(*entries_[slot]);
}

void NodeTimers::retire() {
  // First of all: the captures that are destroyed below may set and cancel timers.
  Reactor& reactor = std::exchange(core_, nullptr)->reactor;
  for (auto& e : entries_) reactor.disarm(*e);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i]->pending) continue;
    detail::Function<void()> dropped = take(*entries_[i]);
  }
}

}  // namespace aemp
