// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/secret.h"

#include <cstring>

namespace aemp::crypto {

#ifdef __GNUC__

void wipe(std::span<std::uint8_t> bytes) noexcept {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  // For all that the compiler knows this reads the zeros.
  asm volatile("" : : "r"(bytes.data()) : "memory");
}

namespace {

// The same value, of which the compiler knows nothing.
std::uint8_t opaque(std::uint8_t value) noexcept {
  asm volatile("" : "+r"(value));
  return value;
}

}  // namespace

#else

void wipe(std::span<std::uint8_t> bytes) noexcept {
  static void* (*const volatile set)(void*, int, std::size_t) = std::memset;
  if (!bytes.empty()) set(bytes.data(), 0, bytes.size());
}

namespace {

std::uint8_t opaque(std::uint8_t value) noexcept {
  const volatile std::uint8_t copy = value;
  return copy;
}

}  // namespace

#endif

bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept {
  if (a.size() != b.size()) return false;
  // Opaque in every turn, so that no compiler can leave the loop at the first difference.
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = opaque(static_cast<std::uint8_t>(difference | (a[i] ^ b[i])));
  }
  return difference == 0;
}

}  // namespace aemp::crypto
