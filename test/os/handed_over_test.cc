// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/handed_over.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "os/sockaddr.h"
#include "os/temp_dir.h"

namespace aemp {
namespace {

Address unix_address(const std::string& path) { return *parse_address("unix:" + path, 0); }

// A process of its own, where descriptors 3 and 4 can be what they have to be.
class HandedOver : public ::testing::Test {
 protected:
  // A socket at that path under the descriptor `as`.
  static void open_as(int as, const std::string& path, bool listening = true) {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const SockAddr name(unix_address(path));
    if (bind(fd, &name.any, name.size) != 0 || (listening && listen(fd, 1) != 0)) _exit(100);
    if (fd == as) return;
    if (dup2(fd, as) != as) _exit(101);
    close(fd);
  }
  static void announce(const std::string& count, pid_t pid) {
    setenv("LISTEN_FDS", count.c_str(), 1);
    setenv("LISTEN_PID", std::to_string(pid).c_str(), 1);
  }
  // 0 if all was as it should be, else the number of the first check that failed.
  static int in_child(const std::function<int()>& checks) {
    const pid_t child = fork();
    if (child == 0) _exit(checks());
    int status = 0;
    EXPECT_EQ(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
  }

  TempDir dir_;
  const std::string first_ = dir_.path() + "/a";
  const std::string second_ = dir_.path() + "/b";
};

TEST_F(HandedOver, IsTakenByItsAddressOnce) {
  EXPECT_EQ(0, in_child([&] {
              open_as(3, first_);
              open_as(4, second_);
              announce("2", getpid());
              Fd other = take_handed_over(unix_address(dir_.path() + "/c"));
              if (other.valid()) return 1;
              Fd fd = take_handed_over(unix_address(second_));
              if (fd.get() != 4) return 2;
              if ((fcntl(4, F_GETFD) & FD_CLOEXEC) == 0) return 3;
              if ((fcntl(4, F_GETFL) & O_NONBLOCK) == 0) return 4;
              if (take_handed_over(unix_address(second_)).valid()) return 5;
              if (take_handed_over(unix_address(first_)).get() != 3) return 6;
              return 0;
            }));
}

TEST_F(HandedOver, IsForThisProcessOnly) {
  EXPECT_EQ(0, in_child([&] {
              open_as(3, first_);
              announce("1", getppid());
              if (take_handed_over(unix_address(first_)).valid()) return 1;
              unsetenv("LISTEN_PID");
              if (take_handed_over(unix_address(first_)).valid()) return 2;
              return 0;
            }));
}

TEST_F(HandedOver, WhatDoesNotListenOrIsNotCountedIsNot) {
  EXPECT_EQ(0, in_child([&] {
              open_as(3, first_, false);
              open_as(4, second_);
              announce("1", getpid());
              if (take_handed_over(unix_address(first_)).valid()) return 1;
              if (take_handed_over(unix_address(second_)).valid()) return 2;
              close(3);
              announce("-1", getpid());
              if (take_handed_over(unix_address(second_)).valid()) return 3;
              announce("99999999999999999999", getpid());
              if (take_handed_over(unix_address(second_)).get() != 4) return 4;
              announce("many", getpid());
              if (take_handed_over(unix_address(second_)).valid()) return 5;
              return 0;
            }));
}

}  // namespace
}  // namespace aemp
