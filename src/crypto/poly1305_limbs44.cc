// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/poly1305.h"

#ifdef __SIZEOF_INT128__

#include "crypto/little_endian.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

// Even when the compiler is told to save space.
#define AEMP_INLINE __attribute__((always_inline)) inline

using Word = std::uint64_t;
__extension__ using DoubleWord = unsigned __int128;
using Number = Poly1305Limbs44::Number;

constexpr Word kMask42 = (Word{1} << 42) - 1;
constexpr Word kMask44 = (Word{1} << 44) - 1;
constexpr Word kBit128 = Word{1} << 40;  // in the last limb

AEMP_INLINE Word low(DoubleWord v) noexcept { return static_cast<Word>(v); }

AEMP_INLINE Number from_words(Word w0, Word w1) noexcept {
  return {{w0 & kMask44, (w0 >> 44 | w1 << 20) & kMask44, w1 >> 24}};
}

// a + block
AEMP_INLINE Number plus(const Number& a, const std::uint8_t* block, Word bit_128) noexcept {
  const Number b = from_words(load_le64(block), load_le64(block + 8));
  return {{a.limbs[0] + b.limbs[0], a.limbs[1] + b.limbs[1], a.limbs[2] + (b.limbs[2] | bit_128)}};
}

// A sum of at most four products, not yet carried. The limbs of their factors are below 2^46 and
// 2^45, those times 20 below 2^50: each limb of the sum is below 2^100.
struct Products {
  DoubleWord limbs[3] = {};
};

// What is above limb 2 counts 2^132, which is 20 modulo 2^130 - 5.
AEMP_INLINE void add_product(Products& sum, const Number& a, const Number& b) noexcept {
  const Word a0 = a.limbs[0], a1 = a.limbs[1], a2 = a.limbs[2];
  const Word b0 = b.limbs[0], b1 = b.limbs[1], b2 = b.limbs[2];
  const Word b1_20 = b1 * 20, b2_20 = b2 * 20;
  sum.limbs[0] += DoubleWord{a0} * b0 + DoubleWord{a1} * b2_20 + DoubleWord{a2} * b1_20;
  sum.limbs[1] += DoubleWord{a0} * b1 + DoubleWord{a1} * b0 + DoubleWord{a2} * b2_20;
  sum.limbs[2] += DoubleWord{a0} * b2 + DoubleWord{a1} * b1 + DoubleWord{a2} * b0;
}

// Limb 1 may remain a little above 44 bits: the carry out of limb 2 is below 2^58, five times that
// below 2^61, so that limb 0 hands on less than 2^17.
AEMP_INLINE Number carried(const Products& p) noexcept {
  const DoubleWord d1 = p.limbs[1] + low(p.limbs[0] >> 44);
  const DoubleWord d2 = p.limbs[2] + low(d1 >> 44);
  const Word h0 = (low(p.limbs[0]) & kMask44) + low(d2 >> 42) * 5;
  return {{h0 & kMask44, (low(d1) & kMask44) + (h0 >> 44), low(d2) & kMask42}};
}

AEMP_INLINE Number product(const Number& a, const Number& b) noexcept {
  Products p;
  add_product(p, a, b);
  return carried(p);
}

// The same number below 2^130, with no limb too large.
Number normal(const Number& h) noexcept {
  Word h0 = h.limbs[0], h1 = h.limbs[1], h2 = h.limbs[2];
  h2 += h1 >> 44, h1 &= kMask44;
  h0 += (h2 >> 42) * 5, h2 &= kMask42;
  h1 += h0 >> 44, h0 &= kMask44;
  h2 += h1 >> 44, h1 &= kMask44;
  return {{h0, h1, h2}};
}

// h or h - (2^130 - 5), whichever is neither negative nor too large.
Number reduced(const Number& h) noexcept {
  const Word g0 = h.limbs[0] + 5;
  const Word g1 = h.limbs[1] + (g0 >> 44);
  const Word g2 = h.limbs[2] + (g1 >> 44);
  const Word subtract = 0 - (g2 >> 42);  // all bits, or none
  return {{h.limbs[0] ^ (subtract & (h.limbs[0] ^ (g0 & kMask44))),
           h.limbs[1] ^ (subtract & (h.limbs[1] ^ (g1 & kMask44))),
           h.limbs[2] ^ (subtract & (h.limbs[2] ^ (g2 & kMask42)))}};
}

}  // namespace

Poly1305Limbs44::Poly1305Limbs44(std::span<const std::uint8_t, 32> key) noexcept
    : s_{load_le64(key.data() + 16), load_le64(key.data() + 24)} {
  powers_[0] = from_words(load_le64(key.data()) & 0x0ffffffc0fffffff,
                          load_le64(key.data() + 8) & 0x0ffffffc0ffffffc);
}

Poly1305Limbs44::~Poly1305Limbs44() { wipe({reinterpret_cast<std::uint8_t*>(this), sizeof *this}); }

// h = (h + m0) r^4 + m1 r^3 + m2 r^2 + m3 r: only one in four multiplications waits for the one
// before.
void Poly1305Limbs44::add_fours(const std::uint8_t* in, std::size_t fours) noexcept {
  const Number r1 = powers_[0], r2 = powers_[1], r3 = powers_[2], r4 = powers_[3];
  Number h = h_;
  for (; fours > 0; --fours, in += 4 * kPoly1305BlockSize) {
    Products sum;
    add_product(sum, plus(h, in, kBit128), r4);
    add_product(sum, plus({}, in + kPoly1305BlockSize, kBit128), r3);
    add_product(sum, plus({}, in + 2 * kPoly1305BlockSize, kBit128), r2);
    add_product(sum, plus({}, in + 3 * kPoly1305BlockSize, kBit128), r1);
    h = carried(sum);
  }
  h_ = h;
}

void Poly1305Limbs44::add_blocks(const std::uint8_t* in, std::size_t blocks) noexcept {
  // With fewer blocks the powers cost more than they save.
  if (blocks >= 12) {
    for (int i = 1; i < 4; ++i) powers_[i] = product(powers_[i - 1], powers_[0]);
    const std::size_t fours = blocks / 4;
    add_fours(in, fours);
    in += 4 * fours * kPoly1305BlockSize;
    blocks %= 4;
  }
  Number h = h_;
  const Number r = powers_[0];
  for (; blocks > 0; --blocks, in += kPoly1305BlockSize) h = product(plus(h, in, kBit128), r);
  h_ = h;
}

void Poly1305Limbs44::add_short_block(
    std::span<const std::uint8_t, kPoly1305BlockSize> block) noexcept {
  h_ = product(plus(h_, block.data(), 0), powers_[0]);
}

void Poly1305Limbs44::finish(std::span<std::uint8_t, 16> tag) noexcept {
  const Number h = reduced(normal(h_));
  const Word w0 = h.limbs[0] | h.limbs[1] << 44;
  const Word w1 = h.limbs[1] >> 20 | h.limbs[2] << 24;
  const DoubleWord sum0 = DoubleWord{w0} + s_[0];
  store_le64(tag.data(), low(sum0));
  store_le64(tag.data() + 8, w1 + s_[1] + low(sum0 >> 64));
}

}  // namespace aemp::crypto

#endif
