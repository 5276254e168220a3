// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <algorithm>
#include <chrono>
#include <limits>

#include "bench.h"

namespace aemp::crypto_bench {

namespace {

constexpr int kSlices = 60;
constexpr double kSlice = 2e6;   // nanoseconds
constexpr double kBatch = 50e3;  // between two looks at the clock

double now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Nanoseconds per time.
double run_slice(const Candidate& candidate, std::size_t batch) {
  const double start = now();
  double passed = 0;
  std::size_t times = 0;
  while (passed < kSlice) {
    candidate.run(batch);
    times += batch;
    passed = now() - start;
  }
  return passed / static_cast<double>(times);
}

}  // namespace

std::vector<double> measure(const Row& row) {
  std::vector<std::size_t> batches;
  for (const Candidate& candidate : row.candidates) {
    batches.push_back(static_cast<std::size_t>(kBatch / run_slice(candidate, 1)) + 1);
  }
  std::vector<double> best(row.candidates.size(), std::numeric_limits<double>::infinity());
  for (int slice = 0; slice < kSlices; ++slice) {
    for (std::size_t i = 0; i < best.size(); ++i) {
      best[i] = std::min(best[i], run_slice(row.candidates[i], batches[i]));
    }
  }
  return best;
}

}  // namespace aemp::crypto_bench
