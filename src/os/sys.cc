// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/sys.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/fill_in.h"

namespace aemp {

Status system_error(int sys_errno, std::string_view what) {
  return Status(Errc::system, fill_in("%: %", {what, errno_text(sys_errno)}), sys_errno);
}

Nanos read_clock(clockid_t id) noexcept {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<Nanos>(now.tv_sec) * kSecond + now.tv_nsec;
}

bool is_open(int fd) noexcept { return fcntl(fd, F_GETFD) >= 0; }

void set_option(int fd, int level, int name, int value) noexcept {
  const int saved = errno;
  setsockopt(fd, level, name, &value, sizeof value);
  errno = saved;
}

void Fd::reset() noexcept {
  if (fd_ < 0) return;
  const int saved = errno;
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

}  // namespace aemp
