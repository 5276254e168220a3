// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Numbers modulo p = 2^255 - 19 as five limbs of 51 bits, for machines that multiply 64 bits by 64.
// Nothing here branches, or chooses an address, by what the numbers are.
//
// A number is either carried, with limbs below 2^51 + 2^17, or the sum or difference of two such
// numbers, with limbs below 2^53. Every result may be written over an operand.
#ifndef AEMP_CRYPTO_FIELD51_H
#define AEMP_CRYPTO_FIELD51_H

#ifdef __SIZEOF_INT128__

#include <cstdint>
#include <span>

#include "crypto/little_endian.h"

namespace aemp::crypto {

struct Field51 {
  using Word = std::uint64_t;
  __extension__ using DoubleWord = unsigned __int128;
  static constexpr Word kMask = (Word{1} << 51) - 1;

  Word limbs[5];  // the least significant first
};

// Little-endian; the highest bit is ignored, and p and more are taken too. The result is carried.
inline void load(Field51& out, std::span<const std::uint8_t, 32> bytes) noexcept {
  const std::uint8_t* p = bytes.data();
  out.limbs[0] = load_le64(p) & Field51::kMask;
  out.limbs[1] = load_le64(p + 6) >> 3 & Field51::kMask;
  out.limbs[2] = load_le64(p + 12) >> 6 & Field51::kMask;
  out.limbs[3] = load_le64(p + 19) >> 1 & Field51::kMask;
  out.limbs[4] = load_le64(p + 24) >> 12 & Field51::kMask;
}

// The number below p that is equal to a, which is carried.
inline void store(std::span<std::uint8_t, 32> bytes, const Field51& a) noexcept {
  // a < 2 p, and a >= p if a + 19 reaches 2^255. Then a - p is a + 19 without that bit.
  Field51::Word over = 19;
  for (const Field51::Word limb : a.limbs) over = (limb + over) >> 51;
  Field51::Word h[5];
  Field51::Word sum = 19 * over;
  for (int i = 0; i < 5; ++i) {
    sum += a.limbs[i];
    h[i] = sum & Field51::kMask;
    sum >>= 51;
  }
  store_le64(bytes.data(), h[0] | h[1] << 51);
  store_le64(bytes.data() + 8, h[1] >> 13 | h[2] << 38);
  store_le64(bytes.data() + 16, h[2] >> 26 | h[3] << 25);
  store_le64(bytes.data() + 24, h[3] >> 39 | h[4] << 12);
}

// Of carried numbers only.
inline void add(Field51& out, const Field51& a, const Field51& b) noexcept {
  for (int i = 0; i < 5; ++i) out.limbs[i] = a.limbs[i] + b.limbs[i];
}
inline void subtract(Field51& out, const Field51& a, const Field51& b) noexcept {
  // a + 2 p - b
  out.limbs[0] = a.limbs[0] + 0xfffffffffffda - b.limbs[0];
  for (int i = 1; i < 5; ++i) out.limbs[i] = a.limbs[i] + 0xffffffffffffe - b.limbs[i];
}

// Exchanges them if all bits of `mask` are 1, and does not if all are 0.
inline void swap_if(Field51::Word mask, Field51& a, Field51& b) noexcept {
  for (int i = 0; i < 5; ++i) {
    const Field51::Word difference = mask & (a.limbs[i] ^ b.limbs[i]);
    a.limbs[i] ^= difference;
    b.limbs[i] ^= difference;
  }
}

// What follows is where the time goes: calls would cost a tenth of it. Who wants it small pays that
// for products.
#define AEMP_INLINE __attribute__((always_inline)) inline
#ifdef __OPTIMIZE_SIZE__
#define AEMP_INLINE_PRODUCT inline
#else
#define AEMP_INLINE_PRODUCT AEMP_INLINE
#endif

AEMP_INLINE Field51::DoubleWord product(Field51::Word a, Field51::Word b) noexcept {
  return Field51::DoubleWord{a} * b;
}

// What comes of a sum of products. Their factors have limbs below 2^53, so that r4, of five of
// them, is below 2^109, and all others are, with the 19, below 2^113. What is above limb 4 counts
// 2^255, which is 19 modulo p. One pass leaves limbs below 2^63, from which another carries less
// than 2^12. All carries of a pass are taken at once, since one after the other would take longer.
AEMP_INLINE void carry(Field51& out, Field51::DoubleWord r0, Field51::DoubleWord r1,
                       Field51::DoubleWord r2, Field51::DoubleWord r3,
                       Field51::DoubleWord r4) noexcept {
  using Word = Field51::Word;
  const auto low = [](Field51::DoubleWord v) { return static_cast<Word>(v) & Field51::kMask; };
  const auto high = [](Field51::DoubleWord v) { return static_cast<Word>(v >> 51); };
  const Word s0 = low(r0) + 19 * high(r4);
  const Word s1 = low(r1) + high(r0);
  const Word s2 = low(r2) + high(r1);
  const Word s3 = low(r3) + high(r2);
  const Word s4 = low(r4) + high(r3);
  out.limbs[0] = (s0 & Field51::kMask) + 19 * (s4 >> 51);
  out.limbs[1] = (s1 & Field51::kMask) + (s0 >> 51);
  out.limbs[2] = (s2 & Field51::kMask) + (s1 >> 51);
  out.limbs[3] = (s3 & Field51::kMask) + (s2 >> 51);
  out.limbs[4] = (s4 & Field51::kMask) + (s3 >> 51);
}

// Of any numbers; the results are carried. The limbs are names for those in memory: copies would be
// slower.
AEMP_INLINE_PRODUCT void multiply(Field51& out, const Field51& a, const Field51& b) noexcept {
  const auto& [a0, a1, a2, a3, a4] = a.limbs;
  const auto& [b0, b1, b2, b3, b4] = b.limbs;
  const auto a1_19 = 19 * a1, a2_19 = 19 * a2, a3_19 = 19 * a3, a4_19 = 19 * a4;
  carry(
      out,
      product(a0, b0) + product(a1_19, b4) + product(a2_19, b3) + product(a3_19, b2) +
          product(a4_19, b1),
      product(a0, b1) + product(a1, b0) + product(a2_19, b4) + product(a3_19, b3) +
          product(a4_19, b2),
      product(a0, b2) + product(a1, b1) + product(a2, b0) + product(a3_19, b4) + product(a4_19, b3),
      product(a0, b3) + product(a1, b2) + product(a2, b1) + product(a3, b0) + product(a4_19, b4),
      product(a0, b4) + product(a1, b3) + product(a2, b2) + product(a3, b1) + product(a4, b0));
}
AEMP_INLINE_PRODUCT void square(Field51& out, const Field51& a) noexcept {
  const auto& [a0, a1, a2, a3, a4] = a.limbs;
  const auto a0_2 = 2 * a0, a1_2 = 2 * a1, a2_2 = 2 * a2;
  const auto a3_19 = 19 * a3, a4_19 = 19 * a4, a4_38 = 38 * a4;
  carry(out,  //
        product(a0, a0) + product(a1, a4_38) + product(a2_2, a3_19),
        product(a0_2, a1) + product(a2, a4_38) + product(a3, a3_19),
        product(a0_2, a2) + product(a1, a1) + product(a3, a4_38),
        product(a0_2, a3) + product(a1_2, a2) + product(a4, a4_19),
        product(a0_2, a4) + product(a1_2, a3) + product(a2, a2));
}
AEMP_INLINE_PRODUCT void multiply_by_word(Field51& out, const Field51& a,
                                          std::uint32_t b) noexcept {
  const auto& [a0, a1, a2, a3, a4] = a.limbs;
  carry(out, product(a0, b), product(a1, b), product(a2, b), product(a3, b), product(a4, b));
}

#undef AEMP_INLINE_PRODUCT
#undef AEMP_INLINE

}  // namespace aemp::crypto

#endif  // __SIZEOF_INT128__

#endif  // AEMP_CRYPTO_FIELD51_H
