// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Watches of the program's own descriptors.
#include <aemp/error.h>
#include <aemp/loop.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "loop/pipes.h"
#include "support/alloc_count.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

// How long a test waits for what must come, on however slow a machine.
constexpr auto kPatience = 60s;

TEST(LoopIo, ReportsReadinessLevelTriggered) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  Watch watch = loop.io(pipe.read_end(), Readable, [&](Events ready) {
    EXPECT_EQ(ready, Readable);
    ++calls;
  });
  EXPECT_FALSE(loop.run_once(0ms));
  pipe.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(pipe.take());
  EXPECT_FALSE(loop.run_once(0ms));
  watch.cancel();
  pipe.put();
  EXPECT_FALSE(loop.run_once(0ms));
}

// A table that had grown would not grow again.
void expect_refused_at_no_cost(Loop& loop, int fd) {
  const auto refuse = [&] {
    try {
      loop.io(fd, Readable, [] {});
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::system);
      EXPECT_NE(std::string(error.what()).find(std::to_string(fd)), std::string::npos)
          << error.what();
    }
  };
  const std::size_t first = test::allocations_in(refuse);
  EXPECT_EQ(first, test::allocations_in(refuse));
}

TEST(LoopIo, ANumberThatIsNoDescriptorIsRefusedWhateverItsSize) {
  Loop real;
  sim::Network network(1);
  sim::Process process(network);
  for (Loop* loop : {&real, &process.loop()}) {
    EXPECT_THROW(loop->io(-1, Readable, [] {}), Error);
    expect_refused_at_no_cost(*loop, 10'000'000);
    expect_refused_at_no_cost(*loop, std::numeric_limits<int>::max());
  }
}

TEST(LoopIo, WritableAndCallbackWithoutParameter) {
  Loop loop;
  Pipe pipe;
  int calls = 0;
  loop.io(pipe.write_end(), Writable, [&] { ++calls; });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, SeveralWatchesOfOneDescriptorSeeWhatTheyAskedFor) {
  Loop loop;
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  int reads = 0, writes = 0;
  Watch reader = loop.io(ends[0], Readable, [&](Events e) { reads += e == Readable ? 1 : 100; });
  Watch writer = loop.io(ends[0], Writable, [&](Events e) { writes += e == Writable ? 1 : 100; });
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(writes, 1);
  writer.cancel();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(writes, 1);
  char c;
  ASSERT_EQ(read(ends[0], &c, 1), 1);
  EXPECT_FALSE(loop.run_once(0ms));
  close(ends[0]);
  close(ends[1]);
}

TEST(LoopIo, HangupIsReportedAsWhatWasAskedFor) {
  Loop loop;
  Pipe reading, writing;
  Events read_seen = Events::None, write_seen = Events::None;
  loop.io(reading.read_end(), Readable, [&](Events e) { read_seen = e; });
  reading.close_write();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(read_seen, Readable);
  reading.close_read();
  loop.io(writing.write_end(), Writable, [&](Events e) { write_seen = e; });
  writing.close_read();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(write_seen, Writable);
}

TEST(LoopIo, PlainFileCannotBeWatchedAndTheErrorNamesIt) {
  Loop loop;
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  const int fd = fileno(file);
  for (int bad : {fd, -1, 1 << 20}) {
    try {
      loop.io(bad, Readable, [] {});
      FAIL() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::system);
      EXPECT_NE(std::string(error.what()).find(std::to_string(bad)), std::string::npos);
    }
  }
  std::fclose(file);
}

TEST(LoopIo, NoEventsAndNoCallbackAreMisuse) {
  Loop loop;
  Pipe pipe;
  const auto told = [](auto&& call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::bad_value);
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(told([&] { loop.io(pipe.read_end(), Events::None, [] {}); }),
            "a watch of descriptor " + std::to_string(pipe.read_end()) +
                " for no events: expected Readable or Writable");
  EXPECT_EQ(told([&] { loop.defer(nullptr); }), "defer needs a callback; this one is empty");
  EXPECT_EQ(told([&] { loop.post(nullptr); }), "post needs a callback; this one is empty");
  const std::string watch = "a watch needs a callback; this one is empty";
  EXPECT_EQ(told([&] { loop.io(pipe.read_end(), Readable, std::function<void()>()); }), watch);
  EXPECT_EQ(told([&] { loop.signal(SIGUSR1, std::function<void()>()); }), watch);
}

