// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The aemp side of a pair: the server's node listens, the client's node has it as its only seed.
// The server announces a port, the client answers with one of its own; from then on each watches
// the other's.
#ifndef AEMP_BENCH_STATION_H
#define AEMP_BENCH_STATION_H

#include <aemp/aemp.h>

#include <cstddef>
#include <span>
#include <string>

#include "workload.h"

namespace bench {

using Bytes = std::span<const std::byte>;

// A node of a pair, by what the task says of links; where it listens or dials is not said.
enum class End { kServer, kClient };
[[nodiscard]] aemp::Config config_of(const Task& task, End end);

class Station {
 public:
  // The server's. Listens on loopback, or on an abstract unix name.
  explicit Station(const Task& task);
  // The client's. hears() from the server where it is.
  Station(const Task& task, Talk& talk);

  aemp::Loop& loop() { return loop_; }
  aemp::Node& node() { return node_; }

  // Server: tells the client where to send its own port.
  void announce(Talk& talk, const aemp::Port& control);
  // Client: what was announced.
  const aemp::Port& server() const { return server_; }

  // Ends run() when `other` is lost.
  void watch(const aemp::Port& other);

  // Client: runs until finish(). Throws when the server is lost before.
  void run();
  // Server: runs until the client has left. Throws when finish() was not called before.
  void serve();
  // The work is complete; ends run(), but not serve(): the last answer has still to be fetched.
  void finish();

 private:
  aemp::Loop loop_;
  aemp::Node node_;
  aemp::Port server_;
  std::string lost_;  // why, as JSON; empty = nobody is lost
  bool serving_ = false;
  bool finished_ = false;
};

}  // namespace bench

#endif  // AEMP_BENCH_STATION_H
