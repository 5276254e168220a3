// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Stopwatches for a measured stretch of work, and what turns their readings into a report.
#ifndef AEMP_BENCH_LAPS_H
#define AEMP_BENCH_LAPS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "alloc_count.h"
#include "system.h"
#include "workload.h"

namespace bench {

// Time of each lap, time of all, allocations. Memory for the laps is taken and touched up front, so
// that the stretch itself allocates nothing.
class Laps {
 public:
  explicit Laps(std::uint64_t laps) : times_(laps) {}  // at least one

  void start() {
    used_ = 0;
    allocations_ = allocations();
    start_ = last_ = now_ns();
  }

  // Ends a lap. False: that was the last one, and the stretch is over.
  bool lap() {
    const std::uint64_t now = now_ns();
    times_[used_++] = now - last_;
    last_ = now;
    if (used_ < times_.size()) return true;
    allocations_ = allocations() - allocations_;
    return false;
  }

  // lap() for callbacks that begin with `warm` laps (counted down) that are not measured.
  bool lap_after(std::uint64_t& warm) {
    if (warm == 0) return lap();
    if (--warm == 0) start();
    return true;
  }

  // Once all laps are over, each of which was `per_lap` messages of `size` bytes. Sorts the laps:
  // call it once.
  [[nodiscard]] Report report(std::uint64_t per_lap, std::size_t size);

 private:
  std::vector<std::uint64_t> times_;
  std::uint64_t used_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t allocations_ = 0;
};

// For work whose messages are not timed one by one.
[[nodiscard]] Report total_report(const Task& task, std::uint64_t elapsed_ns, std::uint64_t allocs);

// Memory that this process takes from when a Growth is made until measure().
class Growth {
 public:
  void measure(std::uint64_t n);  // for each of `n` ports
  void add_to(Report& report) const;

 private:
  double resident_ = static_cast<double>(resident_bytes());
  double heap_ = heap_bytes();
};

}  // namespace bench

#endif  // AEMP_BENCH_LAPS_H
