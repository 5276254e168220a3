// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes for the tests of cryptography.
#ifndef AEMP_TEST_CRYPTO_BYTES_H
#define AEMP_TEST_CRYPTO_BYTES_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/hex.h"

namespace aemp::test {

using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline std::string hex_of(std::span<const std::uint8_t> bytes) {
  return hex(bytes.data(), bytes.size());
}

// 0, 1, 2, ... 255, 0, ...
inline Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

// Bytes without a visible order, the same in every run.
inline Bytes pattern(std::size_t size, std::uint32_t seed) {
  Bytes out(size);
  for (std::uint8_t& byte : out) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
  return out;
}

// `bytes` as what takes exactly N; they are at least as many.
template <std::size_t N>
std::span<const std::uint8_t, N> fixed(const Bytes& bytes) {
  return std::span<const std::uint8_t, N>(bytes.data(), N);
}

}  // namespace aemp::test

#endif  // AEMP_TEST_CRYPTO_BYTES_H
