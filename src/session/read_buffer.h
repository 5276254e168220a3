// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ReadBuffer: the bytes of a connection that were read and not yet taken, contiguous. They stay
// where they are until the next room() or release(). An empty buffer holds no memory after
// release(). Small blocks are used until one was filled by a read, large ones until a read would
// have left half a small one empty.
#ifndef AEMP_SESSION_READ_BUFFER_H
#define AEMP_SESSION_READ_BUFFER_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "session/blocks.h"

namespace aemp {

class ReadBuffer {
 public:
  explicit ReadBuffer(BlockPool& pool) noexcept : pool_(pool) {}
  ~ReadBuffer() { clear(); }
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  // Where to read to, so much that what has begun can become `unit` bytes, more than bytes() and at
  // most kBlockBytes. Moves it to the front when there is little room behind it. Throws
  // std::bad_alloc.
  std::span<std::uint8_t> room(std::size_t unit);
  // n bytes were put there.
  void filled(std::size_t n) noexcept {
    block_->write += static_cast<std::uint32_t>(n);
    busy_ = block_->write == block_->room || (busy_ && n > kSmallBlockBytes / 2);
  }

  std::size_t bytes() const noexcept {
    return block_ == nullptr ? 0 : block_->write - block_->read;
  }
  // The first of them, if there are any.
  std::uint8_t* data() noexcept { return block_->data() + block_->read; }
  const std::uint8_t* data() const noexcept { return block_->data() + block_->read; }
  // Takes the first n bytes, which stay valid as said above.
  void take(std::size_t n) noexcept { block_->read += static_cast<std::uint32_t>(n); }

  // Gives the memory back if no byte is left in it.
  void release() noexcept {
    if (block_ != nullptr && block_->read == block_->write) clear();
  }
  // Drops everything.
  void clear() noexcept {
    if (block_ == nullptr) return;
    pool_.give(block_);
    block_ = nullptr;
  }

 private:
  void move_to(Block* block) noexcept;

  BlockPool& pool_;
  Block* block_ = nullptr;
  bool busy_ = false;  // much is read at a time
};

}  // namespace aemp

#endif  // AEMP_SESSION_READ_BUFFER_H
