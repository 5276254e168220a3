// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Linking alloc_count.cc replaces the global operator new: every call, of any form and from any
// library, is counted for this process. The count is exact for one thread; concurrent calls may be
// missed.
#ifndef AEMP_BENCH_ALLOC_COUNT_H
#define AEMP_BENCH_ALLOC_COUNT_H

#include <cstdint>

namespace bench {

[[nodiscard]] std::uint64_t
allocations();  // since the process started, those of its parent before fork included

}  // namespace bench

#endif  // AEMP_BENCH_ALLOC_COUNT_H
