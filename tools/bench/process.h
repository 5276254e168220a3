// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Runs a variant in fresh processes. The calling process sets nothing up: every role is forked,
// reports through a pipe, and is ended by its pid whatever happens; no wait is longer than the
// task's limit.
#ifndef AEMP_BENCH_PROCESS_H
#define AEMP_BENCH_PROCESS_H

#include "workload.h"

namespace bench {

// Merged report of all roles: the client's figures, with the allocations of both. Throws
// std::runtime_error that says which role failed and how. `pin`: each role on a processor of its
// own, as far as there are two.
[[nodiscard]] Report run_variant(const Variant& variant, const Task& task, bool pin);

}  // namespace bench

#endif  // AEMP_BENCH_PROCESS_H
