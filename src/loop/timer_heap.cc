// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/timer_heap.h"

#include <utility>

namespace aemp {

TimerNode::~TimerNode() {
  if (heap_ != nullptr) heap_->remove(*this);
}

TimerHeap::~TimerHeap() {
  while (root_ != nullptr) remove(*root_);
}

// Two heaps, either may be null, become one. Their roots have no siblings.
TimerNode* TimerHeap::meld(TimerNode* a, TimerNode* b) noexcept {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (b->before(*a)) std::swap(a, b);
  b->previous_ = a;
  b->next_ = a->child_;
  if (a->child_ != nullptr) a->child_->previous_ = b;
  a->child_ = b;
  return a;
}

// Siblings become one heap: in pairs from the left, and those from the right.
TimerNode* TimerHeap::meld_all(TimerNode* first) noexcept {
  TimerNode* pairs = nullptr;
  while (first != nullptr) {
    TimerNode* a = first;
    TimerNode* b = a->next_;
    first = b == nullptr ? nullptr : b->next_;
    for (TimerNode* node : {a, b}) {
      if (node != nullptr) node->next_ = node->previous_ = nullptr;
    }
    TimerNode* pair = meld(a, b);
    pair->next_ = pairs;
    pairs = pair;
  }
  TimerNode* all = nullptr;
  while (pairs != nullptr) {
    TimerNode* pair = std::exchange(pairs, pairs->next_);
    pair->next_ = nullptr;
    all = meld(all, pair);
  }
  return all;
}

// Takes the node out; its children stay.
void TimerHeap::cut(TimerNode& node) noexcept {
  TimerNode* children = meld_all(std::exchange(node.child_, nullptr));
  if (&node == root_) {
    root_ = children;
    return;
  }
  (node.previous_->child_ == &node ? node.previous_->child_ : node.previous_->next_) = node.next_;
  if (node.next_ != nullptr) node.next_->previous_ = node.previous_;
  node.next_ = node.previous_ = nullptr;
  root_ = meld(root_, children);
}

void TimerHeap::set(TimerNode& node, Nanos deadline) noexcept {
  if (node.heap_ == nullptr) {
    node.heap_ = this;
    ++size_;
  } else {
    cut(node);
  }
  node.deadline_ = deadline;
  node.sequence_ = sequence_++;
  root_ = meld(root_, &node);
}

void TimerHeap::remove(TimerNode& node) noexcept {
  if (node.heap_ == nullptr) return;
  cut(node);
  node.heap_ = nullptr;
  --size_;
}

TimerNode* TimerHeap::pop_due(Nanos now, std::uint64_t limit) noexcept {
  if (empty() || root_->deadline_ > now || root_->sequence_ >= limit) return nullptr;
  TimerNode* node = root_;
  remove(*node);
  return node;
}

}  // namespace aemp
