// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "talk.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <stdexcept>

#include "system.h"

namespace bench {

void Talk::say(std::string_view line) {
  std::string text(line);
  text += '\n';
  const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the other process is gone");
  }
}

std::string Talk::hear() {
  constexpr int kPatienceMs = 20'000;
  std::string line;
  for (;;) {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, kPatienceMs) <= 0)
      throw std::runtime_error("the other process is silent");
    char c = 0;
    if (::recv(fd_, &c, 1, 0) != 1) throw std::runtime_error("the other process is gone");
    if (c == '\n') return line;
    line += c;
  }
}

}  // namespace bench
