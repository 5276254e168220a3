// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "floor_net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "system.h"

namespace bench {
namespace {

int stream_socket(Transport transport) {
  const int family = transport == Transport::kTcp ? AF_INET : AF_UNIX;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_errno("socket");
  return fd;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::string bind_tcp(int fd) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, generic(address), size) != 0) fail_errno("bind to loopback");
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail_errno("getsockname");
  }
  return std::to_string(ntohs(address.sin_port));
}

std::string bind_unix(int fd) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // No name given: the kernel chooses a free abstract one, which leaves nothing behind.
  if (::bind(fd, generic(address), sizeof address.sun_family) != 0) fail_errno("bind to a name");
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail_errno("getsockname");
  }
  return std::string(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
}

}  // namespace

Socket::Socket(int fd, Transport transport) : fd_(fd), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail_errno("epoll_create1");
  const int on = 1;
  if (transport == Transport::kTcp &&
      ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    fail_errno("TCP_NODELAY");
  }
  watched_ = EPOLLIN;
  epoll_event event{};
  event.events = watched_;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) fail_errno("epoll_ctl");
}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      epoll_(std::exchange(other.epoll_, -1)),
      watched_(other.watched_),
      spin_(other.spin_) {}

Socket::~Socket() {
  if (epoll_ >= 0) ::close(epoll_);
  if (fd_ >= 0) ::close(fd_);
}

Socket Socket::dial(Transport transport, const std::string& address) {
  const int fd = stream_socket(transport);
  int failed = 0;
  if (transport == Transport::kTcp) {
    const sockaddr_in to = loopback(static_cast<std::uint16_t>(std::stoul(address)));
    failed = ::connect(fd, generic(to), sizeof to);
  } else {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (address.size() >= sizeof to.sun_path) throw std::logic_error("unix name too long");
    std::memcpy(to.sun_path + 1, address.data(), address.size());
    const std::size_t size = offsetof(sockaddr_un, sun_path) + 1 + address.size();
    failed = ::connect(fd, generic(to), static_cast<socklen_t>(size));
  }
  if (failed != 0) fail_errno("connect");
  return Socket(fd, transport);
}

void Socket::wait(std::uint32_t events) {
  epoll_event event{};
  if (events != watched_) {
    event.events = watched_ = events;
    if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event) != 0) fail_errno("epoll_ctl");
  }
  const int timeout_ms = spin_ == Spin::kPoll ? 0 : -1;
  int ready = 0;
  do {
    ready = ::epoll_wait(epoll_, &event, 1, timeout_ms);
  } while (ready == 0 || (ready < 0 && errno == EINTR));
  if (ready < 0) fail_errno("epoll_wait");
}

std::size_t Socket::receive(char* to, std::size_t room) {
  for (;;) {
    if (spin_ != Spin::kReceive) wait(EPOLLIN);
    const ssize_t got = ::recv(fd_, to, room, MSG_DONTWAIT);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EAGAIN && errno != EINTR) fail_errno("recv");
  }
}

void Socket::receive_all(char* to, std::size_t size) {
  while (size != 0) {
    const std::size_t got = receive(to, size);
    if (got == 0) throw std::runtime_error("the other side closed the connection");
    to += got;
    size -= got;
  }
}

void Socket::send_all(const char* from, std::size_t size) {
  while (size != 0) {
    const ssize_t sent = ::send(fd_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      from += sent;
      size -= static_cast<std::size_t>(sent);
    } else if (errno == EAGAIN) {
      wait(EPOLLOUT);
    } else if (errno != EINTR) {
      fail_errno("send");
    }
  }
}

void Socket::send_all(std::span<iovec> parts) {
  while (!parts.empty()) {
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) wait(EPOLLOUT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) fail_errno("sendmsg");
    std::size_t done = sent > 0 ? static_cast<std::size_t>(sent) : 0;
    while (!parts.empty() && done >= parts.front().iov_len) {
      done -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (done != 0) {
      parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + done;
      parts.front().iov_len -= done;
    }
  }
}

Listener::Listener(Transport transport) : transport_(transport), fd_(stream_socket(transport)) {
  address_ = transport == Transport::kTcp ? bind_tcp(fd_) : bind_unix(fd_);
  if (::listen(fd_, 1) != 0) fail_errno("listen");
}

Listener::~Listener() { ::close(fd_); }

Socket Listener::accept() {
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) fail_errno("accept");
  return Socket(fd, transport_);
}

}  // namespace bench
