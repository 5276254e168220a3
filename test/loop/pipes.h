// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Real descriptors for tests.
#ifndef AEMP_TEST_LOOP_PIPES_H
#define AEMP_TEST_LOOP_PIPES_H

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace aemp {

class Pipe {
 public:
  Pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    out_ = ends[0];
    in_ = ends[1];
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return out_; }
  int write_end() const { return in_; }
  void put() { EXPECT_EQ(::write(in_, "x", 1), 1); }
  bool take() {
    char c;
    return ::read(out_, &c, 1) == 1;
  }
  void close_read() { close(&out_); }
  void close_write() { close(&in_); }

 private:
  static void close(int* fd) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
  int out_;
  int in_;
};

inline bool readable(int fd, int timeout_ms = 0) {
  pollfd entry{fd, POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN) != 0;
}

}  // namespace aemp

#endif  // AEMP_TEST_LOOP_PIPES_H
