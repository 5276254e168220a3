// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "daemon.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "client.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

[[noreturn]] void cannot(const std::string& what) {
  throw aemp::Error(aemp::Errc::system, "cannot " + what + ": " + std::strerror(errno));
}

pid_t fork_or_throw() {
  std::fflush(nullptr);  // or both would write it
  const pid_t pid = fork();
  if (pid < 0) cannot("start a process");
  return pid;
}

[[noreturn]] void wait_and_exit(int from) {
  unsigned char code = kNo;
  ssize_t n;
  while ((n = read(from, &code, 1)) < 0 && errno == EINTR) {
  }
  std::_Exit(n == 1 ? int{code} : int{kNo});
}

constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
constexpr mode_t kLogMode = 0640;

void replace(int fd, const char* path, int flags) {
  const int opened = open(path, flags | O_CLOEXEC, kLogMode);
  if (opened < 0) {
    complain("cannot open " + quoted(path, 4096) + ": " + std::strerror(errno));
    return;
  }
  dup2(opened, fd);
  close(opened);
}

}  // namespace

void Daemon::detach() {
  int ends[2];
  if (pipe(ends) != 0) cannot("make a pipe");
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  if (fork_or_throw() != 0) {
    close(ends[1]);
    wait_and_exit(ends[0]);
  }
  close(ends[0]);
  waiting_ = ends[1];
  setsid();
  // Not the first process of its session: no terminal that it opens becomes its own.
  if (fork_or_throw() != 0) std::_Exit(kDone);
}

void Daemon::settle(int code) {
  if (waiting_ < 0) return;
  const auto byte = static_cast<unsigned char>(code);
  // Where the other one was killed meanwhile, nobody waits.
  [[maybe_unused]] const ssize_t n = write(waiting_, &byte, 1);
  close(std::exchange(waiting_, -1));
}

Daemon::~Daemon() { settle(kNo); }

namespace {

// The file, locked.
int lock_pidfile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) cannot("open the pidfile " + quoted(path, 4096));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  char text[24] = {};
  const ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  std::string_view pid(text, n < 0 ? 0 : static_cast<std::size_t>(n));
  pid = pid.substr(0, pid.find('\n'));
  throw UsageError("pidfile " + quoted(path, 4096) + ": process " + std::string(pid) +
                   " has it: expected a node that is not running yet");
}

// Who had it may have taken it away before it was locked.
bool is_still_there(int fd, const std::string& path) {
  struct stat locked {
  }, there{};
  return fstat(fd, &locked) == 0 && stat(path.c_str(), &there) == 0 &&
         locked.st_dev == there.st_dev && locked.st_ino == there.st_ino;
}

}  // namespace

PidFile::PidFile(const std::optional<std::string>& path) {
  if (!path) return;
  while (!is_still_there(fd_ = lock_pidfile(*path), *path)) close(fd_);
  const std::string text = std::to_string(getpid()) + "\n";
  if (ftruncate(fd_, 0) != 0 ||
      write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    struct stat info {};
    if (fstat(fd_, &info) == 0 && S_ISREG(info.st_mode)) unlink(path->c_str());
    close(fd_);
    errno = error;
    cannot("write the pidfile " + quoted(*path, 4096));
  }
  path_ = *path;
}

PidFile::~PidFile() {
  if (!path_.empty()) unlink(path_.c_str());
}

void check_logfile(const Options& options) {
  if (!options.logfile) return;
  // Who reads a pipe would take this for its end.
  struct stat info {};
  if (stat(options.logfile->c_str(), &info) == 0 && S_ISFIFO(info.st_mode)) return;
  const int opened = open(options.logfile->c_str(), kAppend | O_CLOEXEC, kLogMode);
  if (opened < 0) cannot("open the logfile " + quoted(*options.logfile, 4096));
  close(opened);
}

void settle_streams(const Options& options) {
  if (options.daemon) {
    replace(STDIN_FILENO, "/dev/null", O_RDONLY);
    replace(STDOUT_FILENO, "/dev/null", O_WRONLY);
  }
  if (options.logfile) {
    replace(STDERR_FILENO, options.logfile->c_str(), kAppend);
  }
}

}  // namespace tool
