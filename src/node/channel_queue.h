// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelQueue: bytes that wait, in order. Memory comes in blocks; an empty queue holds none.
#ifndef AEMP_NODE_CHANNEL_QUEUE_H
#define AEMP_NODE_CHANNEL_QUEUE_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/host.h"
#include "session/blocks.h"

namespace aemp {

class ChannelQueue {
 public:
  // The pool must outlive it.
  explicit ChannelQueue(BlockPool& pool) noexcept : pool_(pool) {}
  ~ChannelQueue() { clear(); }
  ChannelQueue(const ChannelQueue&) = delete;
  ChannelQueue& operator=(const ChannelQueue&) = delete;

  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return bytes_ == 0; }
  // Throws std::bad_alloc, with nothing appended.
  void append(std::span<const std::uint8_t> data);
  // The first bytes in order, as many slices as fit. Returns how many. Valid until they are
  // consumed, whatever is appended.
  std::size_t gather(std::span<Slice> out) const noexcept;
  // Drops the first n bytes, n <= bytes().
  void consume(std::size_t n) noexcept;
  void clear() noexcept;

 private:
  void give_all(Block* first) noexcept;

  BlockPool& pool_;
  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_QUEUE_H
