// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What every poller backend must do when something ends, fails, is used again or is interrupted.
// Which of kHangup and kError it is may differ where a test takes either.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "os/poller_fixture.h"
#include "os/sys.h"

namespace aemp {
namespace {

class PollerEdge : public PollerTest {
 protected:
  // A TCP connection to a port where nobody listens. It may be refused at once or later.
  int dial_nobody() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    // The port of a socket that does not listen stays its own, and refuses.
    taken_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(taken_.get(), reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(getsockname(taken_.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
    connect(fd, reinterpret_cast<sockaddr*>(&name), size);
    return fd;
  }
  static int pending_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    EXPECT_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    return error;
  }

  Fd taken_;
};
class PollerEdgeThread : public PollerTest {};

INSTANTIATE_TEST_SUITE_P(Backends, PollerEdge, testing::ValuesIn(kBackends), name_of);
INSTANTIATE_TEST_SUITE_P(Backends, PollerEdgeThread, testing::ValuesIn(kBackends), name_of);

TEST_P(PollerEdge, PipesHangUpAtBothEnds) {
  Pipe read_side, write_side, late;
  ASSERT_TRUE(poller().watch(read_side.read_end(), kToken, 0).ok());
  ASSERT_TRUE(poller().watch(write_side.write_end(), kToken + 1, 0).ok());
  EXPECT_EQ(wait(), 0);
  read_side.close_write();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken);
  EXPECT_NE(first_.events & (kHangup | kError), 0);
  write_side.close_read();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken + 1);
  EXPECT_NE(first_.events & (kHangup | kError), 0);
  late.close_read();
  ASSERT_TRUE(poller().watch(late.write_end(), kToken + 2, kWritable).ok());
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken + 2);
  EXPECT_NE(first_.events & (kHangup | kError), 0);
}

TEST_P(PollerEdge, PipeWithoutReaderIsToldAgainAndAgain) {
  pipe_.close_read();
  bool added = false;
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken, kWritable, &added).ok());
  EXPECT_TRUE(added);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(wait(), 1);
    EXPECT_EQ(first_.token, kToken);
    EXPECT_NE(first_.events & (kHangup | kError), 0);
  }
  poller().unwatch(pipe_.write_end());
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerEdge, PipeWithoutReaderIsToldOnceWithoutInterestAndStaysWatched) {
  pipe_.close_read();
  bool added = false;
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken, 0, &added).ok());
  EXPECT_TRUE(added);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events & (kReadable | kWritable), 0);
  EXPECT_EQ(wait(), 0);
  for (const std::uint8_t interest : {kWritable, kReadable, kWritable}) {
    ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken + 1, interest, &added).ok());
    EXPECT_FALSE(added) << "the same file, interest " << int{interest};
  }
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kToken + 1);
}

TEST_P(PollerEdge, NumberOfAPipeWithoutReaderIsReused) {
  for (const int interest : {0, int{kWritable}, kReadable | kWritable}) {
    Pipe old;
    Ends fresh;
    old.close_read();
    const int number = old.write_end();
    ASSERT_TRUE(poller().watch(number, kToken, static_cast<std::uint8_t>(interest)).ok());
    ASSERT_EQ(dup2(fresh.here, number), number);
    bool added = false;
    ASSERT_TRUE(poller().watch(number, kToken + 1, kReadable, &added).ok());
    EXPECT_TRUE(added) << "another file, interest " << interest;
    EXPECT_EQ(wait(), 0) << "what is pending goes with the descriptor";
    ASSERT_EQ(write(fresh.there, "x", 1), 1);
    ASSERT_EQ(wait(), 1);
    EXPECT_EQ(first_.token, kToken + 1);
    EXPECT_EQ(first_.events, kReadable);
    poller().unwatch(number);
  }
}

