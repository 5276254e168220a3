// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/run_queue.h"

#include <aemp/error.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace aemp {
namespace {

// A record of the tests: who is to be told, then the bytes.
struct Header {
  void* fixture;
  std::uint64_t number;
};

class RunQueueTest : public testing::Test {
 public:
  static void run(void* payload, std::size_t size) {
    Header header;
    std::memcpy(&header, payload, sizeof header);
    auto* self = static_cast<RunQueueTest*>(header.fixture);
    const auto* bytes = static_cast<const char*>(payload) + sizeof header;
    self->ran_.emplace_back(bytes, size - sizeof header);
    if (self->during_) self->during_(std::string_view(bytes, size - sizeof header));
  }
  static void drop(void* payload, std::size_t) {
    Header header;
    std::memcpy(&header, payload, sizeof header);
    ++static_cast<RunQueueTest*>(header.fixture)->dropped_;
  }
  static constexpr JobOps kOps = {run, drop};

  Writer open(std::size_t limit = RunQueue::kNoLimit) {
    const Header header{this, 0};
    return queue_.open(kOps, header, limit);
  }
  void push(std::string_view text) {
    Writer writer = open();
    writer.raw(text.data(), text.size());
    queue_.commit(writer);
  }
  std::size_t run_all() {
    std::size_t ran = 0;
    queue_.run(SIZE_MAX, ran);
    return ran;
  }

  RunQueue queue_;
  std::vector<std::string> ran_;
  std::function<void(std::string_view)> during_;
  int dropped_ = 0;
};

TEST_F(RunQueueTest, RunsRecordsInOrder) {
  std::vector<std::string> expected;
  for (int i = 0; i < 10000; ++i) {
    expected.push_back(std::to_string(i));
    push(expected.back());
  }
  EXPECT_GT(queue_.queued_bytes(), 10000u * sizeof(Header));
  EXPECT_EQ(run_all(), 10000u);
  EXPECT_EQ(ran_, expected);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.queued_bytes(), 0u);
}

TEST_F(RunQueueTest, StopsAtTheMaximum) {
  for (int i = 0; i < 10; ++i) push("x");
  std::size_t ran = 2;
  queue_.run(6, ran);
  EXPECT_EQ(ran, 6u);
  EXPECT_EQ(ran_.size(), 4u);
  EXPECT_EQ(run_all(), 6u);
}

TEST_F(RunQueueTest, ARecordThatDidMuchCountsAsMany) {
  for (int i = 0; i < 10; ++i) push("x");
  queue_.weigh(1000);  // nothing runs
  during_ = [&](std::string_view) {
    if (ran_.size() == 2) queue_.weigh(100);
  };
  std::size_t ran = 1;
  queue_.run(50, ran);
  EXPECT_EQ(ran, 1u + 2u + 100u);
  EXPECT_EQ(ran_.size(), 2u);
  EXPECT_EQ(run_all(), 8u);
}

TEST_F(RunQueueTest, RecordsOfEverySizeAroundTheBlockSizeArriveWhole) {
  std::vector<std::string> expected;
  for (std::size_t size = RunQueue::kBlockSize - 200; size < RunQueue::kBlockSize + 200; ++size) {
    expected.push_back(std::string(size, static_cast<char>('a' + size % 26)));
    Writer writer = open();
    for (std::size_t done = 0; done < size; done += 1000) {
      writer.raw(expected.back().data() + done, std::min<std::size_t>(1000, size - done));
    }
    queue_.commit(writer);
    push("small");
    expected.push_back("small");
  }
  run_all();
  EXPECT_EQ(ran_, expected);
}

TEST_F(RunQueueTest, OpenRecordMovesAsItGrowsAndKeepsItsHeader) {
  push("before");
  Writer writer = open();
  std::string expected;
  for (int i = 0; i < 300000; ++i) {
    const std::string part = std::to_string(i);
    writer.raw(part.data(), part.size());
    expected += part;
  }
  EXPECT_EQ(writer.size(), expected.size());
  queue_.commit(writer);
  push("after");
  run_all();
  ASSERT_EQ(ran_.size(), 3u);
  EXPECT_EQ(ran_[0], "before");
  EXPECT_EQ(ran_[1], expected);
  EXPECT_EQ(ran_[2], "after");
}

TEST_F(RunQueueTest, AbortLeavesNoTrace) {
  push("one");
  Writer small = open();
  small.raw("no", 2);
  queue_.abort(small);
  Writer large = open();
  const std::string filler(200000, 'x');
  large.raw(filler.data(), filler.size());
  EXPECT_TRUE(queue_.is_open());
  queue_.abort(large);
  EXPECT_FALSE(queue_.is_open());
  push("two");
  run_all();
  EXPECT_EQ(ran_, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(dropped_, 0);
}

TEST_F(RunQueueTest, GrowingOverTheLimitThrowsAndCanBeAborted) {
  Writer writer = open(1000);
  const std::string text(500, 'x');
  writer.raw(text.data(), text.size());
  writer.raw(text.data(), text.size());
  try {
    writer.raw(text.data(), text.size());
    FAIL() << "1500 bytes under a limit of 1000";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::too_big);
    EXPECT_NE(std::string(error.what()).find("1000"), std::string::npos);
  }
  queue_.abort(writer);
  push("fine");
  run_all();
  EXPECT_EQ(ran_, std::vector<std::string>{"fine"});
}

