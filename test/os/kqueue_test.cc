// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The stand-in does what kqueue(2) says.
#include <gtest/gtest.h>
#include <sys/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "loop/pipes.h"
#include "os/sys.h"

namespace aemp {
namespace {

class KqueueTest : public testing::Test {
 protected:
  int change(int fd, short filter, int flags, std::intptr_t data = 0) {
    struct kevent one {};
    EV_SET(&one, static_cast<std::uintptr_t>(fd), filter, static_cast<unsigned short>(flags), 0,
           data, this);
    return kevent(queue_.get(), &one, 1, nullptr, 0, nullptr) == 0 ? 0 : errno;
  }
  int collect(long ms = 0) {
    const timespec limit{ms / 1000, ms % 1000 * 1'000'000};
    return kevent(queue_.get(), nullptr, 0, events_, 4, &limit);
  }

  Fd queue_{kqueue()};
  struct kevent events_[4] = {};
  Pipe pipe_;
};

TEST_F(KqueueTest, TellsWhatIsThereForAsLongAsItIs) {
  ASSERT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ADD), 0);
  EXPECT_EQ(collect(), 0);
  EXPECT_FALSE(readable(queue_.get()));
  pipe_.put();
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(collect(), 1);
    EXPECT_EQ(events_[0].ident, static_cast<std::uintptr_t>(pipe_.read_end()));
    EXPECT_EQ(events_[0].filter, EVFILT_READ);
    EXPECT_EQ(events_[0].data, 1);
    EXPECT_EQ(events_[0].udata, this);
    EXPECT_TRUE(readable(queue_.get()));
  }
  pipe_.take();
  EXPECT_EQ(collect(), 0);
}

TEST_F(KqueueTest, ClearTellsEachChangeOnce) {
  ASSERT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ADD | EV_CLEAR), 0);
  pipe_.put();
  EXPECT_EQ(collect(), 1);
  EXPECT_EQ(collect(), 0);
  pipe_.put();
  EXPECT_EQ(collect(), 1);
}

TEST_F(KqueueTest, OneshotIsGoneAndDisabledIsSilent) {
  pipe_.put();
  ASSERT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
  EXPECT_EQ(collect(), 1);
  EXPECT_EQ(collect(), 0);
  EXPECT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ENABLE), ENOENT);
  ASSERT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ADD | EV_DISABLE), 0);
  EXPECT_EQ(collect(), 0);
  ASSERT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ENABLE), 0);
  EXPECT_EQ(collect(), 1);
}

TEST_F(KqueueTest, RefusesAsTheManualSays) {
  EXPECT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_DELETE), ENOENT);
  EXPECT_EQ(change(pipe_.read_end(), EVFILT_READ, EV_ENABLE), ENOENT);
  EXPECT_EQ(change(-1, EVFILT_READ, EV_ADD), EBADF);
  EXPECT_EQ(change(pipe_.read_end(), -99, EV_ADD), EINVAL);
  const timespec wrong{0, 1'000'000'000};
  EXPECT_EQ(kevent(queue_.get(), nullptr, 0, events_, 4, &wrong), -1);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(kevent(pipe_.read_end(), nullptr, 0, events_, 4, nullptr), -1);
  EXPECT_EQ(errno, EBADF);
  // With room, the answer is an event.
  struct kevent one {};
  EV_SET(&one, static_cast<std::uintptr_t>(pipe_.read_end()), EVFILT_READ, EV_DELETE, 0, 0,
         nullptr);
  ASSERT_EQ(kevent(queue_.get(), &one, 1, events_, 4, nullptr), 1);
  EXPECT_EQ(events_[0].flags, EV_ERROR);
  EXPECT_EQ(events_[0].data, ENOENT);
}

TEST_F(KqueueTest, ReceiptsLeaveWhatIsPending) {
  pipe_.put();
  struct kevent one {};
  EV_SET(&one, static_cast<std::uintptr_t>(pipe_.read_end()), EVFILT_READ, EV_ADD | EV_RECEIPT, 0,
         0, nullptr);
  ASSERT_EQ(kevent(queue_.get(), &one, 1, events_, 4, nullptr), 1);
  EXPECT_EQ(events_[0].flags, EV_ERROR);
  EXPECT_EQ(events_[0].data, 0);
  EXPECT_EQ(collect(), 1);
}

TEST_F(KqueueTest, ClosingADescriptorEndsItsEvents) {
  const int duplicate = dup(pipe_.read_end());
  const int number = pipe_.read_end();
  pipe_.put();
  ASSERT_EQ(change(number, EVFILT_READ, EV_ADD), 0);
  pipe_.close_read();
  EXPECT_EQ(collect(), 0);
  EXPECT_FALSE(readable(queue_.get()));
  Pipe other;
  ASSERT_EQ(dup2(other.read_end(), number), number);
  EXPECT_EQ(change(number, EVFILT_READ, EV_ENABLE), ENOENT);
  if (other.read_end() != number) close(number);
  close(duplicate);
}

TEST_F(KqueueTest, TheEndHasItsFlag) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Fd here(ends[0]);
  Fd there(ends[1]);
  ASSERT_EQ(change(here.get(), EVFILT_READ, EV_ADD), 0);
  ASSERT_EQ(change(here.get(), EVFILT_WRITE, EV_ADD), 0);
  ASSERT_EQ(collect(), 1);
  EXPECT_EQ(events_[0].filter, EVFILT_WRITE);
  EXPECT_EQ(events_[0].flags & EV_EOF, 0);
  ::shutdown(there.get(), SHUT_WR);
  ASSERT_EQ(collect(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ((events_[i].flags & EV_EOF) != 0, events_[i].filter == EVFILT_READ);
  }
  there.reset();
  ASSERT_EQ(collect(), 2);
  EXPECT_NE(events_[0].flags & events_[1].flags & EV_EOF, 0);
}

TEST_F(KqueueTest, TimersComeInTheirTime) {
  ASSERT_EQ(change(7, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 1), 0);
  ASSERT_EQ(collect(60'000), 1);
  EXPECT_EQ(events_[0].filter, EVFILT_TIMER);
  EXPECT_EQ(events_[0].ident, 7u);
  EXPECT_EQ(events_[0].data, 1);
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_DELETE), ENOENT);
  ASSERT_EQ(change(7, EVFILT_TIMER, EV_ADD, 1), 0);
  EXPECT_EQ(collect(60'000), 1);
  EXPECT_EQ(collect(60'000), 1) << "again and again";
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_DELETE), 0);
  EXPECT_EQ(collect(), 0);
  EXPECT_EQ(change(7, EVFILT_TIMER, EV_ADD, -1), EINVAL);
}

}  // namespace
}  // namespace aemp
