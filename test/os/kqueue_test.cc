// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The stand-in does what the man pages say.
#include "support/kqueue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Kevent = struct kevent;

class KqueueTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(kq_, 0);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_), 0);
  }
  void TearDown() override {
    for (const int fd : {kq_, ends_[0], ends_[1]}) {
      if (fd >= 0) close(fd);
    }
  }
  // 0, or the error of one change.
  int change(int fd, int filter, int flags, intptr_t data = 0, void* udata = nullptr) {
    Kevent made;
    EV_SET(&made, fd, filter, flags, 0, data, udata);
    return kevent(kq_, &made, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
  }
  int wait(long ns = 0) {
    const timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
    return kevent(kq_, nullptr, 0, found_, 8, &limit);
  }
  void put(char c = 'x') { ASSERT_EQ(write(ends_[1], &c, 1), 1); }
  void take() {
    char c;
    ASSERT_EQ(read(ends_[0], &c, 1), 1);
  }
  void close_peer() {
    close(ends_[1]);
    ends_[1] = -1;
  }
  bool readable() {
    pollfd entry{kq_, POLLIN, 0};
    return poll(&entry, 1, 0) == 1;
  }

  int kq_ = kqueue();
  int ends_[2] = {-1, -1};
  Kevent found_[8];
};

TEST_F(KqueueTest, ReportsWhatWasAskedForUntilItIsGone) {
  int mark;
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD, 0, &mark), 0);
  EXPECT_EQ(wait(), 0);
  put();
  put();
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(wait(), 1);
    EXPECT_EQ(found_[0].ident, static_cast<uintptr_t>(ends_[0]));
    EXPECT_EQ(found_[0].filter, EVFILT_READ);
    EXPECT_EQ(found_[0].flags & (EV_EOF | EV_ERROR), 0);
    EXPECT_EQ(found_[0].data, 2);
    EXPECT_EQ(found_[0].udata, &mark);
  }
  take();
  take();
  EXPECT_EQ(wait(), 0);
}

TEST_F(KqueueTest, FiltersOfOneDescriptorAreSeparateEvents) {
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  ASSERT_EQ(change(ends_[0], EVFILT_WRITE, EV_ADD), 0);
  put();
  ASSERT_EQ(wait(), 2);
  EXPECT_NE(found_[0].filter, found_[1].filter);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), 0);
  ASSERT_EQ(wait(), 1);
  EXPECT_EQ(found_[0].filter, EVFILT_WRITE);
  EXPECT_GT(found_[0].data, 0);
}

TEST_F(KqueueTest, AddingAgainModifiesAndMakesNoDuplicate) {
  int mark;
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD, 0, &mark), 0);
  put();
  ASSERT_EQ(wait(), 1);
  EXPECT_EQ(found_[0].udata, &mark);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), 0);
  EXPECT_EQ(wait(), 0);
}

TEST_F(KqueueTest, DisabledIsNotReportedUntilEnabled) {
  put();
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD | EV_DISABLE), 0);
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ENABLE), 0);
  EXPECT_EQ(wait(), 1);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_DISABLE), 0);
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  EXPECT_EQ(wait(), 1) << "adding enables";
}

TEST_F(KqueueTest, OneshotIsDeletedOnceReported) {
  put();
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), ENOENT);
}

TEST_F(KqueueTest, ClearReportsChangesOfStateOnly) {
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD | EV_CLEAR), 0);
  put();
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(wait(), 0);
  put();
  EXPECT_EQ(wait(), 1);
  EXPECT_EQ(found_[0].data, 2);
  close_peer();
  EXPECT_EQ(wait(), 1);
  EXPECT_NE(found_[0].flags & EV_EOF, 0);
  EXPECT_EQ(wait(), 0);
}

TEST_F(KqueueTest, EndOfInputIsToldWithTheDataBeforeIt) {
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  ASSERT_EQ(change(ends_[0], EVFILT_WRITE, EV_ADD), 0);
  put();
  ASSERT_EQ(shutdown(ends_[1], SHUT_WR), 0);
  ASSERT_EQ(wait(), 2);
  for (const Kevent& event : {found_[0], found_[1]}) {
    const bool reads = event.filter == EVFILT_READ;
    EXPECT_EQ((event.flags & EV_EOF) != 0, reads);
    if (reads) {
      EXPECT_EQ(event.data, 1);
    }
  }
  close_peer();
  ASSERT_EQ(wait(), 2);
  EXPECT_NE(found_[0].flags & found_[1].flags & EV_EOF, 0);
}

TEST_F(KqueueTest, OwnShutdownEndsWriting) {
  ASSERT_EQ(change(ends_[0], EVFILT_WRITE, EV_ADD), 0);
  ASSERT_EQ(shutdown(ends_[0], SHUT_WR), 0);
  ASSERT_EQ(wait(), 1);
  EXPECT_NE(found_[0].flags & EV_EOF, 0);
}

