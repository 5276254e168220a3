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
inline constexpr std::uint32_t kBlockBytes = 2 * (kFrameHeaderBytes + kMaxFrameBody);
// Room for what is said to most peers at a time: there may be thousands of them.
inline constexpr std::uint32_t kSmallBlockBytes = 4000;

// The owner of a block uses the members as it likes; take() resets them. The data lies behind it.
struct Block {
  Block* next;
  std::uint32_t room;      // bytes of data, kBlockBytes or kSmallBlockBytes; not to be changed
  std::uint32_t read;      // offset of the first byte not consumed
  std::uint32_t write;     // offset behind the last byte
  std::uint32_t mark;      // OutBuffer: offset of a frame's start, <= read
  std::uint32_t messages;  // OutBuffer: messages that end behind `mark` in this block
  std::uint8_t* data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
  const std::uint8_t* data() const noexcept {
    return reinterpret_cast<const std::uint8_t*>(this + 1);
  }
};

// Must outlive all buffers made with it. Not for several threads.
class BlockPool {
 public:
  // Keeps at most `keep` unused blocks, and as many small ones.
  explicit BlockPool(std::size_t keep = 24) noexcept : keep_(keep) {}
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // The block used last comes first. Its data is not initialised. Throw std::bad_alloc.
  Block* take() { return take(large_, kBlockBytes); }
  Block* take_small() { return take(small_, kSmallBlockBytes); }
  void give(Block* block) noexcept {
    Shelf& shelf = block->room == kBlockBytes ? large_ : small_;
    --shelf.taken;
    if (shelf.count >= keep_) [[unlikely]]
      return discard(block);
    block->next = shelf.first;
    shelf.first = block;
    ++shelf.count;
  }
  // Blocks in use, and how many bytes they have room for.
  std::size_t taken() const noexcept { return large_.taken + small_.taken; }
  std::size_t taken_bytes() const noexcept {
    return large_.taken * kBlockBytes + small_.taken * kSmallBlockBytes;
  }
  // Blocks kept for later.
  std::size_t unused() const noexcept { return large_.count + small_.count; }

  // Ends a pool made with new when the last of its blocks has come back: a session that sees to its
  // last words may outlive its node.
  struct Retire {
    void operator()(BlockPool* pool) const noexcept { pool->retire(); }
  };

 private:
  // The blocks of one size.
  struct Shelf {
    Block* first = nullptr;  // of the unused ones
    std::size_t count = 0;   // of them
    std::size_t taken = 0;
  };

  Block* take(Shelf& shelf, std::uint32_t room) {
    Block* block = shelf.first;
    if (block == nullptr) [[unlikely]] {
      block = make(room);
    } else {
      shelf.first = block->next;
      --shelf.count;
    }
    ++shelf.taken;
    block->next = nullptr;
    block->read = block->write = block->mark = block->messages = 0;
    return block;
  }
  static Block* make(std::uint32_t room);
  void discard(Block* block) noexcept;
  void retire() noexcept;

  Shelf large_, small_;
  std::size_t keep_;
  bool retired_ = false;
};

}  // namespace aemp

#endif  // AEMP_SESSION_BLOCKS_H
