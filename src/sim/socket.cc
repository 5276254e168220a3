// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/socket.h"

namespace aemp::sim {

namespace {

// What two sockets and the way between them hold.
constexpr std::size_t kCapacity = 256 * 1024;
// Below this much room a socket is not worth writing to.
constexpr std::size_t kWorthwhile = 16 * 1024;

}  // namespace

End& End::other() const noexcept { return connection->ends[this == &connection->ends[0] ? 1 : 0]; }

std::size_t End::room() const noexcept {
  const std::size_t used = other().in.size();
  return used < kCapacity ? kCapacity - used : 0;
}

std::uint8_t End::readiness() const noexcept {
  if (connecting) return 0;
  unsigned events = 0;
  if (in.arrived() > 0 || eof || is_reset) events |= kReadable;
  if (is_reset || shut || room() >= kWorthwhile) events |= kWritable;
  if (error != 0) events |= kError | kReadable | kWritable;
  if (is_reset || (eof && shut)) events |= kHangup;
  return static_cast<std::uint8_t>(events);
}

std::uint8_t DatagramSocket::readiness() const noexcept {
  unsigned events = kWritable;
  if (!in.empty()) events |= kReadable;
  if (error != 0) events |= kError;
  return static_cast<std::uint8_t>(events);
}

}  // namespace aemp::sim