TEST(LoopIo, CallbackMayCloseItsDescriptorAndCancelItself) {
  Loop loop;
  Pipe pipe;
  pipe.put();
  int calls = 0;
  auto capture = std::make_shared<int>(1);
  Watch watch;
  watch = loop.io(pipe.read_end(), Readable, [&, capture] {
    ++calls;
    pipe.close_read();
    watch.cancel();
    EXPECT_EQ(*capture, 1);
  });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(capture.use_count(), 1);
  EXPECT_FALSE(loop.run_once(0ms));
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, CallbackMayCancelAllWatches) {
  Loop loop;
  std::vector<std::unique_ptr<Pipe>> pipes;
  std::vector<Watch> watches;
  int calls = 0;
  for (int i = 0; i < 50; ++i) {
    pipes.push_back(std::make_unique<Pipe>());
    pipes.back()->put();
    watches.push_back(loop.io(pipes.back()->read_end(), Readable, [&] {
      ++calls;
      for (Watch& watch : watches) watch.cancel();
      pipes.clear();
    }));
  }
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(loop.run_once(0ms));
}

TEST(LoopIo, CallbackMayStopTheLoop) {
  Loop loop;
  Pipe pipe;
  pipe.put();
  loop.io(pipe.read_end(), Readable, [&] { loop.stop(); });
  loop.run();
  SUCCEED();
}

TEST(LoopIo, EventOfAClosedDescriptorDoesNotReachItsSuccessor) {
  Loop loop;
  Pipe first, second, fresh;
  first.put();
  second.put();
  const int number = second.read_end();
  int stale = 0;
  int callbacks = 0;
  Watch watches[2];
  // Whichever of the two comes first replaces the descriptor of the other by a silent one.
  const auto replace = [&](int own, Pipe& other) {
    ++callbacks;
    watches[1 - own].cancel();
    const int target = other.read_end();
    ASSERT_EQ(dup2(fresh.read_end(), target), target);
    watches[1 - own] = loop.io(target, Readable, [&] { ++stale; });
  };
  watches[0] = loop.io(first.read_end(), Readable, [&] { replace(0, second); });
  watches[1] = loop.io(number, Readable, [&] { replace(1, first); });
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(callbacks, 1);
  EXPECT_EQ(stale, 0);
}

TEST(LoopIo, NumberThatWasClosedBeforeCancellingCanBeWatchedAnew) {
  Loop loop;
  auto old_pipe = std::make_unique<Pipe>();
  const int number = old_pipe->read_end();
  int old_calls = 0, new_calls = 0;
  Watch old_watch = loop.io(number, Readable, [&] { ++old_calls; });
  Pipe new_pipe;
  ASSERT_EQ(dup2(new_pipe.read_end(), number), number);
  Watch new_watch = loop.io(number, Readable, [&] { ++new_calls; });
  EXPECT_FALSE(old_watch.active());
  old_watch.cancel();
  new_pipe.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(old_calls, 0);
  EXPECT_EQ(new_calls, 1);
}

TEST(LoopIo, DuplicateOfADescriptorClosedTooEarlyDoesNotKeepTheLoopBusy) {
  Loop loop;
  Pipe pipe, other;
  pipe.put();
  const int duplicate = dup(pipe.read_end());
  int other_calls = 0;
  loop.io(other.read_end(), Readable, [&] { ++other_calls; });
  Watch watch = loop.io(pipe.read_end(), Readable, [] {});
  pipe.close_read();
  watch.cancel();
  // The event that nobody can take away is noticed once, and gone then.
  loop.run_once(0ms);
  bool late = false;
  loop.timer(20ms, [&] { late = true; });
  int turns = 0;
  EXPECT_TRUE(loop.run_until([&] { return ++turns, late; }, kPatience));
  EXPECT_LT(turns, 20);
  other.put();
  EXPECT_TRUE(loop.run_once());
  EXPECT_EQ(other_calls, 1);
  close(duplicate);
}

TEST(LoopIo, ThrowingWatchDoesNotKeepOthersOfItsDescriptorFromRunning) {
  Loop loop;
  testing::internal::CaptureStderr();
  Pipe pipe;
  pipe.put();
  int calls = 0;
  loop.io(pipe.read_end(), Readable, [] { throw 1; });
  loop.io(pipe.read_end(), Readable, [&] { ++calls; });
  EXPECT_TRUE(loop.run_once());
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(calls, 1);
}

TEST(LoopIo, MoreDescriptorsThanOneWaitReportsAreAllServed) {
  Loop loop;
  std::vector<std::unique_ptr<Pipe>> pipes;
  std::vector<int> calls(300);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 700) GTEST_SKIP() << "needs 700 descriptors";
  for (std::size_t i = 0; i < calls.size(); ++i) {
    pipes.push_back(std::make_unique<Pipe>());
    pipes.back()->put();
    loop.io(pipes.back()->read_end(), Readable, [&, i] {
      ++calls[i];
      pipes[i]->take();
    });
  }
  EXPECT_TRUE(loop.run_until([&] { return std::accumulate(calls.begin(), calls.end(), 0) >= 300; },
                             kPatience));
  EXPECT_EQ(std::count(calls.begin(), calls.end(), 1), 300);
}

}  // namespace
}  // namespace aemp
