// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/channel_queue.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/bytes.h"

namespace aemp {

void ChannelQueue::append(std::span<const std::uint8_t> data) {
  const std::size_t room = tail_ == nullptr ? 0 : tail_->room - tail_->write;
  Block* more = nullptr;
  try {
    for (std::size_t have = room; have < data.size();) {
      const std::size_t rest = data.size() - have;
      Block* block = rest <= kSmallBlockBytes ? pool_.take_small() : pool_.take();
      block->next = std::exchange(more, block);
      have += block->room;
    }
  } catch (const std::bad_alloc&) {
    give_all(more);
    throw;
  }
  // The last one made, which may be small, is the first of `more`: it is to come last.
  Block* first = nullptr;
  while (more != nullptr) {
    Block* block = std::exchange(more, more->next);
    block->next = std::exchange(first, block);
  }
  if (tail_ != nullptr) {
    tail_->next = first;
  } else {
    head_ = tail_ = first;
  }
  bytes_ += data.size();
  while (!data.empty()) {
    if (tail_->write == tail_->room) tail_ = tail_->next;
    const std::size_t part = std::min<std::size_t>(data.size(), tail_->room - tail_->write);
    copy_bytes(tail_->data() + tail_->write, data.data(), part);
    tail_->write += static_cast<std::uint32_t>(part);
    data = data.subspan(part);
  }
}

std::size_t ChannelQueue::gather(std::span<Slice> out) const noexcept {
  std::size_t n = 0;
  for (const Block* block = head_; block != nullptr && n < out.size(); block = block->next) {
    if (block->write > block->read) {
      out[n++] = {block->data() + block->read, block->write - block->read};
    }
  }
  return n;
}

void ChannelQueue::consume(std::size_t n) noexcept {
  bytes_ -= n;
  while (n > 0) {
    const std::size_t part = std::min<std::size_t>(n, head_->write - head_->read);
    head_->read += static_cast<std::uint32_t>(part);
    n -= part;
    if (head_->read < head_->write) return;
    Block* done = std::exchange(head_, head_->next);
    if (head_ == nullptr) tail_ = nullptr;
    pool_.give(done);
  }
}

void ChannelQueue::clear() noexcept {
  give_all(std::exchange(head_, nullptr));
  tail_ = nullptr;
  bytes_ = 0;
}

void ChannelQueue::give_all(Block* first) noexcept {
  while (first != nullptr) pool_.give(std::exchange(first, first->next));
}

}  // namespace aemp
