// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Facts about this process and machine. Functions that fail throw std::system_error.
#ifndef AEMP_BENCH_SYSTEM_H
#define AEMP_BENCH_SYSTEM_H

#include <cstdint>
#include <vector>

namespace bench {

[[nodiscard]] std::uint64_t now_ns();          // monotonic
[[nodiscard]] std::uint64_t resident_bytes();  // of this process, now
[[nodiscard]] double heap_bytes();  // in use, with malloc's own; NaN where it does not tell
[[nodiscard]] std::vector<int> usable_processors();
void pin_to(int processor);  // the calling process

[[noreturn]] void fail_errno(const char* what);

}  // namespace bench

#endif  // AEMP_BENCH_SYSTEM_H
