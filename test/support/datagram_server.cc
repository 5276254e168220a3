// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/datagram_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "os/sockaddr.h"
#include "sim/process.h"

namespace aemp {

namespace {

class RealServer final : public DatagramServer {
 public:
  explicit RealServer(int fd) : fd_(fd) {}
  ~RealServer() override { close(fd_); }

  int fd() const override { return fd_; }
  Address address() const override {
    SockAddr name;
    getsockname(fd_, &name.any, name.room());
    return name.address();
  }
  std::optional<std::pair<Bytes, Address>> take() override {
    Bytes bytes(65536);
    SockAddr name;
    const ssize_t n = recvfrom(fd_, bytes.data(), bytes.size(), 0, &name.any, name.room());
    if (n < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(n));
    return std::pair(std::move(bytes), name.address());
  }
  void send(const Address& to, const Bytes& bytes) override {
    const SockAddr name(to);
    sendto(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL, &name.any, name.size);
  }

 private:
  int fd_;
};

class SimulatedServer final : public DatagramServer {
 public:
  SimulatedServer(sim::SimNet& net, int fd) : net_(net), fd_(fd) {}
  ~SimulatedServer() override { net_.close(fd_); }

  int fd() const override { return fd_; }
  Address address() const override { return net_.local_address(fd_).take(); }
  std::optional<std::pair<Bytes, Address>> take() override {
    std::optional<sim::Datagram> datagram = net_.take_datagram(fd_);
    if (!datagram) return std::nullopt;
    return std::pair(std::move(datagram->bytes), std::move(datagram->from));
  }
  void send(const Address& to, const Bytes& bytes) override { net_.send_datagram(fd_, to, bytes); }

 private:
  sim::SimNet& net_;
  int fd_;
};

}  // namespace

std::unique_ptr<DatagramServer> DatagramServer::open(Host& host, const Address& at) {
  if (auto* process = dynamic_cast<sim::ProcessCore*>(&host)) {
    Result<int> fd = process->sockets().bind_datagrams(at);
    if (!fd.ok()) return nullptr;
    return std::make_unique<SimulatedServer>(process->sockets(), *fd);
  }
  const int family = at.family == Address::Family::tcp4 ? AF_INET : AF_INET6;
  const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return nullptr;
  auto made = std::make_unique<RealServer>(fd);
  const SockAddr name(at);
  if (bind(fd, &name.any, name.size) != 0) return nullptr;
  return made;
}

}  // namespace aemp
