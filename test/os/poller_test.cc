// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What every poller backend must do.
#include "os/poller.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "os/poller_fixture.h"
#include "support/alloc_count.h"

namespace aemp {
namespace {

INSTANTIATE_TEST_SUITE_P(Backends, PollerTest, testing::ValuesIn(kBackends), name_of);

TEST_P(PollerTest, ReportsTokensAndEvents) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken + 5, kReadable).ok());
  EXPECT_EQ(wait(), 0);
  pipe_.put();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken + 5);
  EXPECT_EQ(first_.events, kReadable);
  EXPECT_EQ(wait(), 1) << "level-triggered";
}

TEST_P(PollerTest, ChangesInterestAndToken) {
  bool added = false;
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken, kReadable, &added).ok());
  EXPECT_TRUE(added);
  EXPECT_EQ(wait(), 0);
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken + 1, kWritable, &added).ok());
  EXPECT_FALSE(added);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kToken + 1);
  EXPECT_EQ(first_.events, kWritable);
  poller().unwatch(pipe_.write_end());
  EXPECT_EQ(wait(), 0);
  poller().unwatch(pipe_.write_end());
  poller().unwatch(-1);
  poller().unwatch(123456);
}

TEST_P(PollerTest, NumberThatWasClosedAndReusedCountsAsAdded) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  Pipe other;
  ASSERT_EQ(dup2(other.read_end(), pipe_.read_end()), pipe_.read_end());
  bool added = false;
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable, &added).ok());
  EXPECT_TRUE(added);
  other.put();
  EXPECT_EQ(wait(), 1);
}

TEST_P(PollerTest, HangupWithoutInterestIsReportedOnceOnly) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  ASSERT_TRUE(poller().watch(ends[0], kToken, 0).ok());
  close(ends[1]);
  EXPECT_EQ(wait(), 1);
  EXPECT_NE(first_.events & kHangup, 0);
  EXPECT_EQ(wait(), 0);
  poller().unwatch(ends[0]);
  close(ends[0]);
}

TEST_P(PollerTest, RefusesWhatCannotBeWatched) {
  std::FILE* file = std::tmpfile();
  const int fd = fileno(file);
  EXPECT_EQ(poller().watch(fd, kToken, kReadable).sys_errno(), EPERM);
  EXPECT_EQ(poller().watch(-1, kToken, kReadable).sys_errno(), EBADF);
  const int directory = open("/", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(poller().watch(directory, kToken, kReadable).sys_errno(), EPERM);
  close(directory);
  std::fclose(file);
  const Status closed = poller().watch(fd, kToken, kReadable);
  EXPECT_EQ(closed.sys_errno(), EBADF);
  EXPECT_NE(closed.text().find(std::to_string(fd)), std::string::npos);
}

TEST_P(PollerTest, NoTableGrowsForANumberThatIsNoDescriptor) {
  constexpr int kHigh = 10'000'000;
  const auto refuse = [&] {
    const Status watched = poller().watch(kHigh, kToken, kReadable);
    EXPECT_EQ(watched.sys_errno(), EBADF);
    EXPECT_NE(watched.text().find(std::to_string(kHigh)), std::string::npos);
  };
  const std::size_t first = test::allocations_in(refuse);
  EXPECT_EQ(first, test::allocations_in(refuse));
}

TEST_P(PollerTest, WakeUpsBeforeAWaitCountAsOne) {
  poller().wake();
  poller().wake();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kWakeToken);
  EXPECT_EQ(first_.events, 0);
  EXPECT_EQ(wait(), 0);
  poller().wake();
  EXPECT_EQ(wait(-1), 1);
}

TEST_P(PollerTest, DescriptorTellsOfEventsWakeUpsAndItsTime) {
  const int fd = poller().descriptor().take();
  EXPECT_EQ(poller().descriptor().take(), fd);
  EXPECT_FALSE(readable(fd));
  poller().wake();
  EXPECT_TRUE(readable(fd));
  wait();
  EXPECT_FALSE(readable(fd));

  poller().arm(monotonic());
  EXPECT_TRUE(readable(fd, 60000));
  EXPECT_EQ(wait(), 0);
  EXPECT_TRUE(readable(fd)) << "until armed again";
  poller().arm(kNever);
  EXPECT_FALSE(readable(fd));
  poller().arm(0);
  EXPECT_TRUE(readable(fd, 60000));
  poller().arm(monotonic() + 3600 * kSecond);
  EXPECT_FALSE(readable(fd));

  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  pipe_.put();
  EXPECT_TRUE(readable(fd));
}

