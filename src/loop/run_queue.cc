// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/run_queue.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "base/throw_error.h"

namespace aemp {

// A small block to begin with: there may be thousands of loops, and most have little to do.
RunQueue::RunQueue() {
  append_block(make_block(kFirstBlock));
  head_block_ = tail_;
  head_ = tail_->data();
}

RunQueue::~RunQueue() {
  clear();
  for (Block* block : {head_block_, free_, aside_}) {
    while (block != nullptr) ::operator delete(std::exchange(block, block->next));
  }
}

RunQueue::Block* RunQueue::make_block(std::size_t size) {
  auto* block = static_cast<Block*>(::operator new(size));
  block->end = reinterpret_cast<std::uint8_t*>(block) + size;
  return block;
}

// A fresh block at the back, with room for that many bytes.
void RunQueue::add_block(std::size_t room) {
  constexpr std::size_t kRoom = kBlockSize - sizeof(Block);
  if (room > kRoom) {
    append_block(make_block(sizeof(Block) + ((room + 7) & ~std::size_t{7})));
  } else if (free_ == nullptr) {
    append_block(make_block(kBlockSize));
  } else {
    append_block(std::exchange(free_, free_->next));
    --free_count_;
  }
}

void RunQueue::append_block(Block* block) noexcept {
  block->used = block->data();
  link(block);
}

void RunQueue::link(Block* block) noexcept {
  block->next = nullptr;
  block->prev = tail_;
  if (tail_ != nullptr) {
    tail_->next = block;
    full_ += tail_->filled();
  }
  tail_ = block;
  ++taken_;
}

void RunQueue::recycle(Block* block) noexcept {
  if (!block->is_standard() || free_count_ >= kMaxFree) {
    ::operator delete(block);
    return;
  }
  block->next = std::exchange(free_, block);
  ++free_count_;
}

// The head block has been run to its end. False when it is the last one: the queue is empty.
bool RunQueue::next_block() noexcept {
  Block* next = head_block_->next;
  if (next == nullptr) {
    settle();
    return false;
  }
  full_ -= head_block_->filled();
  recycle(std::exchange(head_block_, next));
  next->prev = nullptr;
  head_ = next->data();
  return true;
}

// Nothing is queued and nothing runs: start over in the same memory, which is in the cache, and
// give back what the last burst did not need.
void RunQueue::settle() noexcept {
  if (open_ != nullptr) return;
  if (!head_block_->is_standard() && free_ != nullptr) {
    // Keeping a large block for small records would hold its memory for ever.
    ::operator delete(head_block_);
    tail_ = nullptr;
    add_block(0);
    head_block_ = tail_;
  }
  head_block_->used = head_ = head_block_->data();
  if (free_count_ > std::max(kMinFree, 2 * taken_)) {
    ::operator delete(std::exchange(free_, free_->next));
    --free_count_;
  }
  taken_ = 0;
}

void RunQueue::grow(Writer& writer, std::size_t need) {
  const std::size_t size = writer.size();
  if (need > limit_ || size > limit_ - need) {
    throw_error(Errc::too_big, "a message of at least % bytes is over the limit of %",
                {size + need, limit_ - kSlack});
  }
  Record* old = open_;
  const auto held = static_cast<std::size_t>(writer.cur() - reinterpret_cast<std::uint8_t*>(old));
  const std::size_t header = held - size - sizeof(Record);
  Block* from = tail_;
  // A record that outgrows a block will often grow on.
  const std::size_t least = held + need;
  const std::size_t wanted = least <= kBlockSize / 2 ? least : 2 * least;
  add_block(std::min(wanted, sizeof(Record) + header + limit_));
  std::memcpy(tail_->used, old, held);
  open_ = reinterpret_cast<Record*>(tail_->used);
  if (from->used == from->data()) drop_empty(from);
  std::uint8_t* begin = payload_of(open_) + header;
  writer.reseat(begin, begin + size, end_for(begin));
}

// Takes a block without records, and not the last, out of the chain.
void RunQueue::drop_empty(Block* block) noexcept {
  Block* next = block->next;
  next->prev = block->prev;
  if (block == head_block_) {
    head_block_ = next;
    head_ = next->data();
  } else {
    block->prev->next = next;
  }
  recycle(block);
}

void RunQueue::abort(Writer&) noexcept {
  open_ = nullptr;
  if (aside_ != nullptr) after_append();
}

void RunQueue::push(const JobOps& ops, const void* payload, std::size_t size) {
  if (open_ != nullptr) {
    // In a block of its own, so that it can take its place without memory.
    Block* block = make_block(sizeof(Block) + stride_of(size));
    auto* record = reinterpret_cast<Record*>(block->data());
    *record = {&ops, size};
    if (size != 0) std::memcpy(payload_of(record), payload, size);
    block->used = block->end;
    block->next = nullptr;
    (aside_ == nullptr ? aside_ : last_aside_->next) = block;
    last_aside_ = block;
    attention_ = true;
    return;
  }
  void* to = place(ops, size);
  if (size != 0) std::memcpy(to, payload, size);
}

void* RunQueue::place(const JobOps& ops, std::size_t size) {
  const std::size_t stride = stride_of(size);
  if (static_cast<std::size_t>(tail_->end - tail_->used) < stride) add_block(stride);
  auto* record = reinterpret_cast<Record*>(tail_->used);
  record->ops = &ops;
  append(record, size);
  return payload_of(record);
}

void RunQueue::after_append() noexcept {
  push_aside();
  attention_ = false;
  if (std::exchange(notify_, false)) notify_fn_(notify_arg_);
}

void RunQueue::push_aside() noexcept {
  for (Block* block = std::exchange(aside_, nullptr); block != nullptr;) {
    link(std::exchange(block, block->next));
  }
}

void RunQueue::run(std::size_t max, std::size_t& ran) {
  // In a register while records run, and told even when one throws.
  struct Count {
    std::size_t n;
    const std::size_t& extra;
    std::size_t& out;
    ~Count() { out = n + extra; }
  } count{ran, extra_, ran};
  extra_ = 0;
  std::uint8_t* at = head_;
  while (count.n + extra_ < max) {
    if (at == head_block_->used) {
      if (!next_block()) return;
      at = head_;
      continue;
    }
    auto* record = reinterpret_cast<Record*>(at);
    const std::size_t size = record->size;
    at += stride_of(size);
    head_ = at;
    ++count.n;
    record->ops->run(payload_of(record), size);
  }
}

void RunQueue::clear() {
  do {
    while (head_ != head_block_->used) {
      auto* record = reinterpret_cast<Record*>(head_);
      head_ += stride_of(record->size);
      if (record->ops->drop != nullptr) record->ops->drop(payload_of(record), record->size);
    }
  } while (next_block());
}

}  // namespace aemp
