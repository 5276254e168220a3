// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fill_in.h"
#include "os/sys.h"

namespace aemp {

namespace {

constexpr std::size_t kMaxFile = 64 << 20;

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string target_of(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target = resolved;
  free(resolved);
  return target;
}

// So that the new name survives a power cut as well. Not every file system can.
void sync_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  const Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) fsync(fd.get());
}

}  // namespace

Result<std::string> UnixFiles::read(const std::string& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error(errno, fill_in("cannot open %", {path}));
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, fill_in("cannot read %", {path}));
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > kMaxFile) {
      return Status(Errc::too_big, fill_in("cannot read %: it has more than 64 MiB", {path}));
    }
  }
}

Status UnixFiles::write_atomic(const std::string& path, std::string_view text, std::uint32_t mode) {
  const std::string target = target_of(path);
  std::string temporary = target + ".XXXXXX";
  Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return system_error(errno, fill_in("cannot write %", {path}));
  if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 || !write_all(fd.get(), text) ||
      fsync(fd.get()) != 0 || rename(temporary.c_str(), target.c_str()) != 0) {
    const int failed = errno;
    unlink(temporary.c_str());
    return system_error(failed, fill_in("cannot write %", {path}));
  }
  sync_directory(target);
  return {};
}

}  // namespace aemp
