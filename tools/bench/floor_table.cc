// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Receivers and monitors in hand-written tables: what an idle one weighs, and create + monitor +
// kill + callback in batches (a lap is one batch).
#include <cstdint>
#include <stdexcept>

#include "laps.h"
#include "roles.h"
#include "switchboard.h"

namespace bench {

Report floor_ports(const Task& task, Talk&) {
  Switchboard board;
  std::uint64_t hits = 0;
  Growth growth;
  const std::uint64_t allocs = allocations();
  const std::uint64_t start = now_ns();
  Switchboard::Id last = 0;
  for (std::uint64_t i = 0; i < task.n; ++i) {
    last = board.open([&hits](const Switchboard::Body&) { ++hits; });
  }
  Report report = total_report(task, now_ns() - start, allocations() - allocs);
  growth.measure(task.n);
  growth.add_to(report);
  board.send(last, {});
  board.run();
  if (hits != 1 || board.size() != task.n) throw std::runtime_error("a receiver is missing");
  return report;
}

Report floor_monitors(const Task& task, Talk&) {
  Switchboard board;
  std::uint64_t fired = 0;
  std::vector<Switchboard::Id> ids(kMonitorBatch);
  const auto batch = [&] {
    for (Switchboard::Id& id : ids) {
      id = board.open([&fired](const Switchboard::Body&) { ++fired; });
      board.monitor(id, [&fired](Switchboard::Id) { ++fired; });
    }
    for (const Switchboard::Id id : ids) board.kill(id);
    board.run();
  };
  Laps laps(task.n / kMonitorBatch);
  for (std::uint64_t i = 0; i < task.warm; i += kMonitorBatch) batch();
  laps.start();
  do {
    batch();
  } while (laps.lap());
  if (fired != task.warm + task.n) throw std::runtime_error("monitors did not fire once each");
  return laps.report(kMonitorBatch, 0);
}

}  // namespace bench
