// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/timer_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace aemp {
namespace {

struct Probe final : TimerNode {
  void on_timer() override {}
  int id = 0;
};

TEST(TimerHeap, HundredThousandTimersComeInOrderOfDeadlineThenOfSetting) {
  TimerHeap heap;
  std::deque<Probe> nodes(100000);
  std::mt19937 random(1);
  std::vector<std::pair<Nanos, int>> expected;
  for (int i = 0; i < 100000; ++i) {
    const Nanos deadline = static_cast<Nanos>(random() % 5000);
    nodes[static_cast<std::size_t>(i)].id = i;
    heap.set(nodes[static_cast<std::size_t>(i)], deadline);
    expected.emplace_back(deadline, i);
  }
  std::sort(expected.begin(), expected.end());
  for (const auto& [deadline, id] : expected) {
    ASSERT_EQ(heap.next_deadline(), deadline);
    TimerNode* node = heap.pop_due(5000, heap.next_sequence());
    ASSERT_NE(node, nullptr);
    ASSERT_EQ(static_cast<Probe*>(node)->id, id);
  }
  EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, AgreesWithASortedListUnderRandomChanges) {
  TimerHeap heap;
  std::deque<Probe> nodes(300);
  std::vector<std::pair<std::pair<Nanos, std::uint64_t>, Probe*>> model;
  std::mt19937 random(2);
  const auto forget = [&](Probe* node) {
    std::erase_if(model, [&](const auto& entry) { return entry.second == node; });
  };
  for (int step = 0; step < 20000; ++step) {
    Probe& node = nodes[random() % nodes.size()];
    switch (random() % 4) {
      case 0:
        heap.remove(node);
        forget(&node);
        EXPECT_FALSE(node.armed());
        break;
      case 1: {
        TimerNode* first = heap.pop_due(kNever, heap.next_sequence());
        const auto least = std::min_element(model.begin(), model.end());
        ASSERT_EQ(first, least == model.end() ? nullptr : least->second);
        if (first != nullptr) model.erase(least);
        break;
      }
      default: {
        const Nanos deadline = static_cast<Nanos>(random() % 1000);
        forget(&node);
        model.push_back({{deadline, heap.next_sequence()}, &node});
        heap.set(node, deadline);
        EXPECT_EQ(node.deadline(), deadline);
      }
    }
    ASSERT_EQ(heap.size(), model.size());
  }
}

TEST(TimerHeap, PassLeavesTimersThatWereSetDuringIt) {
  TimerHeap heap;
  Probe first, second;
  heap.set(first, 10);
  const std::uint64_t limit = heap.next_sequence();
  EXPECT_EQ(heap.pop_due(10, limit), &first);
  heap.set(first, 10);
  heap.set(second, 10);
  EXPECT_EQ(heap.pop_due(10, limit), nullptr);
  EXPECT_EQ(heap.pop_due(10, heap.next_sequence()), &first);
}

TEST(TimerHeap, TimerLeavesTheHeapWhenDestroyed) {
  TimerHeap heap;
  {
    Probe node;
    heap.set(node, 1);
  }
  EXPECT_TRUE(heap.empty());
  Probe survivor;
  {
    TimerHeap other;
    other.set(survivor, 1);
  }
  EXPECT_FALSE(survivor.armed());
  EXPECT_EQ(survivor.deadline(), kNever);
}

}  // namespace
}  // namespace aemp
