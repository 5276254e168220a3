// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Create, monitor, kill, callback: a batch of ports is created and monitored, then killed; when all
// monitors of the batch have fired, the next follows. A lap is one batch.
#include <aemp/aemp.h>

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "laps.h"
#include "roles.h"

namespace bench {
namespace {

struct Batches {
  aemp::Loop& loop;
  aemp::Node& node;
  Laps& laps;
  std::uint64_t warm_laps;
  std::vector<aemp::Port> ports{};
  std::uint64_t messages = 0;
  std::uint64_t in_batch = 0;
  std::uint64_t fired = 0;

  void start_batch() {
    for (aemp::Port& port : ports) {
      port = node.port([this](aemp::Message) { ++messages; });
      node.mon(port, [this](aemp::Message) { fire(); });
    }
    for (const aemp::Port& port : ports) node.kil(port);
  }

  void fire() {
    ++fired;
    if (++in_batch < kMonitorBatch) return;
    in_batch = 0;
    if (laps.lap_after(warm_laps)) {
      start_batch();
    } else {
      loop.stop();
    }
  }
};

}  // namespace

Report aemp_monitors(const Task& task, Talk&) {
  Laps laps(task.n / kMonitorBatch);
  aemp::Loop loop;
  aemp::Node node(loop);
  Batches batches{loop, node, laps, task.warm / kMonitorBatch};
  batches.ports.resize(kMonitorBatch);
  batches.start_batch();
  loop.run();
  if (batches.fired != task.warm + task.n || node.stats().monitors != 0) {
    throw std::runtime_error("monitors did not fire once each");
  }
  return laps.report(kMonitorBatch, 0);
}

}  // namespace bench
