// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/handed_over.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "os/sockaddr.h"

namespace aemp {
namespace {

constexpr int kFirst = 3;
constexpr long kMost = 1024;

long number(const char* variable) {
  const char* text = getenv(variable);
  return text == nullptr ? 0 : strtol(text, nullptr, 10);
}

bool listens_at(int fd, const Address& at) {
  int listens = 0;
  socklen_t size = sizeof listens;
  SockAddr name;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0 &&
         getsockname(fd, &name.any, name.room()) == 0 && name.address() == at;
}

}  // namespace

Fd take_handed_over(const Address& at) {
  if (number("LISTEN_PID") != getpid()) return Fd();
  const long count = std::min(number("LISTEN_FDS"), kMost);
  for (int fd = kFirst; fd < kFirst + count; ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    // What is to be closed by exec() has been taken before, or was opened by this process.
    if (flags < 0 || (flags & FD_CLOEXEC) != 0 || !listens_at(fd, at)) continue;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return Fd(fd);
  }
  return Fd();
}

}  // namespace aemp
