// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Floating-point numbers by their bits: what CBOR keeps of them.
#ifndef AEMP_BASE_FLOAT_BITS_H
#define AEMP_BASE_FLOAT_BITS_H

#include <aemp/detail/bytes.h>

#include <bit>
#include <cstdint>

namespace aemp {

// A half-precision number of the same value as f, which is no NaN; false if there is none.
inline bool to_half(float f, std::uint16_t& half) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(f);
  const std::uint32_t sign = bits >> 16 & 0x8000;
  const int exponent = static_cast<int>(bits >> 23 & 0xff) - 127;
  const std::uint32_t fraction = bits & 0x7fffff;
  std::uint32_t magnitude;
  if ((bits & 0x7fffffff) == 0) {
    magnitude = 0;
  } else if (exponent == 128) {
    magnitude = 0x7c00;
  } else if (exponent >= -14 && exponent <= 15) {
    if ((fraction & 0x1fff) != 0) return false;
    magnitude = static_cast<std::uint32_t>(exponent + 15) << 10 | fraction >> 13;
  } else if (exponent >= -24 && exponent < -14) {
    const std::uint32_t whole = fraction | 0x800000;
    const int shift = -1 - exponent;
    if ((whole & ((1u << shift) - 1)) != 0) return false;
    magnitude = whole >> shift;
  } else {
    return false;
  }
  half = static_cast<std::uint16_t>(sign | magnitude);
  return true;
}

inline double from_half(std::uint16_t half) noexcept {
  const unsigned exponent = half >> 10 & 31;
  const unsigned fraction = half & 0x3ff;
  double magnitude;
  if (exponent == 0) {
    magnitude = fraction * 0x1p-24;
  } else if (exponent == 31) {
    const std::uint64_t special = std::uint64_t{0x7ff} << 52 | std::uint64_t{fraction} << 42;
    magnitude = std::bit_cast<double>(special);
  } else {
    magnitude =
        (1024 + fraction) * std::bit_cast<double>(std::uint64_t{exponent - 25 + 1023} << 52);
  }
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

// The number whose head with information 25, 26 or 27 is at `at`.
inline double load_double(const std::uint8_t* at) noexcept {
  switch (*at & 0x1f) {
    case 25:
      return from_half(detail::load_be16(at + 1));
    case 26:
      return static_cast<double>(std::bit_cast<float>(detail::load_be32(at + 1)));
    default:
      return std::bit_cast<double>(detail::load_be64(at + 1));
  }
}

}  // namespace aemp

#endif  // AEMP_BASE_FLOAT_BITS_H
