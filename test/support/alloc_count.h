// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Counts what the test program allocates with operator new.
#ifndef AEMP_TEST_SUPPORT_ALLOC_COUNT_H
#define AEMP_TEST_SUPPORT_ALLOC_COUNT_H

#include <cstddef>

namespace aemp::test {

// Allocations of the calling thread so far.
std::size_t allocations() noexcept;
// The bytes that they asked for in all, whether or not they were freed.
std::size_t allocated_bytes() noexcept;
// Its allocations that were not freed yet, where no other thread frees them.
std::size_t living_allocations() noexcept;

// allocations() while f() runs.
template <class F>
std::size_t allocations_in(F&& f) {
  const std::size_t before = allocations();
  f();
  return allocations() - before;
}

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_ALLOC_COUNT_H