TEST_F(KqueueTest, SocketErrorComesInFflagsAndStaysInTheSocket) {
  const int taken = socket(AF_INET, SOCK_STREAM, 0);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  ASSERT_EQ(bind(taken, reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(getsockname(taken, reinterpret_cast<sockaddr*>(&name), &size), 0);
  connect(fd, reinterpret_cast<sockaddr*>(&name), size);
  ASSERT_EQ(change(fd, EVFILT_WRITE, EV_ADD), 0);
  ASSERT_EQ(kevent(kq_, nullptr, 0, found_, 8, nullptr), 1);
  EXPECT_NE(found_[0].flags & EV_EOF, 0);
  EXPECT_EQ(found_[0].fflags, static_cast<unsigned>(ECONNREFUSED));
  int pending = 0;
  size = sizeof pending;
  ASSERT_EQ(getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size), 0);
  EXPECT_EQ(pending, ECONNREFUSED);
  close(fd);
  close(taken);
}

TEST_F(KqueueTest, PipesWithoutReadersCannotBeWatchedForWriting) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(change(ends[1], EVFILT_WRITE, EV_ADD), 0);
  ASSERT_EQ(change(ends[1], EVFILT_WRITE, EV_DELETE), 0);
  close(ends[0]);
  EXPECT_EQ(change(ends[1], EVFILT_WRITE, EV_ADD), EPIPE);
  EXPECT_EQ(change(ends[1], EVFILT_READ, EV_ADD | EV_DISABLE), 0);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(change(ends[1], EVFILT_READ, EV_DISABLE), 0);
  close(ends[1]);
  EXPECT_EQ(change(ends[1], EVFILT_READ, EV_DISABLE), EBADF);
}

TEST_F(KqueueTest, PipesWithoutReadersAreNotTheSameOnEachSystem) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const int before = aemp::test::set_error_without_reader(EBADF);
  close(std::exchange(kq_, kqueue()));
  EXPECT_EQ(change(ends[1], EVFILT_WRITE, EV_ADD), EBADF);
  EXPECT_EQ(aemp::test::set_error_without_reader(0), EBADF);
  EXPECT_EQ(change(ends[1], EVFILT_WRITE, EV_ADD), EBADF) << "a queue stays as it was made";
  close(std::exchange(kq_, kqueue()));
  EXPECT_EQ(change(ends[1], EVFILT_WRITE, EV_ADD), 0);
  EXPECT_EQ(wait(), 1);
  EXPECT_NE(found_[0].flags & EV_EOF, 0);
  aemp::test::set_error_without_reader(before);
  close(ends[1]);
}

TEST_F(KqueueTest, PlainFilesAreReadyUntilTheirEnd) {
  std::FILE* file = std::tmpfile();
  ASSERT_EQ(write(fileno(file), "abc", 3), 3);
  ASSERT_EQ(change(fileno(file), EVFILT_READ, EV_ADD), 0);
  EXPECT_EQ(wait(), 0);
  ASSERT_EQ(lseek(fileno(file), 1, SEEK_SET), 1);
  ASSERT_EQ(wait(), 1);
  EXPECT_EQ(found_[0].data, 2);
  ASSERT_EQ(change(fileno(file), EVFILT_READ, EV_DELETE), 0);
  std::fclose(file);
}

TEST_F(KqueueTest, RefusesNonsense) {
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), ENOENT);
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_ENABLE), ENOENT);
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DISABLE), ENOENT);
  EXPECT_EQ(change(9999, EVFILT_READ, EV_ADD), EBADF);
  EXPECT_EQ(change(-1, EVFILT_READ, EV_ADD), EBADF);
  EXPECT_EQ(change(ends_[0], 17, EV_ADD), EINVAL);
  EXPECT_EQ(kevent(ends_[0], nullptr, 0, found_, 8, nullptr), -1);
  EXPECT_EQ(errno, EBADF);
  for (const timespec& wrong : {timespec{-1, 0}, timespec{0, -1}, timespec{0, 1'000'000'000}}) {
    EXPECT_EQ(kevent(kq_, nullptr, 0, found_, 8, &wrong), -1);
    EXPECT_EQ(errno, EINVAL);
  }
}

TEST_F(KqueueTest, ErrorsOfChangesTakeTheRoomThatThereIs) {
  put();
  Kevent changes[3];
  EV_SET(&changes[0], ends_[0], EVFILT_WRITE, EV_DELETE, 0, 0, nullptr);
  EV_SET(&changes[1], 9999, EVFILT_READ, EV_ADD, 0, 0, nullptr);
  EV_SET(&changes[2], ends_[0], EVFILT_READ, EV_ADD, 0, 0, nullptr);
  ASSERT_EQ(kevent(kq_, changes, 3, found_, 8, nullptr), 2) << "without waiting";
  EXPECT_EQ(found_[0].flags & EV_ERROR, EV_ERROR);
  EXPECT_EQ(found_[0].data, ENOENT);
  EXPECT_EQ(found_[0].filter, EVFILT_WRITE);
  EXPECT_EQ(found_[1].data, EBADF);
  EXPECT_EQ(found_[1].ident, 9999u);
  EXPECT_EQ(wait(), 1) << "the third was made";

  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), 0);
  EXPECT_EQ(kevent(kq_, changes, 3, found_, 1, nullptr), -1);
  EXPECT_EQ(errno, EBADF) << "the second, for which there was no room";
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), ENOENT) << "the third was not made";
}

