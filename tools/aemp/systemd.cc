// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "systemd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "output.h"

namespace tool {
namespace {

constexpr int kFirstSocket = 3;

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  unsetenv(name);
  return taken;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return {};
  return n;
}

std::int64_t monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

Notifier::Notifier() : socket_(take_variable("NOTIFY_SOCKET")) {
  const auto span = number(take_variable("WATCHDOG_USEC"));
  const std::string pid = take_variable("WATCHDOG_PID");
  if (span && (pid.empty() || number(pid) == getpid())) {
    watchdog_ = std::chrono::microseconds(*span);
  }
}

void Notifier::ready(std::string_view status) {
  tell("READY=1\nSTATUS=" + printable(status) + "\nMAINPID=" + std::to_string(getpid()));
}

void Notifier::restarting(std::string_view status) { tell("STATUS=" + printable(status)); }

void Notifier::reloading() {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void Notifier::stopping() { tell("STOPPING=1\nSTATUS=leaving the network"); }

void Notifier::alive() {
  if (watchdog_.count() != 0) tell("WATCHDOG=1");
}

void Notifier::tell(std::string_view lines) {
  if (socket_.empty()) return;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const bool fits = socket_.size() < sizeof name.sun_path;
  std::memcpy(name.sun_path, socket_.data(), fits ? socket_.size() : 0);
  if (name.sun_path[0] == '@') name.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = fits ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
  if (!fits) errno = ENAMETOOLONG;
  const bool sent = fd >= 0 && sendto(fd, lines.data(), lines.size(), MSG_NOSIGNAL,
                                      reinterpret_cast<const sockaddr*>(&name), size) >= 0;
  if (!sent && !complained_) {
    complained_ = true;
    complain("cannot tell systemd at " + socket_ + ": " + std::strerror(errno));
  }
  if (fd >= 0) close(fd);
}

int sockets_handed_over() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || number(pid) != getpid()) return 0;
  return static_cast<int>(number(count).value_or(0));
}

// What the library has taken is not to outlive an exec().
int idle_socket() {
  for (int fd = kFirstSocket; fd < kFirstSocket + sockets_handed_over(); ++fd) {
    const int flags = fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) return fd;
  }
  return -1;
}

}  // namespace tool
