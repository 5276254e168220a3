// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/unix_path.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fill_in.h"
#include "os/platform.h"
#include "os/sockaddr.h"

namespace aemp {

namespace {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status cannot_listen(const Address& at, int sys_errno) {
  return system_error(sys_errno, fill_in("cannot listen on %", {at.str()}));
}

Status refuse(const Address& at, Errc code, std::string_view why, int sys_errno = 0) {
  return Status(code, fill_in("cannot listen on %: %", {at.str(), why}), sys_errno);
}

Status check_directory(const Address& at, const std::string& directory) {
  struct stat info {};
  if (stat(directory.c_str(), &info) != 0) {
    return cannot_listen(at, errno);
  }
  if ((info.st_mode & S_IWOTH) != 0 && (info.st_mode & S_ISVTX) == 0) {
    return refuse(at, Errc::bad_config,
                  "others may write to its directory, which must be sticky then");
  }
  return {};
}

// Of several processes that come for one path at the same moment, each would see the dead socket
// that was there, and remove one that another has made meanwhile. A lock on the directory leaves no
// file behind. It is held for microseconds; where somebody else keeps it, one goes on without.
Fd lock_directory(const std::string& directory) {
  Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return fd;
  for (int i = 0; i < 10'000 && flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++i) {
    if (errno != EWOULDBLOCK) break;
    sched_yield();
  }
  return fd;
}

// What is at the path already: ok if it is gone, or was a dead process's socket and now is gone.
Status clear_path(const Address& at, const SockAddr& name) {
  struct stat info {};
  if (lstat(at.path.c_str(), &info) != 0) {
    return errno == ENOENT ? Status() : cannot_listen(at, errno);
  }
  if (!S_ISSOCK(info.st_mode)) {
    return refuse(at, Errc::address_in_use, "there is a file that is not a socket", EEXIST);
  }
  // A socket of the type that it is not. With its own, a full backlog would look like death on the
  // BSDs, and a living listener get a connection. The living one says EPROTOTYPE (POSIX connect).
  Fd probe(platform::open_socket(AF_UNIX, SOCK_DGRAM));
  if (!probe.valid()) return cannot_listen(at, errno);
  if (connect(probe.get(), &name.any, name.size) == 0 || errno == EPROTOTYPE) {
    return refuse(at, Errc::address_in_use, "another process uses it", EADDRINUSE);
  }
  if (errno != ECONNREFUSED) {
    return system_error(
        errno,
        fill_in("cannot listen on %, where a socket is that cannot be asked whether it is alive",
                {at.str()}));
  }
  if (unlink(at.path.c_str()) != 0 && errno != ENOENT) {
    return system_error(errno, fill_in("cannot replace the abandoned socket %", {at.path}));
  }
  return {};
}

}  // namespace

Result<Fd> listen_unix_path(const Address& at, UnixPath* file) {
  const std::string directory = directory_of(at.path);
  Status checked = check_directory(at, directory);
  if (!checked.ok()) return checked;
  const Fd lock = lock_directory(directory);

  const SockAddr name(at);
  Fd fd(platform::open_socket(AF_UNIX, SOCK_STREAM));
  if (!fd.valid()) return cannot_listen(at, errno);
  int rc = bind(fd.get(), &name.any, name.size);
  if (rc != 0 && errno == EADDRINUSE) {
    Status cleared = clear_path(at, name);
    if (!cleared.ok()) return cleared;
    rc = bind(fd.get(), &name.any, name.size);
  }
  if (rc != 0) {
    if (errno == EADDRINUSE) return refuse(at, Errc::address_in_use, "it is taken", EADDRINUSE);
    return cannot_listen(at, errno);
  }
  // Until it listens nobody can connect, whatever the umask left open.
  struct stat info {};
  if (stat(at.path.c_str(), &info) != 0 || chmod(at.path.c_str(), 0600) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    const int failed = errno;
    unlink(at.path.c_str());
    return cannot_listen(at, failed);
  }
  *file = {at.path, info.st_dev, info.st_ino};
  return fd;
}

void remove_unix_path(const UnixPath& file) {
  struct stat info {};
  if (lstat(file.path.c_str(), &info) != 0) return;
  if (info.st_dev == file.device && info.st_ino == file.inode) unlink(file.path.c_str());
}

}  // namespace aemp
