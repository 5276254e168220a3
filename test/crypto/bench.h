// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the ciphers cost: one table of work, which bench_main.cc measures and bench_sodium.cc
// compares with libsodium.
#ifndef AEMP_TEST_CRYPTO_BENCH_H
#define AEMP_TEST_CRYPTO_BENCH_H

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace aemp::crypto_bench {

// One way to do the work of a row.
struct Candidate {
  std::string name;
  std::function<void(std::size_t times)> run;
};

// The candidates of a row are measured side by side.
struct Row {
  std::string primitive;
  std::size_t bytes;  // per time
  std::vector<Candidate> candidates;
};

// Everything in src/crypto that has a speed: new primitives get their rows here.
std::vector<Row> make_rows();

// Nanoseconds per time, of each candidate: the best of 60 slices of 2 ms. The slices of the
// candidates take turns, so that what slows the machine down hits all of them.
std::vector<double> measure(const Row& row);

}  // namespace aemp::crypto_bench

#endif  // AEMP_TEST_CRYPTO_BENCH_H
