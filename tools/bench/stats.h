// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Order statistics. Both functions sort or copy what they are given and want at least one value.
#ifndef AEMP_BENCH_STATS_H
#define AEMP_BENCH_STATS_H

#include <cstdint>
#include <vector>

namespace bench {

struct Percentiles {
  double p50;
  double p99;
  double p999;
};

// Of samples in any order, which are sorted in place; nearest rank.
[[nodiscard]] Percentiles percentiles(std::vector<std::uint64_t>& samples);

// NaN values (not measured) are left out; NaN if none is left.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace bench

#endif  // AEMP_BENCH_STATS_H