TEST_F(RunQueueTest, LimitAboveABlockHolds) {
  Writer writer = open(100000);
  const std::string text(1000, 'x');
  for (int i = 0; i < 100; ++i) writer.raw(text.data(), text.size());
  EXPECT_THROW(writer.raw(text.data(), text.size()), Error);
  queue_.commit(writer);
  run_all();
  EXPECT_EQ(ran_.at(0).size(), 100000u);
}

TEST_F(RunQueueTest, RunningRecordStaysReadableWhileThousandsAreQueued) {
  during_ = [&](std::string_view text) {
    if (text[0] != 'R') return;
    const std::string before(text);
    for (int i = 0; i < 10000; ++i) push("a message of about fifty bytes, to fill the blocks");
    EXPECT_EQ(text, before);
  };
  push("R: the one that runs");
  EXPECT_EQ(run_all(), 10001u);
}

TEST_F(RunQueueTest, PingPongRunsInTheSameMemory) {
  std::size_t left = 1000000;
  std::vector<const void*> seen;
  during_ = [&](std::string_view text) {
    ran_.clear();
    const void* block = reinterpret_cast<const void*>(
        reinterpret_cast<std::uintptr_t>(text.data()) / RunQueue::kBlockSize);
    if (seen.empty() || (block != seen.back() && seen.size() < 1000)) seen.push_back(block);
    if (--left > 0) push("ping");
  };
  push("ping");
  EXPECT_EQ(run_all(), 1000000u);
  std::sort(seen.begin(), seen.end());
  // The small first block and two others, each of which may straddle two multiples of the size.
  EXPECT_LE(std::unique(seen.begin(), seen.end()) - seen.begin(), 6);
}

TEST_F(RunQueueTest, RecordThatThrowsIsDoneWithAndTheRestRuns) {
  during_ = [](std::string_view text) {
    if (text == "bad") throw 1;
  };
  push("bad");
  push("good");
  std::size_t ran = 0;
  EXPECT_THROW(queue_.run(10, ran), int);
  EXPECT_EQ(ran, 1u);
  queue_.run(10, ran);
  EXPECT_EQ(ran, 2u);
  EXPECT_EQ(ran_, (std::vector<std::string>{"bad", "good"}));
}

TEST_F(RunQueueTest, PushWhileARecordIsOpenComesBehindIt) {
  const auto aside = [&](std::string_view text) {
    const Header header{this, 0};
    std::string payload(reinterpret_cast<const char*>(&header), sizeof header);
    payload += text;
    queue_.push(kOps, payload.data(), payload.size());
  };
  Writer writer = open();
  aside("second");
  aside("third");
  EXPECT_TRUE(queue_.empty());
  writer.raw("first", 5);
  queue_.commit(writer);
  Writer aborted = open();
  aside("fourth");
  queue_.abort(aborted);
  run_all();
  EXPECT_EQ(ran_, (std::vector<std::string>{"first", "second", "third", "fourth"}));
}

TEST_F(RunQueueTest, WhatDidNotRunIsDropped) {
  {
    RunQueue queue;
    const Header header{this, 0};
    for (int i = 0; i < 5000; ++i) queue.push(kOps, &header, sizeof header);
    queue.clear();
    EXPECT_EQ(dropped_, 5000);
    EXPECT_TRUE(queue.empty());
    queue.push(kOps, &header, sizeof header);
  }
  EXPECT_EQ(dropped_, 5001);
  EXPECT_TRUE(ran_.empty());
}

TEST_F(RunQueueTest, NotifiesOncePerRequest) {
  int notified = 0;
  queue_.on_notify([](void* count) { ++*static_cast<int*>(count); }, &notified);
  push("a");
  EXPECT_EQ(notified, 0);
  queue_.set_notify(true);
  push("b");
  push("c");
  EXPECT_EQ(notified, 1);
  queue_.set_notify(true);
  Writer writer = open();
  queue_.abort(writer);
  EXPECT_EQ(notified, 1);
  push("d");
  EXPECT_EQ(notified, 2);
}

TEST_F(RunQueueTest, PayloadsAreAlignedToEight) {
  static int misaligned;
  misaligned = 0;
  static constexpr JobOps kCheck = {[](void* payload, std::size_t) {
                                      if (reinterpret_cast<std::uintptr_t>(payload) % 8 != 0) {
                                        ++misaligned;
                                      }
                                    },
                                    nullptr};
  const char bytes[64] = {};
  for (std::size_t size = 0; size < 64; ++size) queue_.push(kCheck, bytes, size);
  EXPECT_EQ(run_all(), 64u);
  EXPECT_EQ(misaligned, 0);
}

}  // namespace
}  // namespace aemp
