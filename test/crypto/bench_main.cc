// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// make bench-crypto: what each primitive takes, in every way that this processor can do it.
#include <cstdio>

#include "bench.h"

int main() {
  using namespace aemp::crypto_bench;
  std::printf("%-10s %7s  %-10s %10s %8s\n", "primitive", "bytes", "kernel", "ns", "MB/s");
  for (const Row& row : make_rows()) {
    const std::vector<double> times = measure(row);
    for (std::size_t i = 0; i < times.size(); ++i) {
      std::printf("%-10s %7zu  %-10s %10.0f %8.0f\n", row.primitive.c_str(), row.bytes,
                  row.candidates[i].name.c_str(), times[i],
                  static_cast<double>(row.bytes) * 1e3 / times[i]);
    }
  }
  return 0;
}
