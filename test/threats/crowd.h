// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Crowd: very many TCP connections from addresses of 127/8, held by hand.
#ifndef AEMP_TEST_THREATS_CROWD_H
#define AEMP_TEST_THREATS_CROWD_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aemp::threats {

// As many descriptors as the system lets this process have, while it lives.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit most = before_;
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    getrlimit(RLIMIT_NOFILE, &now_);
  }
  ~ManyDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;
  std::size_t count() const { return now_.rlim_cur; }

 private:
  rlimit before_{}, now_{};
};

// So few more than it has now, while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int more) : count_(next() + more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(count_);
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  int count() const { return count_; }
  // Of them, those that are in use.
  int open() const {
    int n = 0;
    for (int fd = 0; fd < count_; ++fd) n += fcntl(fd, F_GETFD) != -1;
    return n;
  }

 private:
  static int next() {
    const int fd = dup(0);
    ::close(fd);
    return fd;
  }

  int count_;
  rlimit before_{};
};

class Crowd {
 public:
  // "127.0.0.1:PORT", as Node::binds() says it.
  explicit Crowd(const std::string& address) {
    to_.sin_family = AF_INET;
    to_.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(10))));
    to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  ~Crowd() {
    for (const int fd : fds_) ::close(fd);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // One more, from the source of this number, that says this. Does not wait for anything: over
  // loopback connecting succeeds at once or is refused for want of room. False: it could not.
  bool add(std::uint32_t source, std::span<const std::uint8_t> words) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    fds_.push_back(fd);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(0x7f010001 + source);
    if (bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) return false;
    if (connect(fd, reinterpret_cast<sockaddr*>(&to_), sizeof to_) != 0 && errno != EINPROGRESS) {
      return false;
    }
    return words.empty() || send(fd, words.data(), words.size(), MSG_NOSIGNAL) > 0;
  }
  // Gives the oldest up.
  void drop_oldest() {
    ::close(fds_.front());
    fds_.erase(fds_.begin());
  }
  std::size_t size() const { return fds_.size(); }

 private:
  sockaddr_in to_{};
  std::vector<int> fds_;
};

}  // namespace aemp::threats

#endif  // AEMP_TEST_THREATS_CROWD_H
