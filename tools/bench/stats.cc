// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "stats.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace bench {

Percentiles percentiles(std::vector<std::uint64_t>& samples) {
  if (samples.empty()) throw std::logic_error("percentiles of no samples");
  std::sort(samples.begin(), samples.end());
  const auto rank = [&samples](std::size_t per_mille) {
    const std::size_t nth = (samples.size() * per_mille + 999) / 1000;  // 1-based
    return static_cast<double>(samples[nth - 1]);
  };
  return {rank(500), rank(990), rank(999)};
}

double median(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace bench
