// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// DatagramServer: a socket that takes datagrams from everybody, which the library never needs: one
// of the system, or of a simulated process.
#ifndef AEMP_TEST_SUPPORT_DATAGRAM_SERVER_H
#define AEMP_TEST_SUPPORT_DATAGRAM_SERVER_H

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "os/host.h"

namespace aemp {

class DatagramServer {
 public:
  using Bytes = std::vector<std::uint8_t>;

  // On that host; null if it cannot be had. Port 0: any.
  static std::unique_ptr<DatagramServer> open(Host& host, const Address& at);
  virtual ~DatagramServer() = default;

  virtual int fd() const = 0;  // of the host's Net; readable when there is one to take
  virtual Address address() const = 0;
  // The next one and from whom.
  virtual std::optional<std::pair<Bytes, Address>> take() = 0;
  virtual void send(const Address& to, const Bytes& bytes) = 0;
};

}  // namespace aemp

#endif  // AEMP_TEST_SUPPORT_DATAGRAM_SERVER_H
