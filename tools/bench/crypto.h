// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The workload crypto. The primitives are in no public header, so what measures them is a program
// of its own beside this one, which sees the library's sources.
#ifndef AEMP_BENCH_CRYPTO_H
#define AEMP_BENCH_CRYPTO_H

#include "options.h"

namespace bench {

// This process becomes aemp-bench-crypto. Throws std::runtime_error when that cannot be run.
[[noreturn]] void measure_crypto(const Options& options);

}  // namespace bench

#endif  // AEMP_BENCH_CRYPTO_H
