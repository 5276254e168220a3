// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The terminal while a program takes keys one by one from it and draws on it.
#ifndef AEMP_TOOL_TERMINAL_H
#define AEMP_TOOL_TERMINAL_H

#include <termios.h>

#include <string_view>

namespace tool {

class Terminal {
 public:
  // Standard input and output are one.
  static bool is_there();

  // Keys come at once and are not shown; Ctrl-C, Ctrl-D and the like are bytes like others. Throws
  // UsageError where there is no terminal.
  Terminal();
  // As it was.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // 80 x 24 where it does not say.
  static int columns();
  static int rows();

  // All of it, at once. False: nobody reads it any more.
  static bool write(std::string_view text);

 private:
  termios before_{};
};

}  // namespace tool

#endif  // AEMP_TOOL_TERMINAL_H
