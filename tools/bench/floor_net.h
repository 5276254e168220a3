// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The least that a message needs from the kernel: one connected, non-blocking stream socket and an
// epoll instance to wait for it. Failing calls throw std::system_error.
#ifndef AEMP_BENCH_FLOOR_NET_H
#define AEMP_BENCH_FLOOR_NET_H

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "workload.h"

namespace bench {

class Socket {
 public:
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  static Socket dial(Transport transport, const std::string& address);

  void set_spin(Spin spin) { spin_ = spin; }

  // Waits until there is input and takes what there is, at most `room`; 0 = the other side closed.
  std::size_t receive(char* to, std::size_t room);
  void receive_all(char* to, std::size_t size);  // throws when the other side closes before
  void send_all(const char* from, std::size_t size);
  void send_all(std::span<iovec> parts);  // uses `parts` up

 private:
  friend class Listener;
  Socket(int fd, Transport transport);
  void wait(std::uint32_t events);

  int fd_;
  int epoll_ = -1;
  std::uint32_t watched_ = 0;
  Spin spin_ = Spin::kNo;
};

class Listener {
 public:
  explicit Listener(Transport transport);  // loopback and a free port, or an abstract unix name
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  const std::string& address() const { return address_; }  // for dial()
  Socket accept();

 private:
  Transport transport_;
  int fd_;
  std::string address_;
};

}  // namespace bench

#endif  // AEMP_BENCH_FLOOR_NET_H
