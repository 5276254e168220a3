// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp-bench-crypto: what each primitive takes, in every way that this processor can do it. Run by
// make bench-crypto and by aemp-bench crypto.
#include <cstdio>
#include <string_view>

#include "bench.h"

namespace {

using namespace aemp::crypto_bench;

void print(const Row& row, const Candidate& candidate, double ns, bool json) {
  const char* const format =
      json ? "{\"workload\":\"crypto\",\"primitive\":\"%s\",\"size\":%zu,\"kernel\":\"%s\","
             "\"ns\":%.1f,\"mb_per_s\":%.3f}\n"
           : "%-10s %7zu  %-10s %10.0f %8.0f\n";
  std::printf(format, row.primitive.c_str(), row.bytes, candidate.name.c_str(), ns,
              static_cast<double>(row.bytes) * 1e3 / ns);
}

// Each line comes when it is known, as a run takes its time.
bool print_all(bool json) {
  if (!json) {
    std::printf("%-10s %7s  %-10s %10s %8s\n", "primitive", "bytes", "kernel", "ns", "MB/s");
  }
  if (std::fflush(stdout) != 0) return false;
  for (const Row& row : make_rows()) {
    const std::vector<double> times = measure(row);
    for (std::size_t i = 0; i < times.size(); ++i) print(row, row.candidates[i], times[i], json);
    if (std::fflush(stdout) != 0) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  if (argc > (json ? 2 : 1)) {
    std::fprintf(stderr, "Usage: aemp-bench-crypto [--json]\n");
    return 2;
  }
  if (print_all(json)) return 0;
  std::fprintf(stderr, "aemp-bench-crypto: cannot write to standard output\n");
  return 1;
}
