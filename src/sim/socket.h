// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the simulated network is made of: listeners, connections of two ends, and sockets for
// datagrams. They belong to the World (connections) and to a process's Net (all else).
#ifndef AEMP_SIM_SOCKET_H
#define AEMP_SIM_SOCKET_H

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/address.h"
#include "os/host.h"
#include "sim/pipe.h"

namespace aemp::sim {

class ProcessCore;
struct Connection;

// How bytes travel from one process to another.
struct Route {
  Nanos delay = 0, jitter = 0;
  std::uint64_t bandwidth = 0;
  std::uint64_t altered = 0;  // one byte in so many; 0: none
  std::uint64_t loss = 0;     // of datagrams one in so many; 0: none
  bool held = false;          // nothing arrives
  bool chosen = false;        // set_path() was called
};

// How finely reads and writes are cut up.
enum class Mood : std::uint8_t { whole, mixed, tiny };

struct End {
  // Bits of os/poller.h.
  std::uint8_t readiness() const noexcept;
  // Bytes that may be written now.
  std::size_t room() const noexcept;
  End& other() const noexcept;

  Connection* connection = nullptr;
  std::uint32_t id = 0;
  ProcessCore* process = nullptr;  // whose it is; null: on its way to a listener, or closed
  int fd = -1;                     // not accepted yet, or closed
  Pipe in;                         // towards this end
  Route* route = nullptr;          // of what comes in
  Address local, remote;
  PeerCred cred;  // of the other end
  bool connecting = false;
  bool eof = false;       // arrived here
  bool shut = false;      // writing was shut down here
  bool is_reset = false;  // arrived here
  bool closed = false;
  bool gone = false;  // its machine vanished: nothing arrives, nothing is answered
  int error = 0;      // pending
  Mood mood = Mood::whole;
};

struct Connection {
  End ends[2];           // who connects, who accepts
  bool arrived = false;  // at a listener
};

struct Listener {
  ProcessCore* process;
  int fd;
  Address at;
  std::deque<End*> waiting;
};

struct Datagram {
  Address from, to;
  std::vector<std::uint8_t> bytes;
};

struct DatagramSocket {
  // Bits of os/poller.h.
  std::uint8_t readiness() const noexcept;
  bool takes(const Datagram& datagram) const {
    return !remote.has_value() || *remote == datagram.from;
  }

  ProcessCore* process;
  int fd;
  Address local;
  std::optional<Address> remote;  // only with whom
  std::deque<Datagram> in;
  std::size_t in_bytes = 0;
  int error = 0;  // pending
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_SOCKET_H
