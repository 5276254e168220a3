// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The line between the two processes of a pair, used before and after the measured stretch only: an
// address, "ready".
#ifndef AEMP_BENCH_TALK_H
#define AEMP_BENCH_TALK_H

#include <string>
#include <string_view>

namespace bench {

class Talk {
 public:
  explicit Talk(int fd) : fd_(fd) {}  // one end of a stream socket pair, not owned

  void say(std::string_view line);   // without a newline in it
  [[nodiscard]] std::string hear();  // throws when the other end is gone or silent for 20 s

 private:
  int fd_;
};

}  // namespace bench

#endif  // AEMP_BENCH_TALK_H
