// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Small things that the files of this floor share.
#ifndef AEMP_OS_SYS_H
#define AEMP_OS_SYS_H

#include <time.h>

#include <string_view>
#include <utility>

#include "base/nanos.h"
#include "base/status.h"

namespace aemp {

// "what: errno's text", with `system` as code.
Status system_error(int sys_errno, std::string_view what);

// CLOCK_MONOTONIC or CLOCK_REALTIME.
Nanos read_clock(clockid_t id) noexcept;

// Whether fd is the number of an open file. Asked before a table grows to that size.
bool is_open(int fd) noexcept;

// An option that is not essential: a failure is ignored.
void set_option(int fd, int level, int name, int value) noexcept;

// Owns a descriptor.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  bool valid() const noexcept { return fd_ >= 0; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;  // closes; errno is kept

 private:
  int fd_ = -1;
};

}  // namespace aemp

#endif  // AEMP_OS_SYS_H
