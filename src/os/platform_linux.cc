// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "os/platform.h"
#include "os/sys.h"

namespace aemp::platform {

bool fill_random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t n = getrandom(out.data(), out.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

int open_socket(int family, int type) {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int accept(int listener, sockaddr* peer, socklen_t* size) {
  return accept4(listener, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int send_flags() noexcept { return MSG_NOSIGNAL; }

int open_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

// accept(2), "Error handling".
bool concerns_one_connection(int err) noexcept {
  switch (err) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

void accept_with_data(int listener) noexcept {
  set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
}

PeerCred peer_cred(int fd) {
  ucred cred{};
  socklen_t size = sizeof cred;
  int domain = 0;
  socklen_t domain_size = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) == 0 && domain == AF_UNIX &&
      getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) == 0 &&
      cred.uid != static_cast<uid_t>(-1)) {
    return {true, cred.uid, cred.pid};
  }
  return {};
}

void tune_tcp(int fd, Nanos user_timeout, int unsent_limit) {
  if (user_timeout > 0) {
    const Nanos ms = std::clamp<Nanos>(user_timeout / kMillisecond, 1, INT_MAX);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(ms));
  }
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, unsent_limit);
}

bool has_abstract_sockets() noexcept { return true; }

void* map_page_wiped_on_fork(std::size_t size) {
  void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (madvise(page, size, MADV_WIPEONFORK) == 0) return page;
  munmap(page, size);
  return nullptr;
}

void leave_out_of_core(void* pages, std::size_t size) noexcept {
  madvise(pages, size, MADV_DONTDUMP);
}

}  // namespace aemp::platform
