// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tests of poller backends share: the one of this system, and that of kqueue over the
// stand-in of test/support/bsd.
#ifndef AEMP_TEST_OS_POLLER_FIXTURE_H
#define AEMP_TEST_OS_POLLER_FIXTURE_H

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "loop/pipes.h"
#include "os/fork_guard.h"
#include "os/poller_backend.h"
#include "support/kqueue.h"
#include "support/kqueue_poller.h"

namespace aemp {

inline constexpr std::uint64_t kToken = std::uint64_t{1} << 32;

inline Nanos monotonic() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// A connection within this process.
struct Ends {
  Ends() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    here = fds[0];
    there = fds[1];
  }
  ~Ends() {
    close_here();
    close_there();
  }
  void close_here() { close(&here); }
  void close_there() { close(&there); }
  void fill() const {
    const std::vector<char> block(65536);
    while (::send(here, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  }
  void drain_there() const {
    std::vector<char> block(65536);
    while (::read(there, block.data(), block.size()) > 0) {
    }
  }
  static void close(int* fd) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
  int here, there;
};

using Make = Result<std::unique_ptr<Poller>> (*)(const ForkGuard&);
struct Backend {
  const char* name;
  Make make;
};
template <int error_without_reader>
Result<std::unique_ptr<Poller>> make_kqueue_poller_of(const ForkGuard& fork) {
  const int before = test::set_error_without_reader(error_without_reader);
  auto made = make_kqueue_poller(fork);
  test::set_error_without_reader(before);
  return made;
}
inline constexpr Backend kBackends[] = {{"Built", make_poller},
                                        {"Kqueue", make_kqueue_poller},
                                        {"KqueueOfNetbsd", make_kqueue_poller_of<EBADF>},
                                        {"KqueueOfOpenbsd", make_kqueue_poller_of<0>}};

inline std::string name_of(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

class PollerTest : public testing::TestWithParam<Backend> {
 protected:
  Poller& poller() { return *poller_; }
  // How many are reported at once; `first_` is the first of them.
  int wait(Nanos timeout = 0) {
    const int count = poller().wait(timeout, ready_);
    first_ = count > 0 ? ready_[0] : Ready{};
    return count;
  }

  ForkGuard fork_;
  std::unique_ptr<Poller> poller_ = GetParam().make(fork_).take();
  Ready ready_[8];
  Ready first_{};
  Pipe pipe_;
};

}  // namespace aemp

#endif  // AEMP_TEST_OS_POLLER_FIXTURE_H
