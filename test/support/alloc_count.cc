// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/alloc_count.h"

#include <aemp/sim.h>

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t count = 0;
thread_local std::size_t bytes = 0;
thread_local std::size_t living = 0;

void* counted_or_null(std::size_t size) noexcept {
  ++count;
  bytes += size;
  if (aemp::sim::allocation_fails(size)) return nullptr;
  void* p = std::malloc(size > 0 ? size : 1);
  if (p != nullptr) ++living;
  return p;
}

void give_back(void* p) noexcept {
  if (p == nullptr) return;
  --living;
  std::free(p);
}

void* counted(std::size_t size) {
  void* p = counted_or_null(size);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

namespace aemp::test {

std::size_t allocations() noexcept { return count; }
std::size_t allocated_bytes() noexcept { return bytes; }
std::size_t living_allocations() noexcept { return living; }

}  // namespace aemp::test

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
// A sanitizer would bring these with its own memory, which is none of free(3)'s.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return counted_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return counted_or_null(size);
}
void operator delete(void* p) noexcept { give_back(p); }
void operator delete[](void* p) noexcept { give_back(p); }
void operator delete(void* p, std::size_t) noexcept { give_back(p); }
void operator delete[](void* p, std::size_t) noexcept { give_back(p); }
