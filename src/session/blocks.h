// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Blocks of memory that sessions' buffers are made of, and the pool that recycles them.
#ifndef AEMP_SESSION_BLOCKS_H
#define AEMP_SESSION_BLOCKS_H

#include <cstddef>
#include <cstdint>

#include "wire/format.h"

namespace aemp {

// Room for two of the largest frames, so that one always fits beside the start of the next.
inline constexpr std::size_t kBlockBytes = 2 * (kFrameHeaderBytes + kMaxFrameBody);

// The owner of a block uses the members as it likes; take() resets them.
struct Block {
  Block* next;
  std::uint32_t read;      // offset of the first byte not consumed
  std::uint32_t write;     // offset behind the last byte
  std::uint32_t mark;      // OutBuffer: offset of a frame's start, <= read
  std::uint32_t messages;  // OutBuffer: messages that end behind `mark` in this block
  std::uint8_t data[kBlockBytes];
};

// One per loop; must outlive all buffers and sessions made with it. Not for several threads.
class BlockPool {
 public:
  // Keeps at most `keep` unused blocks.
  explicit BlockPool(std::size_t keep = 24) noexcept : keep_(keep) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // The block used last comes first. Its data is not initialised. Throws std::bad_alloc.
  Block* take() {
    Block* block = free_;
    if (block == nullptr) [[unlikely]]
      return make();
    free_ = block->next;
    --unused_;
    ++taken_;
    reset(*block);
    return block;
  }
  void give(Block* block) noexcept {
    --taken_;
    if (unused_ >= keep_) [[unlikely]] {
      delete block;
      return;
    }
    block->next = free_;
    free_ = block;
    ++unused_;
  }
  // Frees unused blocks beyond `keep`.
  void trim(std::size_t keep) noexcept;

  std::size_t taken() const noexcept { return taken_; }    // blocks in use
  std::size_t unused() const noexcept { return unused_; }  // blocks kept for later

 private:
  Block* make();
  static void reset(Block& block) noexcept {
    block.next = nullptr;
    block.read = block.write = block.mark = block.messages = 0;
  }

  Block* free_ = nullptr;
  std::size_t unused_ = 0;
  std::size_t taken_ = 0;
  std::size_t keep_;
};

}  // namespace aemp

#endif  // AEMP_SESSION_BLOCKS_H
