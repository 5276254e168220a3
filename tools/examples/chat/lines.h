// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The lines of standard input, read by the loop: nothing waits for them.
#ifndef AEMP_CHAT_LINES_H
#define AEMP_CHAT_LINES_H

#include <aemp/aemp.h>

#include <functional>
#include <string>

class Lines {
 public:
  // Calls line(text), without its newline, for each line, and end() once, when there are no more.
  Lines(aemp::Loop& loop, std::function<void(const std::string&)> line, std::function<void()> end);

 private:
  bool read();

  std::function<void(const std::string&)> line_;
  std::function<void()> end_;
  std::string begun_;  // the line that is not whole yet
  aemp::Guard watch_;
};

#endif  // AEMP_CHAT_LINES_H
