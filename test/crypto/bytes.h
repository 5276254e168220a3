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

}  // namespace aemp::test

#endif  // AEMP_TEST_CRYPTO_BYTES_H
