// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Numbers modulo p = 2^255 - 19 as ten limbs of 26 and 25 bits by turns, for machines that multiply
// 32 bits by 32. Nothing here branches, or chooses an address, by what the numbers are.
//
// A number is either carried, limbs[1] below 2^25 + 2^12 and all other limbs below 2^26 or 2^25, or
// the sum or difference of two such numbers. Every result may be written over an operand.
#ifndef AEMP_CRYPTO_FIELD25_H
#define AEMP_CRYPTO_FIELD25_H

#include <cstdint>
#include <span>

namespace aemp::crypto {

struct Field25 {
  using Word = std::uint32_t;
  Word limbs[10];  // the least significant first; limb i counts 2^(25.5 i), rounded up
};

// Little-endian; the highest bit is ignored, and p and more are taken too. The result is carried.
void load(Field25& out, std::span<const std::uint8_t, 32> bytes) noexcept;
// a, which is carried, as the number below p that it is equal to.
void store(std::span<std::uint8_t, 32> bytes, const Field25& a) noexcept;

// These take any numbers and give carried ones.
void multiply(Field25& out, const Field25& a, const Field25& b) noexcept;
void square(Field25& out, const Field25& a) noexcept;
void multiply_by_word(Field25& out, const Field25& a, std::uint32_t b) noexcept;  // b < 2^17

// These take carried numbers only.
inline void add(Field25& out, const Field25& a, const Field25& b) noexcept {
  for (int i = 0; i < 10; ++i) out.limbs[i] = a.limbs[i] + b.limbs[i];
}
inline void subtract(Field25& out, const Field25& a, const Field25& b) noexcept {
  // a + 2 p - b
  out.limbs[0] = a.limbs[0] + 0x7ffffda - b.limbs[0];
  for (int i = 1; i < 10; ++i) {
    out.limbs[i] = a.limbs[i] + (i % 2 == 0 ? 0x7fffffe : 0x3fffffe) - b.limbs[i];
  }
}

// Exchanges them if all bits of `mask` are 1, and does not if all are 0.
inline void swap_if(Field25::Word mask, Field25& a, Field25& b) noexcept {
  for (int i = 0; i < 10; ++i) {
    const Field25::Word difference = mask & (a.limbs[i] ^ b.limbs[i]);
    a.limbs[i] ^= difference;
    b.limbs[i] ^= difference;
  }
}

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_FIELD25_H
