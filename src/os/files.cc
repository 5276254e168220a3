// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/files.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fill_in.h"
#include "os/sys.h"

namespace aemp {

namespace {

constexpr std::size_t kMaxFile = 64 << 20;
constexpr std::size_t kReadSize = 16'384;

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Status cannot_write(int sys_errno, const std::string& path) {
  return system_error(sys_errno, fill_in("cannot write %", {path}));
}

constexpr int kMostLinks = 40;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
}

// What a symbolic link points to, be it there or not; of other paths the path itself.
std::string target_of(std::string path) {
  char link[PATH_MAX];
  for (int i = 0; i < kMostLinks; ++i) {
    const ssize_t n = readlink(path.c_str(), link, sizeof link);
    if (n <= 0 || n == static_cast<ssize_t>(sizeof link)) break;
    std::string next(link, static_cast<std::size_t>(n));
    if (next[0] != '/' && path.find('/') != path.npos) {
      std::string directory = directory_of(path);
      if (directory.back() != '/') directory += '/';
      next.insert(0, directory);
    }
    path = std::move(next);
  }
  return path;
}

class UnixFileLock final : public FileLock {
 public:
  explicit UnixFileLock(Fd fd) : fd_(std::move(fd)) {}

 private:
  Fd fd_;
};

// So that the new name survives a power cut as well. Not every file system can.
void sync_directory(const std::string& path) {
  const Fd fd(open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) fsync(fd.get());
}

}  // namespace

Result<std::string> UnixFiles::read(const std::string& path, std::uint32_t* mode) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) {
    return system_error(errno, fill_in("cannot open %", {path}));
  }
  if (mode != nullptr) *mode = info.st_mode & 0777;
  std::string text;
  // Where it grew, or in a buffer on the way, copies of secrets would stay behind.
  if (info.st_size > 0 && static_cast<std::uint64_t>(info.st_size) <= kMaxFile) {
    text.reserve(static_cast<std::size_t>(info.st_size) + kReadSize);
  }
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + kReadSize);
    const ssize_t n = ::read(fd.get(), text.data() + had, kReadSize);
    text.resize(had + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, fill_in("cannot read %", {path}));
    if (n == 0) return text;
    if (text.size() > kMaxFile) {
      return Status(Errc::too_big, fill_in("cannot read %: it has more than 64 MiB", {path}));
    }
  }
}

Status UnixFiles::write_atomic(const std::string& path, std::string_view text, std::uint32_t mode) {
  const std::string target = target_of(path);
  std::string temporary = target + ".XXXXXX";
  Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return cannot_write(errno, path);
  if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0 || !write_all(fd.get(), text) ||
      fsync(fd.get()) != 0 || rename(temporary.c_str(), target.c_str()) != 0) {
    const int failed = errno;
    unlink(temporary.c_str());
    return cannot_write(failed, path);
  }
  sync_directory(target);
  return {};
}

Status make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return system_error(errno, fill_in("cannot make the directory %", {path}));
}

Status UnixFiles::append(const std::string& path, std::string_view text, std::uint32_t mode) {
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const Fd fd(open(path.c_str(), flags, static_cast<mode_t>(mode)));
  if (fd.valid() && write_all(fd.get(), text)) return {};
  return cannot_write(errno, path);
}

Result<std::unique_ptr<FileLock>> UnixFiles::lock(const std::string& path) {
  const std::string name = target_of(path) + ".lock";
  Fd fd(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return system_error(errno, fill_in("cannot open %", {name}));
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return system_error(errno, fill_in("cannot lock %", {name}));
  }
  return std::unique_ptr<FileLock>(std::make_unique<UnixFileLock>(std::move(fd)));
}

}  // namespace aemp
