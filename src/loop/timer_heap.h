// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// TimerHeap: timers by deadline, ties in the order they were set. A pairing heap whose links lie in
// the timers, so that arming one never needs memory: what must be tried again later can be. Arming
// takes O(1), all else O(log n) on average.
//
//   root (first) --child--> a <-> b <-> c      siblings; each with children of its own, and none
//                                              due before its parent
#ifndef AEMP_LOOP_TIMER_HEAP_H
#define AEMP_LOOP_TIMER_HEAP_H

#include <cstddef>
#include <cstdint>

#include "base/nanos.h"

namespace aemp {

class TimerHeap;

// One timer. Must not move while armed; disarms itself when destroyed.
class TimerNode {
 public:
  TimerNode() = default;
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  virtual ~TimerNode();

  // Called once per arming, with the timer disarmed; may arm it again or destroy it.
  virtual void on_timer() = 0;

  bool armed() const noexcept { return heap_ != nullptr; }
  Nanos deadline() const noexcept { return armed() ? deadline_ : kNever; }

 private:
  friend class TimerHeap;
  bool before(const TimerNode& other) const noexcept {
    return deadline_ != other.deadline_ ? deadline_ < other.deadline_ : sequence_ < other.sequence_;
  }

  TimerHeap* heap_ = nullptr;
  Nanos deadline_ = 0;
  std::uint64_t sequence_ = 0;
  TimerNode* child_ = nullptr;     // the first
  TimerNode* next_ = nullptr;      // sibling
  TimerNode* previous_ = nullptr;  // sibling, or of a first child the parent
};

class TimerHeap {
 public:
  TimerHeap() = default;
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;
  // Disarms all timers.
  ~TimerHeap();

  // Arms `node`, or moves it: it then counts as set last among equal deadlines.
  void set(TimerNode& node, Nanos deadline) noexcept;
  void remove(TimerNode& node) noexcept;

  bool empty() const noexcept { return root_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  Nanos next_deadline() const noexcept { return empty() ? kNever : root_->deadline_; }

  // A pass: timers that are set from here on have a number of at least this.
  std::uint64_t next_sequence() const noexcept { return sequence_; }
  // Takes the first timer with deadline <= now and a number below `limit` out of the heap;
  // nullptr when there is none. Timers set in a pass must not be due before `now`.
  TimerNode* pop_due(Nanos now, std::uint64_t limit) noexcept;

 private:
  static TimerNode* meld(TimerNode* a, TimerNode* b) noexcept;
  static TimerNode* meld_all(TimerNode* first) noexcept;
  void cut(TimerNode& node) noexcept;

  TimerNode* root_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t sequence_ = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_TIMER_HEAP_H