TEST_P(PollerEdge, DescriptorIsReadableWhileAPipeHasNoReader) {
  Pipe other;
  pipe_.close_read();
  other.close_read();
  ASSERT_TRUE(poller().watch(pipe_.write_end(), kToken, kWritable).ok());
  const int fd = poller().descriptor().take();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(readable(fd));
    EXPECT_EQ(wait(), 1) << "and no wake-up";
    EXPECT_EQ(first_.token, kToken);
  }
  poller().arm(kNever);
  EXPECT_TRUE(readable(fd));
  poller().unwatch(pipe_.write_end());
  EXPECT_EQ(wait(), 0);
  EXPECT_FALSE(readable(fd));
  ASSERT_TRUE(poller().watch(other.write_end(), kToken, 0).ok());
  EXPECT_TRUE(readable(fd));
  EXPECT_EQ(wait(), 1);
  EXPECT_FALSE(readable(fd)) << "told once";
  poller().arm(monotonic());
  EXPECT_TRUE(readable(fd, 60000));
  ASSERT_TRUE(poller().watch(other.write_end(), kToken, kWritable).ok());
  poller().unwatch(other.write_end());
  EXPECT_TRUE(readable(fd)) << "the time has come all the same";
}

TEST_P(PollerEdge, OwnShutdownIsNoHangup) {
  Ends sockets;
  ASSERT_EQ(shutdown(sockets.here, SHUT_WR), 0);
  ASSERT_TRUE(poller().watch(sockets.here, kToken, kWritable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kWritable);
  ASSERT_TRUE(poller().watch(sockets.here, kToken, kReadable | kWritable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kWritable);
  ASSERT_TRUE(poller().watch(sockets.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(write(sockets.there, "x", 1), 1);
  sockets.close_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.events, kHangup) << "with something left to read";
}

TEST_P(PollerEdge, RefusedConnectionIsAWritableError) {
  const int fd = dial_nobody();
  ASSERT_TRUE(poller().watch(fd, kToken, kWritable).ok());
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & kWritable, 0);
  EXPECT_NE(first_.events & kError, 0);
  EXPECT_EQ(pending_error(fd), ECONNREFUSED) << "the poller leaves the error in the socket";
  poller().unwatch(fd);
  close(fd);
}

TEST_P(PollerEdge, ErrorIsReportedUnasked) {
  const int fd = dial_nobody();
  ASSERT_TRUE(poller().watch(fd, kToken, 0).ok());
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & (kHangup | kError), 0);
  EXPECT_EQ(wait(), 0);
  poller().unwatch(fd);
  close(fd);
}

TEST_P(PollerEdge, HangupSurvivesChangesOfOtherDescriptors) {
  Ends quiet, other, third;
  ASSERT_TRUE(poller().watch(quiet.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  quiet.close_there();
  ASSERT_TRUE(poller().watch(other.here, kToken + 1, kReadable).ok());
  ASSERT_TRUE(poller().watch(third.here, kToken + 2, kReadable | kWritable).ok());
  poller().unwatch(third.here);
  EXPECT_EQ(wait(-1), 1);
  EXPECT_EQ(first_.token, kToken);
  EXPECT_NE(first_.events & kHangup, 0);
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerEdge, HangupIsForgottenWithItsDescriptor) {
  Ends quiet, other;
  ASSERT_TRUE(poller().watch(quiet.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  quiet.close_there();
  ASSERT_TRUE(poller().watch(other.here, kToken + 1, kReadable).ok());
  poller().unwatch(quiet.here);
  EXPECT_EQ(wait(), 0);
}

TEST_P(PollerEdge, EndIsReadableAfterWhatCameBeforeIt) {
  Ends sockets;
  ASSERT_TRUE(poller().watch(sockets.here, kToken, kReadable).ok());
  ASSERT_EQ(write(sockets.there, "x", 1), 1);
  ASSERT_EQ(shutdown(sockets.there, SHUT_WR), 0);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kReadable) << "one direction is no hangup";
  char c;
  ASSERT_EQ(read(sockets.here, &c, 1), 1);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.events, kReadable);
  EXPECT_EQ(read(sockets.here, &c, 1), 0);
  ASSERT_TRUE(poller().watch(sockets.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  sockets.close_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & kHangup, 0);
}

TEST_P(PollerEdge, WithoutInterestOnlyAHangupIsReportedAndOnlyOnce) {
  Ends sockets;
  ASSERT_TRUE(poller().watch(sockets.here, kToken, 0).ok());
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(write(sockets.there, "x", 1), 1);
  EXPECT_EQ(wait(), 0);
  sockets.fill();
  sockets.drain_there();
  EXPECT_EQ(wait(), 0);
  sockets.close_there();
  EXPECT_EQ(wait(-1), 1);
  EXPECT_NE(first_.events & kHangup, 0);
  EXPECT_EQ(first_.events & (kReadable | kWritable), 0);
  EXPECT_EQ(wait(), 0);
  ASSERT_TRUE(poller().watch(sockets.here, kToken, kReadable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_NE(first_.events & kReadable, 0) << "what came meanwhile";
}

TEST_P(PollerEdge, NumberReusedWithoutAWordIsAnotherFile) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  pipe_.put();
  const int number = pipe_.read_end();
  pipe_.close_read();
  EXPECT_EQ(wait(), 0) << "what is pending goes with the descriptor";
  Pipe other;
  if (other.read_end() != number) {
    ASSERT_EQ(dup2(other.read_end(), number), number);
  }
  other.put();
  EXPECT_EQ(wait(), 0) << "nobody watches this one";
  // The same token and interest: still it must be registered.
  ASSERT_TRUE(poller().watch(number, kToken, kReadable).ok());
  EXPECT_EQ(wait(), 1);
  ASSERT_TRUE(poller().watch(number, kToken + 7, kReadable).ok());
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kToken + 7);
  poller().unwatch(number);
  EXPECT_EQ(wait(), 0);
  if (other.read_end() != number) close(number);
}

TEST_P(PollerEdge, LittleRoomStarvesNobody) {
  Ends one, two;
  ASSERT_TRUE(poller().watch(one.here, kToken + 1, kReadable | kWritable).ok());
  ASSERT_TRUE(poller().watch(two.here, kToken + 2, kReadable | kWritable).ok());
  ASSERT_EQ(write(one.there, "x", 1), 1);
  ASSERT_EQ(write(two.there, "x", 1), 1);
  std::set<std::pair<std::uint64_t, int>> seen;
  for (int i = 0; i < 16; ++i) {
    ASSERT_EQ(poller().wait(0, std::span(ready_).first(1)), 1);
    for (const int bit : {kReadable, kWritable}) {
      if ((ready_[0].events & bit) != 0) seen.emplace(ready_[0].token, bit);
    }
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST_P(PollerEdge, WakeUpsAreNotLostWhileTheTimeHasCome) {
  const int fd = poller().descriptor().take();
  poller().arm(monotonic());
  poller().wake();
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kWakeToken);
  EXPECT_EQ(wait(), 0);
  EXPECT_TRUE(readable(fd));
  poller().wake();
  poller().arm(kNever);
  EXPECT_TRUE(readable(fd));
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(first_.token, kWakeToken);
  EXPECT_FALSE(readable(fd));
}

TEST_P(PollerEdge, DescriptorsAreClosedOnExec) {
  std::set<int> before;
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) before.insert(fd);
  }
  const auto other = GetParam().make(fork_).take();
  ASSERT_TRUE(other->descriptor().ok());
  int made = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || before.count(fd) != 0) continue;
    ++made;
    EXPECT_NE(flags & FD_CLOEXEC, 0) << fd;
  }
  EXPECT_GE(made, 2);
}

TEST_P(PollerEdge, ForkedChildIsInertAndClosesNothingOfItsOwn) {
  ASSERT_TRUE(poller().watch(pipe_.read_end(), kToken, kReadable).ok());
  const pid_t pid = fork();
  if (pid == 0) {
    // These may get the numbers of what a child does not inherit.
    std::vector<int> own;
    for (int i = 0; i < 16; ++i) own.push_back(dup(pipe_.write_end()));
    poller().wake();
    poller().unwatch(pipe_.read_end());
    const bool inert =
        poller().watch(own[0], kToken, kWritable).ok() && poller().wait(-1, ready_) == 0;
    poller_.reset();
    bool kept = true;
    for (const int fd : own) kept = kept && fcntl(fd, F_GETFD) >= 0;
    const ForkGuard fresh_guard;
    const auto fresh = GetParam().make(fresh_guard).take();
    fresh->wake();
    _exit(inert && kept && fresh->wait(0, ready_) == 1 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(wait(), 0);
  pipe_.put();
  EXPECT_EQ(wait(), 1);
}

TEST_P(PollerEdgeThread, SignalEndsAWaitWithNothing) {
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<bool> done{false};
  const pthread_t waiting = pthread_self();
  // The first may come before the wait began.
  std::thread thread([&] {
    while (!done) {
      pthread_kill(waiting, SIGUSR1);
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(wait(-1), 0);
  done = true;
  thread.join();
  EXPECT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
}

}  // namespace
}  // namespace aemp
