// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/timer_heap.h"

#include <algorithm>

namespace aemp {

namespace {

constexpr std::size_t kArity = 4;

}  // namespace

TimerNode::~TimerNode() {
  if (heap_ != nullptr) heap_->remove(*this);
}

Nanos TimerNode::deadline() const noexcept {
  return heap_ != nullptr ? heap_->entries_[index_].deadline : kNever;
}

TimerHeap::~TimerHeap() {
  for (const Entry& entry : entries_) entry.node->heap_ = nullptr;
}

void TimerHeap::place(std::size_t at, const Entry& entry) noexcept {
  entries_[at] = entry;
  entry.node->index_ = at;
}

void TimerHeap::sift_up(std::size_t at, const Entry& entry) noexcept {
  while (at > 0) {
    const std::size_t parent = (at - 1) / kArity;
    if (!before(entry, entries_[parent])) break;
    place(at, entries_[parent]);
    at = parent;
  }
  place(at, entry);
}

void TimerHeap::sift_down(std::size_t at, const Entry& entry) noexcept {
  const std::size_t count = entries_.size();
  for (;;) {
    const std::size_t first = at * kArity + 1;
    if (first >= count) break;
    std::size_t least = first;
    const std::size_t last = std::min(first + kArity, count);
    for (std::size_t child = first + 1; child < last; ++child) {
      if (before(entries_[child], entries_[least])) least = child;
    }
    if (!before(entries_[least], entry)) break;
    place(at, entries_[least]);
    at = least;
  }
  place(at, entry);
}

void TimerHeap::set(TimerNode& node, Nanos deadline) {
  const Entry entry{deadline, sequence_, &node};
  if (node.heap_ == nullptr) {
    entries_.push_back(entry);
    node.heap_ = this;
    sift_up(entries_.size() - 1, entry);
  } else if (before(entry, entries_[node.index_])) {
    sift_up(node.index_, entry);
  } else {
    sift_down(node.index_, entry);
  }
  ++sequence_;
}

void TimerHeap::remove(TimerNode& node) noexcept {
  if (node.heap_ == nullptr) return;
  const std::size_t at = node.index_;
  node.heap_ = nullptr;
  const Entry last = entries_.back();
  entries_.pop_back();
  if (at == entries_.size()) return;
  if (at > 0 && before(last, entries_[(at - 1) / kArity])) {
    sift_up(at, last);
  } else {
    sift_down(at, last);
  }
}

TimerNode* TimerHeap::pop_due(Nanos now, std::uint64_t limit) noexcept {
  if (empty() || entries_[0].deadline > now || entries_[0].sequence >= limit) return nullptr;
  TimerNode* node = entries_[0].node;
  remove(*node);
  return node;
}

}  // namespace aemp
