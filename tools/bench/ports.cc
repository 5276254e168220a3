// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What an idle port weighs whose receiver holds one pointer.
#include <aemp/aemp.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>

#include "laps.h"
#include "roles.h"

namespace bench {

Report aemp_ports(const Task& task, Talk&) {
  aemp::Loop loop;
  aemp::Node node(loop);
  std::uint64_t hits = 0;
  Growth growth;
  const std::uint64_t allocs = allocations();
  const std::uint64_t start = now_ns();
  aemp::Port last;
  for (std::uint64_t i = 0; i < task.n; ++i) {
    last = node.port([&hits](aemp::Message) { ++hits; });
  }
  Report report = total_report(task, now_ns() - start, allocations() - allocs);
  growth.measure(task.n);
  growth.add_to(report);
  node.snd(last, "hit");
  const bool hit = loop.run_until([&hits] { return hits == 1; }, std::chrono::seconds(5));
  if (!hit || node.stats().ports != task.n) throw std::runtime_error("a port is missing");
  return report;
}

}  // namespace bench
