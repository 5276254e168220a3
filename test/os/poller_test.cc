// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a poller backend must do.
#include "os/poller.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "loop/pipes.h"
#include "os/unix_host.h"

namespace aemp {
namespace {

constexpr std::uint64_t kToken = std::uint64_t{1} << 32;

class PollerTest : public testing::Test {
 protected:
  Poller& poller() { return host_->poller(); }
  // How many are reported at once; `first_` is the first of them.
  int wait(Nanos timeout = 0) {
    const int count = poller().wait(timeout, ready_);
    first_ = count > 0 ? ready_[0] : Ready{};
    return count;
  }

  std::unique_ptr<Host> host_ = make_unix_host();
  Ready ready_[8];
  Ready first_{};
  Pipe pipe_;
};

TEST_F(PollerTest, ReportsTokensAndEvents) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken + 5, kReadable).ok());
  EXPECT_EQ(wait(), 0);
  pipe_.put();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken + 5);
  EXPECT_EQ(first_.events, kReadable);
  EXPECT_EQ(wait(), 1) << "level-triggered";
}

TEST_F(PollerTest, ChangesInterestAndToken) {
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

TEST_F(PollerTest, NumberThatWasClosedAndReusedCountsAsAdded) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  Pipe other;
  ASSERT_EQ(dup2(other.read_end(), pipe_.read_end()), pipe_.read_end());
  bool added = false;
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable, &added).ok());
  EXPECT_TRUE(added);
  other.put();
  EXPECT_EQ(wait(), 1);
}

TEST_F(PollerTest, HangupWithoutInterestIsReportedOnceOnly) {
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

TEST_F(PollerTest, RefusesWhatCannotBeWatched) {
  std::FILE* file = std::tmpfile();
  const int fd = fileno(file);
  EXPECT_EQ(poller().watch(fd, kToken, kReadable).sys_errno(), EPERM);
  EXPECT_EQ(poller().watch(-1, kToken, kReadable).sys_errno(), EBADF);
  std::fclose(file);
  const Status closed = poller().watch(fd, kToken, kReadable);
  EXPECT_EQ(closed.sys_errno(), EBADF);
  EXPECT_NE(closed.text().find(std::to_string(fd)), std::string::npos);
}

TEST_F(PollerTest, WakeUpsBeforeAWaitCountAsOne) {
  poller().wake();
  poller().wake();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kWakeToken);
  EXPECT_EQ(first_.events, 0);
  EXPECT_EQ(wait(), 0);
  poller().wake();
  EXPECT_EQ(wait(-1), 1);
}

TEST_F(PollerTest, DescriptorTellsOfEventsWakeUpsAndItsTime) {
  const int fd = poller().descriptor().take();
  EXPECT_EQ(poller().descriptor().take(), fd);
  EXPECT_FALSE(readable(fd));
  poller().wake();
  EXPECT_TRUE(readable(fd));
  wait();
  EXPECT_FALSE(readable(fd));

  poller().arm(host_->clock().monotonic());
  EXPECT_TRUE(readable(fd, 60000));
  EXPECT_EQ(wait(), 0);
  EXPECT_TRUE(readable(fd)) << "until armed again";
  poller().arm(kNever);
  EXPECT_FALSE(readable(fd));
  poller().arm(0);
  EXPECT_TRUE(readable(fd, 60000));
  poller().arm(host_->clock().monotonic() + 3600 * kSecond);
  EXPECT_FALSE(readable(fd));

  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  pipe_.put();
  EXPECT_TRUE(readable(fd));
}

TEST_F(PollerTest, PurgeRemovesWhatWasClosedTooEarlyAndKeepsTheRest) {
  Pipe other;
  const int number = pipe_.read_end();
  const int duplicate = dup(number);
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  ASSERT_TRUE(poller().watch(other.read_end(), kToken + 1, kReadable).ok());
  pipe_.put();
  pipe_.close_read();
  poller().unwatch(number);
  EXPECT_EQ(wait(), 1) << "the kernel keeps an orphan";
  poller().purge_orphans();
  EXPECT_EQ(wait(), 0);
  other.put();
  poller().wake();
  EXPECT_EQ(wait(), 2);
  close(duplicate);
}

TEST_F(PollerTest, TimeoutsFarAwayAreHarmless) {
  poller().wake();
  EXPECT_EQ(wait(kNever), 1);
}

TEST(PollerThread, WakeFromAnotherThreadEndsAWait) {
  const auto host = make_unix_host();
  Ready ready[1];
  for (int i = 0; i < 1000; ++i) {
    std::thread thread([&] { host->poller().wake(); });
    EXPECT_EQ(host->poller().wait(-1, ready), 1);
    thread.join();
  }
}

}  // namespace
}  // namespace aemp
