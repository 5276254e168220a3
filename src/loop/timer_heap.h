// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// TimerHeap: timers by deadline, ties in the order they were set. Adding, changing and removing
// one take O(log n).
#ifndef AEMP_LOOP_TIMER_HEAP_H
#define AEMP_LOOP_TIMER_HEAP_H

#include <cstddef>
#include <cstdint>
#include <vector>

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
  Nanos deadline() const noexcept;  // kNever when not armed

 private:
  friend class TimerHeap;
  TimerHeap* heap_ = nullptr;
  std::size_t index_ = 0;
};

class TimerHeap {
 public:
  TimerHeap() = default;
  TimerHeap(const TimerHeap&) = delete;
  TimerHeap& operator=(const TimerHeap&) = delete;
  // Disarms all timers.
  ~TimerHeap();

  // Arms `node`, or moves it: it then counts as set last among equal deadlines.
  void set(TimerNode& node, Nanos deadline);
  void remove(TimerNode& node) noexcept;

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  Nanos next_deadline() const noexcept { return empty() ? kNever : entries_[0].deadline; }

  // A pass: timers that are set from here on have a number of at least this.
  std::uint64_t next_sequence() const noexcept { return sequence_; }
  // Takes the first timer with deadline <= now and a number below `limit` out of the heap;
  // nullptr when there is none. Timers set in a pass must not be due before `now`.
  TimerNode* pop_due(Nanos now, std::uint64_t limit) noexcept;

 private:
  friend class TimerNode;
  struct Entry {
    Nanos deadline;
    std::uint64_t sequence;
    TimerNode* node;
  };
  static bool before(const Entry& a, const Entry& b) noexcept {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.sequence < b.sequence;
  }
  void place(std::size_t at, const Entry& entry) noexcept;
  void sift_up(std::size_t at, const Entry& entry) noexcept;
  void sift_down(std::size_t at, const Entry& entry) noexcept;

  std::vector<Entry> entries_;
  std::uint64_t sequence_ = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_TIMER_HEAP_H
