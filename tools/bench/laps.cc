// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "laps.h"

#include <stdexcept>

#include "stats.h"

namespace bench {

Report Laps::report(std::uint64_t per_lap, std::size_t size) {
  if (used_ != times_.size()) throw std::runtime_error("the work ended early");
  const double messages = static_cast<double>(per_lap);
  const Percentiles of = percentiles(times_);
  Report report;
  report.p50_ns = of.p50 / messages;
  report.p99_ns = of.p99 / messages;
  report.p999_ns = of.p999 / messages;
  report.msgs_per_s =
      messages * static_cast<double>(used_) * 1e9 / static_cast<double>(last_ - start_);
  if (size != 0) report.mb_per_s = report.msgs_per_s * static_cast<double>(size) / 1e6;
  report.allocs = static_cast<double>(allocations_);
  return report;
}

Report total_report(const Task& task, std::uint64_t elapsed_ns, std::uint64_t allocs) {
  Report report;
  report.msgs_per_s = static_cast<double>(task.n) * 1e9 / static_cast<double>(elapsed_ns);
  if (task.size != 0) report.mb_per_s = report.msgs_per_s * static_cast<double>(task.size) / 1e6;
  report.allocs = static_cast<double>(allocs);
  return report;
}

void Growth::measure(std::uint64_t n) {
  const double ports = static_cast<double>(n);
  resident_ = (static_cast<double>(resident_bytes()) - resident_) / ports;
  heap_ = (heap_bytes() - heap_) / ports;
}

void Growth::add_to(Report& report) const {
  report.bytes_per_port = resident_;
  report.heap_per_port = heap_;
}

}  // namespace bench
