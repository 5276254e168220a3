// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/in_buffer.h"

#include <algorithm>
#include <cstring>

namespace aemp {

namespace {

// With less of a block than this behind an unfinished frame, moving it is cheaper than the short
// reads would be.
constexpr std::uint32_t kLeastPart = 4;

}  // namespace

std::span<std::uint8_t> InBuffer::room() {
  const std::size_t have = bytes();
  std::size_t frame = have + 1;  // at least
  if (have >= kFrameHeaderBytes) {
    frame = kFrameHeaderBytes + load_frame_header(block_->data() + block_->read).body_len;
  }
  if (block_ == nullptr) {
    block_ = busy_ ? pool_.take() : pool_.take_small();
  } else if (block_->room < kBlockBytes && (busy_ || frame > block_->room)) {
    move_to(pool_.take());
  } else if (have == 0 || block_->room - block_->write <
                              std::max<std::size_t>(frame - have, block_->room / kLeastPart)) {
    move_to(block_);
  }
  return {block_->data() + block_->write, block_->room - block_->write};
}

// What is unread goes to the front of that block.
void InBuffer::move_to(Block* block) noexcept {
  const std::uint32_t have = block_->write - block_->read;
  std::memmove(block->data(), block_->data() + block_->read, have);
  if (block != block_) pool_.give(block_);
  block_ = block;
  block_->read = 0;
  block_->write = have;
}

}  // namespace aemp