TEST_P(PollerTest, PurgeRemovesWhatWasClosedTooEarlyAndKeepsTheRest) {
  Pipe other;
  const int number = pipe_.read_end();
  const int duplicate = dup(number);
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  ASSERT_TRUE(poller().watch(other.read_end(), kToken + 1, kReadable).ok());
  pipe_.put();
  pipe_.close_read();
  poller().unwatch(number);
  EXPECT_LE(wait(), 1) << "the kernel may keep an orphan";
  poller().purge_orphans();
  EXPECT_EQ(wait(), 0);
  other.put();
  poller().wake();
  EXPECT_EQ(wait(), 2);
  close(duplicate);
}

TEST_P(PollerTest, TimeoutsFarAwayAreHarmless) {
  poller().wake();
  EXPECT_EQ(wait(kNever), 1);
}

TEST_P(PollerTest, ReportsBothDirectionsOfADescriptorAtOnce) {
  Ends ends;
  ASSERT_EQ(::write(ends.there, "x", 1), 1);
  ASSERT_TRUE(poller().watch(ends.here, kToken, kReadable | kWritable).ok());
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.events, kReadable | kWritable);
  poller().unwatch(ends.here);
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerTest, WritableAgainWhenTheOtherEndHasRead) {
  Ends ends;
  ends.fill();
  ASSERT_TRUE(poller().watch(ends.here, kToken, kWritable).ok());
  EXPECT_EQ(wait(), 0);
  ends.drain_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.events, kWritable);
}

TEST_P(PollerTest, EveryChangeOfInterest) {
  Ends ends;
  ASSERT_EQ(::write(ends.there, "x", 1), 1);
  std::uint64_t token = kToken;
  for (std::uint8_t from = 0; from < 4; ++from) {
    for (std::uint8_t to = 0; to < 4; ++to) {
      bool added = true;
      ASSERT_TRUE(poller().watch(ends.here, token, from).ok());
      ASSERT_TRUE(poller().watch(ends.here, ++token, to, &added).ok());
      EXPECT_FALSE(added);
      for (int again = 0; again < 2; ++again) {
        EXPECT_EQ(wait(), to != 0 ? 1 : 0) << int{from} << " to " << int{to};
        EXPECT_EQ(first_.events, to) << int{from} << " to " << int{to};
        EXPECT_EQ(first_.token, to != 0 ? token : 0);
      }
    }
  }
}

TEST_P(PollerTest, TheEndOfAConnectionIsReadable) {
  Ends ends;
  ASSERT_TRUE(poller().watch(ends.here, kToken, kReadable).ok());
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(::write(ends.there, "x", 1), 1);
  ends.close_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & kReadable, 0);
  char c;
  EXPECT_EQ(::read(ends.here, &c, 1), 1);
  EXPECT_EQ(wait(), 1) << "the end itself";
  EXPECT_NE(first_.events & kReadable, 0);
  EXPECT_EQ(::read(ends.here, &c, 1), 0);
}

TEST_P(PollerTest, AHalfClosedConnectionIsReadableAndNoMore) {
  Ends ends;
  ASSERT_TRUE(poller().watch(ends.here, kToken, kReadable | kWritable).ok());
  ::shutdown(ends.there, SHUT_WR);
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.events, kReadable | kWritable);
}

TEST_P(PollerTest, NobodyReadsAnyMore) {
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken, kWritable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kWritable);
  pipe_.close_read();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & (kHangup | kError), 0);
}

TEST_P(PollerTest, AFullConnectionThatIsClosedIsReportedToTheWriter) {
  Ends ends;
  ends.fill();
  ASSERT_TRUE(poller().watch(ends.here, kToken, kWritable).ok());
  EXPECT_EQ(wait(), 0);
  ends.close_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & kHangup, 0);
}

TEST_P(PollerTest, WithoutInterestDataIsNotReported) {
  Ends ends;
  ASSERT_TRUE(poller().watch(ends.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(::write(ends.there, "x", 1), 1);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(wait(20 * kMillisecond), 0);
}

TEST_P(PollerTest, RemovedWhilePendingIsNotReported) {
  pipe_.put();
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  poller().unwatch(pipe_.read_end());
  EXPECT_EQ(wait(), 0);
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken + 1, kReadable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kToken + 1);
  pipe_.close_read();
  EXPECT_EQ(wait(), 0) << "closed without a word";
}

TEST_P(PollerTest, NumberThatWasUnwatchedAndReusedTellsOfTheNewFile) {
  Ends old;
  ASSERT_TRUE(poller().watch(old.here, kToken, kReadable | kWritable).ok());
  const int number = old.here;
  poller().unwatch(number);
  old.close_here();
  Pipe other;
  const int reused = other.read_end() == number ? number : dup2(other.read_end(), number);
  ASSERT_EQ(reused, number);
  ASSERT_TRUE(poller().watch(number, kToken + 1, kReadable).ok());
  EXPECT_EQ(wait(), 0);
  other.put();
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kToken + 1);
  EXPECT_EQ(first_.events, kReadable);
  poller().unwatch(number);
  if (number != other.read_end()) close(number);
}

