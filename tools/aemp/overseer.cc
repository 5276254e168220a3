// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "overseer.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "client.h"

namespace tool {
namespace {

constexpr int kPulsesPerTimeout = 4;

}  // namespace

bool Overseer::is_above() {
  const char* given = std::getenv(kSupervisorVariable);
  struct stat info {};
  // Whatever else it may be, it is not from a supervisor.
  if (given != nullptr && fstat(std::atoi(given), &info) == 0 && S_ISSOCK(info.st_mode))
    return true;
  unsetenv(kSupervisorVariable);
  return false;
}

Overseer::Overseer(aemp::Loop& loop, const Options& options, Daemon& daemon,
                   std::function<void()> gone)
    : options_(options), daemon_(daemon) {
  const char* given = std::getenv(kSupervisorVariable);
  unsigned milliseconds = 0;
  if (given != nullptr && std::sscanf(given, "%d %u %u", &fd_, &starts_, &milliseconds) != 3) {
    fd_ = -1;
  }
  unsetenv(kSupervisorVariable);
  std::chrono::nanoseconds period = std::chrono::milliseconds(milliseconds);
  if (fd_ < 0) period = systemd_.watchdog() / kPulsesPerTimeout;
  if (fd_ >= 0) {
    fcntl(fd_, F_SETFD, FD_CLOEXEC);
    end_ = loop.io(fd_, aemp::Events::Readable, [this, gone = std::move(gone)] { read_end(gone); });
  }
  if (period.count() == 0) return;
  pulse_ = loop.timer(period, period, [this] {
    tell("alive\n");
    systemd_.alive();
  });
}

void Overseer::ready(const std::string& nodeid) {
  tell("ready\n");
  systemd_.ready("node " + nodeid);
  daemon_.settle(kDone);
  if (!std::exchange(was_ready_, true)) settle_streams(options_);
}

void Overseer::stopping() {
  tell("leaving\n");
  systemd_.stopping();
}

// The supervisor says nothing: what can be read is its end.
void Overseer::read_end(const std::function<void()>& gone) {
  char bytes[16];
  if (recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT) != 0) return;
  end_.cancel();
  gone();
}

void Overseer::tell(std::string_view line) {
  if (fd_ < 0) return;
  // Where the supervisor reads nothing it has ended, or was stopped together with this process.
  [[maybe_unused]] const ssize_t n =
      send(fd_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace tool
