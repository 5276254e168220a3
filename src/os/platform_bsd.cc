// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The BSDs and macOS. They differ among each other in what they have, not in how it works: hence
// the #ifdefs, each about one constant of theirs.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "os/platform.h"
#include "os/sys.h"

namespace aemp::platform {

namespace {

bool set_flags(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

// -1 and errno, with the descriptor closed, if it cannot be made as it must be.
int finished(int fd, bool has_flags) {
  if (fd < 0) return fd;
  Fd owner(fd);
  if (!has_flags && !set_flags(fd)) return -1;
#ifdef SO_NOSIGPIPE
  // macOS refuses it for a connection that the peer has reset already.
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on) != 0) {
    errno = ECONNABORTED;
    return -1;
  }
#endif
  return owner.release();
}

}  // namespace

// arc4random(3): always works, in a child process too.
bool fill_random(std::span<std::uint8_t> out) {
  if (!out.empty()) arc4random_buf(out.data(), out.size());
  return true;
}

// Without the flags of socket(2), a fork and exec in another thread may come in between.
int open_socket(int family, int type) {
#ifdef SOCK_CLOEXEC
  return finished(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), true);
#else
  return finished(socket(family, type, 0), false);
#endif
}

int accept(int listener, sockaddr* peer, socklen_t* size) {
#ifdef SOCK_CLOEXEC
  return finished(accept4(listener, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC), true);
#else
  return finished(::accept(listener, peer, size), false);
#endif
}

int send_flags() noexcept {
#ifdef MSG_NOSIGNAL
  return MSG_NOSIGNAL;
#else
  return 0;
#endif
}

int open_pipe(int ends[2]) {
#ifdef SOCK_CLOEXEC
  return pipe2(ends, O_NONBLOCK | O_CLOEXEC);
#else
  if (pipe(ends) != 0) return -1;
  Fd one(ends[0]), two(ends[1]);
  if (!set_flags(ends[0]) || !set_flags(ends[1])) return -1;
  one.release();
  two.release();
  return 0;
#endif
}

bool concerns_one_connection(int err) noexcept {
  return err == EINTR || err == ECONNABORTED || err == ECONNRESET || err == EPROTO;
}

// FreeBSD, NetBSD and DragonFly: accf_data(9), if it is there.
void accept_with_data([[maybe_unused]] int listener) noexcept {
#ifdef SO_ACCEPTFILTER
  accept_filter_arg filter{};
  constexpr char kName[] = "dataready";
  static_assert(sizeof kName <= sizeof filter.af_name);
  std::copy(kName, kName + sizeof kName, filter.af_name);
  (void)setsockopt(listener, SOL_SOCKET, SO_ACCEPTFILTER, &filter, sizeof filter);
#endif
}

// getpeereid(3) tells no process id.
PeerCred peer_cred(int fd) {
  uid_t uid;
  gid_t gid;
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return {};
  if (name.ss_family != AF_UNIX || getpeereid(fd, &uid, &gid) != 0) return {};
  return {true, uid, 0};
}

void tune_tcp(int fd, [[maybe_unused]] Nanos user_timeout, [[maybe_unused]] int unsent_limit) {
  // Seconds, rounded up.
  [[maybe_unused]] const int seconds =
      static_cast<int>(std::min<Nanos>(units_of(user_timeout, kSecond), INT_MAX));
#if defined(TCP_MAXUNACKTIME)
  if (seconds > 0) set_option(fd, IPPROTO_TCP, TCP_MAXUNACKTIME, seconds);
#elif defined(TCP_RXT_CONNDROPTIME)
  if (seconds > 0) set_option(fd, IPPROTO_TCP, TCP_RXT_CONNDROPTIME, seconds);
#endif
#ifdef TCP_NOTSENT_LOWAT
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_limit);
#endif
}

bool has_abstract_sockets() noexcept { return false; }

void* map_page_wiped_on_fork([[maybe_unused]] std::size_t size) {
#if defined(INHERIT_ZERO)
  constexpr int kZeros = INHERIT_ZERO;
#elif defined(MAP_INHERIT_ZERO)
  constexpr int kZeros = MAP_INHERIT_ZERO;
#endif
#if defined(INHERIT_ZERO) || defined(MAP_INHERIT_ZERO)
  void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (minherit(page, size, kZeros) == 0) return page;
  munmap(page, size);
#endif
  return nullptr;
}

void leave_out_of_core([[maybe_unused]] void* pages, [[maybe_unused]] std::size_t size) noexcept {
#ifdef MADV_NOCORE
  madvise(pages, size, MADV_NOCORE);
#endif
}

}  // namespace aemp::platform
