// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelTable: the channels of a node, as their handles name them.
#ifndef AEMP_NODE_CHANNEL_TABLE_H
#define AEMP_NODE_CHANNEL_TABLE_H

#include <aemp/channel.h>
#include <aemp/handle.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "node/channel_end.h"

namespace aemp {

class ChannelTable final : public detail::HandleTable {
 public:
  explicit ChannelTable(NodeCore& core) : core_(&core) {}

  // Until retire().
  NodeCore& core() { return *core_; }
  // Throws std::bad_alloc.
  Channel add(std::unique_ptr<ChannelEnd> end);
  Channel handle(const ChannelEnd& end) { return Channel(this, end.slot_, slots_[end.slot_].life); }
  // Null: over.
  ChannelEnd* find(std::uint32_t slot, std::uint32_t life) const noexcept;
  // It is over: to be destroyed at the end of the turn.
  void remove(ChannelEnd& end) noexcept;
  // visit(ChannelEnd&), which may end it.
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].end != nullptr) visit(*slots_[i].end);
    }
  }
  std::size_t open() const noexcept { return slots_.size() - free_.size(); }
  // Bytes since the start, both ways.
  std::uint64_t bytes_in = 0, bytes_out = 0;
  // Cancels all. Nothing is added any more.
  void retire() noexcept;

  void cancel(std::uint32_t slot, std::uint32_t life) override;
  bool active(std::uint32_t slot, std::uint32_t life) const override;

 private:
  struct Slot {
    std::unique_ptr<ChannelEnd> end;
    std::uint32_t life = 1;
  };

  NodeCore* core_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_TABLE_H
