// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_TEST_SIM_ATTEMPT_H
#define AEMP_TEST_SIM_ATTEMPT_H

#include <aemp/sim.h>

#include <new>

namespace aemp::story {

// Calls f() as the process's own code. False when memory was refused to it; then it has changed
// nothing.
template <class F>
bool attempt_inside(sim::Process& process, F&& f) {
  try {
    process.inside(f);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_ATTEMPT_H
