// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "settings.h"

namespace tool {
namespace {

winsize size() {
  winsize said{};
  ioctl(STDOUT_FILENO, TIOCGWINSZ, &said);
  return said;
}

}  // namespace

bool Terminal::is_there() { return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0; }

Terminal::Terminal() {
  if (!is_there() || tcgetattr(STDIN_FILENO, &before_) != 0) {
    throw UsageError("expected a terminal as standard input and output");
  }
  termios raw = before_;
  raw.c_iflag &= static_cast<tcflag_t>(~(BRKINT | ICRNL | INPCK | ISTRIP | IXON));
  raw.c_lflag &= static_cast<tcflag_t>(~(ECHO | ICANON | IEXTEN | ISIG));
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

Terminal::~Terminal() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }

int Terminal::columns() {
  const int said = size().ws_col;
  return said > 0 ? said : 80;
}

int Terminal::rows() {
  const int said = size().ws_row;
  return said > 0 ? said : 24;
}

bool Terminal::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(STDOUT_FILENO, text.data(), text.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace tool
