// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory for keys that live as long as their node: pages of their own which, where the system can,
// are left out of core dumps and are zeros in child processes.
#ifndef AEMP_OS_KEY_MEMORY_H
#define AEMP_OS_KEY_MEMORY_H

#include <cstddef>
#include <vector>

namespace aemp {

// At least so many bytes, not 0, all zero. Throws std::bad_alloc.
void* take_key_memory(std::size_t size);
// Of the same size. It is not wiped: what is in it has a destructor.
void give_key_memory(void* memory, std::size_t size) noexcept;

template <class T>
struct KeyAllocator {
  using value_type = T;

  KeyAllocator() noexcept = default;
  template <class U>
  KeyAllocator(const KeyAllocator<U>&) noexcept {}

  T* allocate(std::size_t n) { return static_cast<T*>(take_key_memory(n * sizeof(T))); }
  void deallocate(T* at, std::size_t n) noexcept { give_key_memory(at, n * sizeof(T)); }
  friend bool operator==(const KeyAllocator&, const KeyAllocator&) noexcept { return true; }
};

template <class T>
using KeyVector = std::vector<T, KeyAllocator<T>>;

}  // namespace aemp

#endif  // AEMP_OS_KEY_MEMORY_H
