// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "system.h"

#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <system_error>

namespace bench {

void fail_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

std::uint64_t resident_bytes() {
  // No stdio here: its buffer would count as growth of the process that is being measured.
  const int fd = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_errno("/proc/self/statm");
  std::array<char, 128> text{};
  const ssize_t got = ::read(fd, text.data(), text.size());
  ::close(fd);
  const char* const end = text.data() + (got > 0 ? got : 0);
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  const auto first = std::from_chars(text.data(), end, total);
  if (first.ec != std::errc() || first.ptr == end ||
      std::from_chars(first.ptr + 1, end, resident).ec != std::errc()) {
    throw std::runtime_error("/proc/self/statm: two numbers expected");
  }
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double heap_bytes() {
#ifdef __GLIBC__
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
#else
  return std::numeric_limits<double>::quiet_NaN();
#endif
}

std::vector<int> usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) fail_errno("sched_getaffinity");
  std::vector<int> usable;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<std::size_t>(i), &set)) usable.push_back(i);
  }
  return usable;
}

void pin_to(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) fail_errno("sched_setaffinity");
}

}  // namespace bench