TEST_P(PollerTest, NumberReusedWithOtherInterestIsFullyWatched) {
  Ends old;
  const int number = old.here;
  ASSERT_TRUE(poller().watch(number, kToken, kReadable).ok());
  Ends fresh;
  ASSERT_EQ(dup2(fresh.here, number), number);
  bool added = false;
  ASSERT_TRUE(poller().watch(number, kToken + 1, kReadable | kWritable, &added).ok());
  EXPECT_TRUE(added);
  ASSERT_EQ(::write(fresh.there, "x", 1), 1);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kReadable | kWritable);
}

TEST_P(PollerTest, ThousandsOfDescriptorsGetTheirTurn) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const std::size_t many = std::min<std::size_t>(2000, (limit.rlim_cur - 100) / 2);
  std::vector<std::unique_ptr<Pipe>> pipes;
  for (std::uint64_t i = 0; i < many; ++i) {
    pipes.push_back(std::make_unique<Pipe>());
    pipes.back()->put();
    ASSERT_TRUE(poller().watch(pipes.back()->read_end(), kToken + i, kReadable).ok()) << i;
  }
  std::map<std::uint64_t, int> seen;
  std::vector<Ready> ready(64);
  for (std::size_t turn = 0; turn < many && seen.size() < many; ++turn) {
    const int n = poller().wait(0, ready);
    ASSERT_GT(n, 0);
    for (int i = 0; i < n; ++i) ++seen[ready[static_cast<std::size_t>(i)].token];
  }
  EXPECT_EQ(seen.size(), many);
  for (const auto& pipe : pipes) poller().unwatch(pipe->read_end());
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerTest, NoMoreIsReportedThanThereIsRoomForAndNothingIsLost) {
  Ends one, two;
  ASSERT_EQ(::write(one.there, "x", 1), 1);
  ASSERT_EQ(::write(two.there, "x", 1), 1);
  ASSERT_TRUE(poller().watch(one.here, kToken, kReadable | kWritable).ok());
  ASSERT_TRUE(poller().watch(two.here, kToken + 1, kReadable | kWritable).ok());
  poller().wake();
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 20; ++i) {
    Ready ready[1];
    ASSERT_LE(poller().wait(0, ready), 1);
    seen[ready[0].token] |= ready[0].events;
  }
  EXPECT_EQ(seen[kToken], kReadable | kWritable);
  EXPECT_EQ(seen[kToken + 1], kReadable | kWritable);
  EXPECT_TRUE(seen.contains(kWakeToken));
}

// No bound from above: the machine may be busy.
TEST_P(PollerTest, TimeoutsAreRoundedUp) {
  for (const Nanos timeout : {Nanos{1}, kMillisecond, kMillisecond + 1, 7 * kMillisecond}) {
    const Nanos start = monotonic();
    EXPECT_EQ(wait(timeout), 0);
    EXPECT_GE(monotonic() - start, timeout);
  }
}

TEST_P(PollerTest, ArmedTimeComesNotBeforeItsTime) {
  const int fd = poller().descriptor().take();
  const Nanos deadline = monotonic() + 5 * kMillisecond + 1;
  poller().arm(deadline);
  ASSERT_TRUE(readable(fd, 60000));
  EXPECT_GE(monotonic(), deadline);
  // As often as it is looked at, until the next one.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(wait(), 0);
    EXPECT_TRUE(readable(fd, 60000));
  }
  poller().arm(monotonic() + 3600 * kSecond);
  EXPECT_FALSE(readable(fd));
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerTest, AChildProcessLeavesItAlone) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  poller().descriptor().take();
  const pid_t child = fork();
  if (child == 0) {
    poller().unwatch(pipe_.read_end());
    poller().wake();
    poller().arm(0);
    poller_.reset();
    _exit(fcntl(pipe_.read_end(), F_GETFD) >= 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(wait(), 0);
  pipe_.put();
  EXPECT_EQ(wait(-1), 1);
}

class PollerThread : public PollerTest {};
INSTANTIATE_TEST_SUITE_P(Backends, PollerThread, testing::ValuesIn(kBackends), name_of);

TEST_P(PollerThread, WakeFromAnotherThreadEndsAWait) {
  for (int i = 0; i < 1000; ++i) {
    std::thread thread([&] { poller().wake(); });
    EXPECT_EQ(wait(-1), 1);
    thread.join();
  }
}

}  // namespace
}  // namespace aemp
