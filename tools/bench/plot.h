// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Results as a picture.
#ifndef AEMP_BENCH_PLOT_H
#define AEMP_BENCH_PLOT_H

#include <string>
#include <vector>

#include "runner.h"

namespace bench {

// SVG 1.1: a bar for each line that has a floor, as long as what it costs in multiples of that.
[[nodiscard]] std::string plot(const std::vector<Figures>& lines);

}  // namespace bench

#endif  // AEMP_BENCH_PLOT_H