TEST_F(KqueueTest, ReceiptsAreErrorsOfZeroAndComeAlone) {
  put();
  Kevent both[2];
  EV_SET(&both[0], ends_[0], EVFILT_READ, EV_ADD | EV_RECEIPT, 0, 0, nullptr);
  EV_SET(&both[1], ends_[0], EVFILT_WRITE, EV_ADD, 0, 0, nullptr);
  // One array for both is allowed.
  ASSERT_EQ(kevent(kq_, both, 2, both, 2, nullptr), 1);
  EXPECT_EQ(both[0].flags & EV_ERROR, EV_ERROR);
  EXPECT_EQ(both[0].data, 0);
  EXPECT_EQ(wait(), 2);
}

TEST_F(KqueueTest, NoRoomForEventsMeansNoWait) {
  EXPECT_EQ(kevent(kq_, nullptr, 0, nullptr, 0, nullptr), 0);
  put();
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  EXPECT_EQ(kevent(kq_, nullptr, 0, found_, 1, nullptr), 1);
}

TEST_F(KqueueTest, ClosingADescriptorRemovesItsEvents) {
  const int duplicate = dup(ends_[0]);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  put();
  close(ends_[0]);
  EXPECT_EQ(wait(), 0) << "though a duplicate lives on";
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), EBADF);
  ASSERT_EQ(dup2(duplicate, ends_[0]), ends_[0]);
  EXPECT_EQ(wait(), 0);
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), ENOENT);
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  EXPECT_EQ(wait(), 1);
  ASSERT_EQ(dup2(ends_[1], ends_[0]), ends_[0]);
  EXPECT_EQ(change(ends_[0], EVFILT_READ, EV_DELETE), ENOENT);
  close(duplicate);
}

TEST_F(KqueueTest, TimersFireOnceOrAgainAndAgain) {
  ASSERT_EQ(change(7, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 1), 0);
  ASSERT_EQ(kevent(kq_, nullptr, 0, found_, 8, nullptr), 1);
  EXPECT_EQ(found_[0].ident, 7u);
  EXPECT_EQ(found_[0].filter, EVFILT_TIMER);
  EXPECT_EQ(found_[0].data, 1);
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_DELETE), ENOENT);
  ASSERT_EQ(change(7, EVFILT_TIMER, EV_ADD, 1), 0);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(kevent(kq_, nullptr, 0, found_, 8, nullptr), 1);
    EXPECT_GE(found_[0].data, 1);
  }
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_ADD, -1), EINVAL);
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_DELETE), 0);
  EXPECT_EQ(wait(), 0);
}

TEST_F(KqueueTest, QueuesCanBePolled) {
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  EXPECT_FALSE(readable());
  put();
  EXPECT_TRUE(readable());
  take();
  EXPECT_FALSE(readable());
  const int outer = kqueue();
  Kevent made;
  EV_SET(&made, kq_, EVFILT_READ, EV_ADD, 0, 0, nullptr);
  ASSERT_EQ(kevent(outer, &made, 1, nullptr, 0, nullptr), 0);
  put();
  EXPECT_EQ(kevent(outer, nullptr, 0, found_, 8, nullptr), 1);
  EXPECT_EQ(found_[0].ident, static_cast<uintptr_t>(kq_));
  close(outer);
}

TEST_F(KqueueTest, ChildrenDoNotInherit) {
  ASSERT_EQ(change(ends_[0], EVFILT_READ, EV_ADD), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const bool gone = fcntl(kq_, F_GETFD) < 0 && wait() == -1 && errno == EBADF;
    _exit(gone ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  put();
  EXPECT_EQ(wait(), 1);
}

TEST_F(KqueueTest, WaitsForTheTimeGiven) {
  timespec before{}, after{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  EXPECT_EQ(wait(2'000'000), 0);
  clock_gettime(CLOCK_MONOTONIC, &after);
  EXPECT_GE((after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec,
            2'000'000);
}

TEST(KqueueThread, EventFromAnotherThreadEndsAWait) {
  const int kq = kqueue();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Kevent event;
  EV_SET(&event, ends[0], EVFILT_READ, EV_ADD | EV_CLEAR, 0, 0, nullptr);
  ASSERT_EQ(kevent(kq, &event, 1, nullptr, 0, nullptr), 0);
  for (int i = 0; i < 100; ++i) {
    std::thread thread([&] { EXPECT_EQ(write(ends[1], "x", 1), 1); });
    EXPECT_EQ(kevent(kq, nullptr, 0, &event, 1, nullptr), 1);
    thread.join();
  }
  close(kq);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
