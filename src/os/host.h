// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Host: the seam to the operating system. Everything above this floor reaches the system through
// these interfaces and nothing else, so that a simulated host can stand in for it. Descriptors
// are plain ints here and need not be real ones. One host serves one loop.
//
// Thread rule: a host belongs to its loop's thread, Poller::wake() excepted.
// After a fork, the child's host is inert: it changes nothing that it shares with the parent.
#ifndef AEMP_OS_HOST_H
#define AEMP_OS_HOST_H

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/nanos.h"
#include "base/status.h"
#include "os/poller.h"

namespace aemp {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos monotonic() = 0;  // never goes back; unrelated to the time of day
  virtual Nanos wall() = 0;       // since 1970-01-01 UTC
};

class Random {
 public:
  virtual ~Random() = default;
  // Fills `out` with bytes fit for keys. False only if the system has none to give; then `out`
  // must not be used.
  [[nodiscard]] virtual bool fill(std::span<std::uint8_t> out) = 0;
};

// Who is at the other end of a unix socket. Not known for TCP.
struct PeerCred {
  bool known = false;
  std::uint32_t uid = 0;
  std::int32_t pid = 0;
};

struct Slice {
  const std::uint8_t* data;
  std::size_t size;
};

// Result of a read or write: n bytes, or n = -1 and errno's number.
struct IoResult {
  std::ptrdiff_t n;
  int err;
  // Nothing there, or no room: wait for readiness.
  bool again() const noexcept { return n < 0 && err == EAGAIN; }
};

// How many descriptors the process has open, at least, and may have.
struct DescriptorUse {
  std::size_t open = 0;
  std::size_t most = SIZE_MAX;
};

// Stream sockets, TCP over v4 and v6 and unix sockets, and datagram sockets, UDP. All descriptors
// are non-blocking and close-on-exec, and no call here raises SIGPIPE or blocks. Reads and writes
// of streams may transfer any part of what was asked, those of datagrams are one datagram each.
class Net {
 public:
  virtual ~Net() = default;

  // Listens on `at` (port 0: any free one, see local_address). address_in_use if somebody else
  // does; `system` with errno and a text naming the address else. any_host is not resolved here.
  // Unix paths: a socket left over from a dead process is replaced, anything else that is there
  // is left alone and an error; the file has mode 0600 and goes when this process closes the
  // listener; a directory that others may write to is refused unless it is sticky.
  virtual Result<int> listen(const Address& at) = 0;
  // Starts connecting and returns at once. The outcome: writable, then error(fd) is 0 or errno.
  virtual Result<int> connect(const Address& to) = 0;
  // A datagram socket of a port of its own, chosen by the system, that exchanges datagrams with
  // `to` alone: those from elsewhere do not come in. Not for unix sockets. Writable at once.
  // Datagrams may be lost, overtake each other and come twice. That nobody takes them there
  // (ECONNREFUSED) is told by the next read, write or error() after that is known.
  virtual Result<int> connect_datagrams(const Address& to) = 0;
  // The next connection, or -errno: -EAGAIN none is waiting; -EMFILE, -ENFILE, -ENOMEM and
  // -ENOBUFS see shed(). A connection that died while waiting is skipped. `peer` may be null.
  virtual int accept(int listener, Address* peer) = 0;
  // For a listener whose accept said -EMFILE or -ENFILE: takes one waiting connection and closes
  // it, with a descriptor kept in reserve since listen(). False if that was not possible. The
  // caller pauses the listener then, or it is readable for ever.
  virtual bool shed(int listener) = 0;

  // Right after accept() has returned `fd`. Default: no limit.
  virtual DescriptorUse descriptors([[maybe_unused]] int fd) { return {}; }
  // The same connection under the lowest number that is free now; `fd` is that or is closed. Before
  // anything else was done with it. As long as those that have high numbers move down when others
  // are closed, a number says how many are open.
  virtual int move_down(int fd) { return fd; }

  // n = 0: end of stream, or an empty datagram. What of a datagram does not fit in is lost.
  virtual IoResult read(int fd, std::span<std::uint8_t> into) = 0;
  // Empty slices are fine. A datagram must be in one slice.
  virtual IoResult write(int fd, std::span<const Slice> from) = 0;

  virtual int error(int fd) = 0;  // takes the pending error: errno or 0
  virtual Result<Address> local_address(int fd) = 0;
  virtual Result<Address> peer_address(int fd) = 0;
  virtual PeerCred peer_cred(int fd) = 0;
  // TCP options; nothing for unix sockets. user_timeout: unacknowledged data older than this ends
  // the connection, 0 = the system's default.
  virtual void tune(int fd, bool nodelay, Nanos user_timeout) = 0;
  virtual void shutdown_write(int fd) = 0;
  // Closes any descriptor of this Net. Unwatch it before.
  virtual void close(int fd) = 0;
};

class Env {
 public:
  virtual ~Env() = default;
  virtual std::optional<std::string> get(std::string_view name) = 0;
};

// While it lives, nobody else has one for the same file.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class Files {
 public:
  virtual ~Files() = default;
  // The whole file, and its mode of the lower nine bits. Fails with `system` (sys_errno ENOENT if
  // there is none), or too_big over 64 MiB. Blocks like any file access.
  virtual Result<std::string> read(const std::string& path, std::uint32_t* mode = nullptr) = 0;
  // Replaces the file in one step, with exactly this mode: readers see the old text or the new.
  // The text is on disk when it returns. Of a symbolic link, what it points to is replaced, or
  // made.
  virtual Status write_atomic(const std::string& path, std::string_view text,
                              std::uint32_t mode) = 0;
  // Adds to the file's end, and makes it with this mode if there is none. The text is neither torn
  // nor mixed with what others append to a plain file of a local disk. Does not wait for the
  // reader of a pipe.
  virtual Status append(const std::string& path, std::string_view text, std::uint32_t mode) = 0;
  // Waits until it has the lock for changing the file, which need not exist: path.lock, which it
  // makes and leaves there.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

class Identity {
 public:
  virtual ~Identity() = default;
  virtual std::string nodename() = 0;  // uname -n
  virtual int pid() = 0;
  virtual std::uint32_t uid() = 0;  // effective
  // True in a child that was forked after this host was made. No system call.
  virtual bool forked() const noexcept = 0;
  // Addresses of this machine's interfaces that are up, port 0, in the system's order.
  virtual std::vector<Address> interfaces() = 0;
};

// Signals, by request only: nothing is installed before the first watch(), and the handler that
// was there comes back after the last unwatch(). Several hosts may watch the same signal.
class Signals {
 public:
  virtual ~Signals() = default;
  // From now on the arrival of signo wakes this host's poller and is remembered for take().
  // Watching twice needs two unwatch(). Fails with `system` for a signal that cannot be caught.
  virtual Status watch(int signo) = 0;
  virtual void unwatch(int signo) = 0;
  // Signals that arrived since the last take(): bit signo - 1.
  virtual std::uint64_t take() = 0;
};

class Console {
 public:
  virtual ~Console() = default;
  // Writes `line` and a newline to stderr with one write; what does not fit in is lost.
  virtual void error_line(std::string_view line) = 0;
};

class Host {
 public:
  virtual ~Host() = default;
  virtual Poller& poller() = 0;
  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  virtual Net& net() = 0;
  virtual Env& env() = 0;
  virtual Files& files() = 0;
  virtual Identity& identity() = 0;
  virtual Signals& signals() = 0;
  virtual Console& console() = 0;
};

}  // namespace aemp

#endif  // AEMP_OS_HOST_H
