// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "lines.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

Lines::Lines(aemp::Loop& loop, std::function<void(const std::string&)> line,
             std::function<void()> end)
    : line_(std::move(line)), end_(std::move(end)) {
  const auto read_more = [this] {
    if (!read()) watch_ = aemp::Guard();
  };
  try {
    watch_ = loop.guard(loop.io(STDIN_FILENO, aemp::Readable, read_more));
  } catch (const aemp::Error&) {  // a file: there is always something to read
    watch_ =
        loop.guard(loop.timer(aemp::Loop::Nanoseconds(0), std::chrono::milliseconds(1), read_more));
  }
}

// False: there will be no more.
bool Lines::read() {
  char block[4096];
  const ssize_t n = ::read(STDIN_FILENO, block, sizeof block);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  for (ssize_t i = 0; i < n; ++i) {
    if (block[i] != '\n') {
      begun_ += block[i];
    } else {
      line_(std::exchange(begun_, std::string()));
    }
  }
  if (n > 0) return true;
  if (!begun_.empty()) line_(std::exchange(begun_, std::string()));
  end_();
  return false;
}
