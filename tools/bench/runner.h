// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Runs the pairs of a case, floor and aemp alternating, and reduces them to medians.
#ifndef AEMP_BENCH_RUNNER_H
#define AEMP_BENCH_RUNNER_H

#include <functional>
#include <string>
#include <vector>

#include "workload.h"

namespace bench {

// One line of output.
struct Figures {
  std::string workload;
  std::size_t size = 0;  // 0 = none
  std::uint64_t n = 0;
  Report of;  // medians
  double allocs_per_msg = kNotMeasured;
  Ratio ratio = Ratio::kTime;     // of what the next two are
  double x_floor = kNotMeasured;  // median of the paired ratios
  double x_plain = kNotMeasured;  // of encrypted links and plain ones
};

// `progress` is called before each run with what is about to be run. Throws std::runtime_error when
// a run failed. The floor's figures come first.
[[nodiscard]] std::vector<Figures> run_case(
    const Case& what, const Options& options,
    const std::function<void(const std::string&)>& progress);

}  // namespace bench

#endif  // AEMP_BENCH_RUNNER_H
