// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/read_buffer.h"

#include <algorithm>
#include <cstring>

namespace aemp {

namespace {

// With less of a block than this behind what has begun, moving it is cheaper than the short
// reads would be.
constexpr std::uint32_t kLeastPart = 4;

}  // namespace

std::span<std::uint8_t> ReadBuffer::room(std::size_t unit) {
  const std::size_t have = bytes();
  if (block_ == nullptr) {
    block_ = busy_ ? pool_.take() : pool_.take_small();
  } else if (block_->room < kBlockBytes && (busy_ || unit > block_->room)) {
    move_to(pool_.take());
  } else if (have == 0 || block_->room - block_->write <
                              std::max<std::size_t>(unit - have, block_->room / kLeastPart)) {
    move_to(block_);
  }
  return {block_->data() + block_->write, block_->room - block_->write};
}

// What is unread goes to the front of that block.
void ReadBuffer::move_to(Block* block) noexcept {
  const std::uint32_t have = block_->write - block_->read;
  std::memmove(block->data(), block_->data() + block_->read, have);
  if (block != block_) pool_.give(block_);
  block_ = block;
  block_->read = 0;
  block_->write = have;
}

}  // namespace aemp
