// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/unix_net.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/fill_in.h"
#include "os/handed_over.h"
#include "os/platform.h"
#include "os/sockaddr.h"

namespace aemp {

namespace {

// Unsent bytes above this make a socket unwritable, so that what is urgent need not queue behind
// megabytes in the kernel.
constexpr int kNotSentLowat = 128 * 1024;
constexpr std::size_t kMaxSlices = 64;

int family_of(const Address& address) {
  switch (address.family) {
    case Address::Family::tcp4:
      return AF_INET;
    case Address::Family::tcp6:
      return AF_INET6;
    case Address::Family::local:
    case Address::Family::relay:
      break;
  }
  return AF_UNIX;
}

Fd open_socket(const Address& address, int type) {
  return Fd(platform::open_socket(family_of(address), type));
}

IoResult result_of(ssize_t n) { return n >= 0 ? IoResult{n, 0} : IoResult{-1, errno}; }

}  // namespace

UnixNet::~UnixNet() {
  if (fork_.forked()) return;
  for (const PathListener& listener : path_listeners_) remove_unix_path(listener.file);
}

Result<int> UnixNet::listen(const Address& at) {
  const Status possible = check_supported(at);
  if (!possible.ok()) return possible;
  reserve_spare();
  if (Fd given = take_handed_over(at); given.valid()) return given.release();
  if (at.is_local() && !at.is_abstract()) {
    UnixPath file;
    Result<Fd> fd = listen_unix_path(at, &file);
    if (!fd.ok()) return fd.status();
    path_listeners_.push_back({fd->get(), std::move(file)});
    return fd->release();
  }
  Fd fd = open_socket(at, SOCK_STREAM);
  if (!fd.valid()) return system_error(errno, fill_in("cannot listen on %", {at.str()}));
  if (!at.is_local()) set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.family == Address::Family::tcp6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  const SockAddr name(at);
  if (bind(fd.get(), &name.any, name.size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0) {
    const int failed = errno;
    if (failed != EADDRINUSE)
      return system_error(failed, fill_in("cannot listen on %", {at.str()}));
    return Status(Errc::address_in_use,
                  fill_in("cannot listen on %: the address is in use", {at.str()}), failed);
  }
  if (!at.is_local()) platform::accept_with_data(fd.get());
  return fd.release();
}

Result<int> UnixNet::connect(const Address& to) { return connect(to, SOCK_STREAM); }

Result<int> UnixNet::connect_datagrams(const Address& to) { return connect(to, SOCK_DGRAM); }

Result<int> UnixNet::connect(const Address& to, int type) {
  if (fork_.forked()) return system_error(ESHUTDOWN, fill_in("cannot connect to %", {to.str()}));
  const Status possible = check_supported(to);
  if (!possible.ok()) return possible;
  Fd fd = open_socket(to, type);
  if (!fd.valid()) return system_error(errno, fill_in("cannot connect to %", {to.str()}));
  const SockAddr name(to);
  if (::connect(fd.get(), &name.any, name.size) != 0 && errno != EINPROGRESS && errno != EINTR) {
    return system_error(errno, fill_in("cannot connect to %", {to.str()}));
  }
  return fd.release();
}

int UnixNet::accept(int listener, Address* peer) {
  if (fork_.forked()) return -ESHUTDOWN;
  SockAddr name;
  for (;;) {
    const int fd = platform::accept(listener, &name.any, name.room());
    if (fd >= 0) {
      if (peer != nullptr) *peer = name.address();
      return fd;
    }
    if (!platform::concerns_one_connection(errno)) return -errno;
  }
}

void UnixNet::reserve_spare() {
  // Any descriptor does; this one needs no file system.
  if (!spare_.valid()) spare_ = Fd(platform::open_socket(AF_UNIX, SOCK_DGRAM));
}

bool UnixNet::shed(int listener) {
  if (fork_.forked()) return false;
  reserve_spare();
  spare_.reset();
  Fd victim(std::max(accept(listener, nullptr), -1));
  const bool done = victim.valid();
  victim.reset();
  reserve_spare();
  return done;
}

// POSIX gives the lowest number that is free: all below are taken.
DescriptorUse UnixNet::descriptors(int fd) {
  rlimit limit{};
  DescriptorUse use;
  use.open = static_cast<std::size_t>(fd) + 1;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    use.most = static_cast<std::size_t>(limit.rlim_cur);
  }
  return use;
}

int UnixNet::move_down(int fd) {
  const int other = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (other < 0) return fd;
  ::close(std::max(fd, other));
  return std::min(fd, other);
}

IoResult UnixNet::read(int fd, std::span<std::uint8_t> into) {
  if (fork_.forked()) return {-1, ESHUTDOWN};
  ssize_t n;
  do {
    n = recv(fd, into.data(), into.size(), 0);
  } while (n < 0 && errno == EINTR);
  return result_of(n);
}

IoResult UnixNet::write(int fd, std::span<const Slice> from) {
  if (fork_.forked()) return {-1, ESHUTDOWN};
  iovec parts[kMaxSlices];
  std::size_t count = 0;
  for (const Slice& slice : from) {
    if (slice.size == 0) continue;
    parts[count++] = {const_cast<std::uint8_t*>(slice.data), slice.size};
    if (count == kMaxSlices) break;
  }
  if (count == 0) return {0, 0};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  const int flags = platform::send_flags();
  ssize_t n;
  do {
    n = count == 1 ? send(fd, parts[0].iov_base, parts[0].iov_len, flags)
                   : sendmsg(fd, &message, flags);
  } while (n < 0 && errno == EINTR);
  return result_of(n);
}

int UnixNet::error(int fd) {
  int pending = 0;
  socklen_t size = sizeof pending;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &size) != 0) return errno;
  if (pending != 0) return pending;
  // Dialling a free port of this machine may, by the kernel's choice of the local port, connect a
  // TCP socket to itself. Nobody listens there.
  const Result<Address> here = local_address(fd);
  const Result<Address> there = peer_address(fd);
  const bool itself = here.ok() && there.ok() && !here->is_local() && *here == *there;
  return itself ? ECONNREFUSED : 0;
}

Result<Address> UnixNet::local_address(int fd) {
  SockAddr name;
  if (getsockname(fd, &name.any, name.room()) != 0) {
    return system_error(errno, "cannot ask for a socket's address");
  }
  return name.address();
}

Result<Address> UnixNet::peer_address(int fd) {
  SockAddr name;
  if (getpeername(fd, &name.any, name.room()) != 0) {
    return system_error(errno, "cannot ask for a peer's address");
  }
  return name.address();
}

PeerCred UnixNet::peer_cred(int fd) { return platform::peer_cred(fd); }

void UnixNet::tune(int fd, bool nodelay, Nanos user_timeout) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, nodelay ? 1 : 0);
  platform::tune_tcp(fd, user_timeout, kNotSentLowat);
}

void UnixNet::shutdown_write(int fd) {
  if (!fork_.forked()) ::shutdown(fd, SHUT_WR);
}

void UnixNet::close(int fd) {
  const auto it = std::find_if(path_listeners_.begin(), path_listeners_.end(),
                               [fd](const PathListener& listener) { return listener.fd == fd; });
  if (it != path_listeners_.end()) {
    // Before closing: a living socket is not taken for an abandoned one.
    if (!fork_.forked()) remove_unix_path(it->file);
    path_listeners_.erase(it);
  }
  ::close(fd);
}

}  // namespace aemp
