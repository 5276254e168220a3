// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// One message of one bytes argument at a time between two nodes; the server's default receiver
// sends it back.
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "laps.h"
#include "roles.h"
#include "station.h"

namespace bench {

Report aemp_pingpong_server(const Task& task, Talk& talk) {
  Station station(task);
  aemp::Node& node = station.node();
  aemp::Port client;
  std::uint64_t before = 0;
  std::uint64_t count = 0;
  Report report;
  const aemp::Port echo = node.port([&](Bytes ping) {
    node.snd(client, ping);
    ++count;
    if (count == task.warm) before = allocations();
    if (count < task.warm + task.n) return;
    report.allocs = static_cast<double>(allocations() - before);
    station.finish();
  });
  const aemp::Port control = node.port([&](aemp::Port from, aemp::Port ready) {
    client = from;
    station.watch(client);
    node.snd(ready, echo);
  });
  station.announce(talk, control);
  station.serve();
  return report;
}

Report aemp_pingpong_client(const Task& task, Talk& talk) {
  Laps laps(task.n);
  Station station(task, talk);
  aemp::Node& node = station.node();
  const std::vector<std::byte> ping(task.size);
  std::uint64_t warm = task.warm;
  std::uint64_t bytes = 0;
  aemp::Port echo;
  const aemp::Port port = node.port([&](Bytes pong) {
    bytes += pong.size();
    if (laps.lap_after(warm)) {
      node.snd(echo, ping);
    } else {
      station.finish();
    }
  });
  const aemp::Port ready = node.port([&](aemp::Port from) {
    echo = from;
    node.snd(echo, ping);
  });
  station.watch(station.server());
  node.snd(station.server(), port, ready);
  station.run();
  if (bytes != task.size * (task.warm + task.n)) {
    throw std::runtime_error("the echo differs from what was sent");
  }
  return laps.report(1, task.size);
}

}  // namespace bench
