// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/field25.h"

#include "crypto/little_endian.h"

namespace aemp::crypto {

namespace {

using Word = Field25::Word;
using DoubleWord = std::uint64_t;

constexpr int kLimbs = 10;

constexpr int width(int i) noexcept { return i % 2 == 0 ? 26 : 25; }
constexpr int position(int i) noexcept { return (51 * i + 1) / 2; }
constexpr Word mask(int i) noexcept { return (Word{1} << width(i)) - 1; }

// Of kLimbs limbs. The factors of a product have even limbs up to 3 * 2^26 and odd ones up to
// 3 * 2^25 and a little: r[9], without a 19, is below 2^58, and r[0], the largest, is below 2^63.
// What is above limb 9 counts 2^255, which is 19 modulo p.
void carry(Field25& out, DoubleWord* r) noexcept {
  for (int i = 0; i < kLimbs; ++i) {
    const DoubleWord over = r[i] >> width(i);
    r[i] &= mask(i);
    if (i + 1 < kLimbs) {
      r[i + 1] += over;
    } else {
      r[0] += 19 * over;
    }
  }
  r[1] += r[0] >> width(0);
  r[0] &= mask(0);
  for (int i = 0; i < kLimbs; ++i) out.limbs[i] = static_cast<Word>(r[i]);
}

}  // namespace

void load(Field25& out, std::span<const std::uint8_t, 32> bytes) noexcept {
  for (int i = 0; i < kLimbs; ++i) {
    out.limbs[i] = load_le32(bytes.data() + position(i) / 8) >> position(i) % 8 & mask(i);
  }
}

void store(std::span<std::uint8_t, 32> bytes, const Field25& a) noexcept {
  // a < 2 p, and a >= p if a + 19 reaches 2^255. Then a - p is a + 19 without that bit.
  Word over = 19;
  for (int i = 0; i < kLimbs; ++i) over = (a.limbs[i] + over) >> width(i);
  Word sum = 19 * over;
  DoubleWord bits = 0;  // those of the limbs so far that are not in a byte yet
  int count = 0;
  std::uint8_t* p = bytes.data();
  for (int i = 0; i < kLimbs; ++i) {
    sum += a.limbs[i];
    bits |= DoubleWord{sum & mask(i)} << count;
    sum >>= width(i);
    for (count += width(i); count >= 8; count -= 8, bits >>= 8) {
      *p++ = static_cast<std::uint8_t>(bits);
    }
  }
  *p = static_cast<std::uint8_t>(bits);
}

void multiply(Field25& out, const Field25& a, const Field25& b) noexcept {
  DoubleWord r[2 * kLimbs - 1] = {};
  for (int i = 0; i < kLimbs; ++i) {
    for (int j = 0; j < kLimbs; ++j) {
      // The positions of two odd limbs are together one more than that of their product.
      r[i + j] += DoubleWord{a.limbs[i] << (i & j & 1)} * b.limbs[j];
    }
  }
  for (int i = 0; i < kLimbs - 1; ++i) r[i] += 19 * r[i + kLimbs];
  carry(out, r);
}

void square(Field25& out, const Field25& a) noexcept { multiply(out, a, a); }

void multiply_by_word(Field25& out, const Field25& a, std::uint32_t b) noexcept {
  DoubleWord r[kLimbs];
  for (int i = 0; i < kLimbs; ++i) r[i] = DoubleWord{a.limbs[i]} * b;
  carry(out, r);
}

}  // namespace aemp::crypto
