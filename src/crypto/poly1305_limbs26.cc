// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/little_endian.h"
#include "crypto/poly1305.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

using Word = std::uint32_t;
using DoubleWord = std::uint64_t;

constexpr Word kMask26 = (Word{1} << 26) - 1;
constexpr Word kBit128 = Word{1} << 24;  // in the last limb

Word low26(DoubleWord v) noexcept { return static_cast<Word>(v) & kMask26; }

// The limbs of a number of 128 bits: bits 0, 26, 52, 78 and 104 are in the words 0, 0, 1, 2 and 3.
void load(Word (&limbs)[5], const std::uint8_t* in) noexcept {
  limbs[0] = load_le32(in) & kMask26;
  limbs[1] = load_le32(in + 3) >> 2 & kMask26;
  limbs[2] = load_le32(in + 6) >> 4 & kMask26;
  limbs[3] = load_le32(in + 9) >> 6;
  limbs[4] = load_le32(in + 12) >> 8;
}

// h = h * r. What is above limb 4 counts 2^130, which is 5 modulo 2^130 - 5. The limbs of h are
// below 2^28, those of r below 2^26 and times 5 below 2^29: each sum is below 2^60.
void multiply(Word (&h)[5], const Word (&r)[5]) noexcept {
  DoubleWord carry = 0;
  Word product[5];
  for (std::size_t i = 0; i < 5; ++i) {
    DoubleWord sum = carry;
    for (std::size_t j = 0; j < 5; ++j) {
      sum += DoubleWord{h[j]} * (j <= i ? r[i - j] : r[5 + i - j] * 5);
    }
    product[i] = low26(sum);
    carry = sum >> 26;
  }
  carry = product[0] + carry * 5;
  product[0] = low26(carry);
  product[1] += static_cast<Word>(carry >> 26);
  for (std::size_t i = 0; i < 5; ++i) h[i] = product[i];
}

// The same number below 2^130, with no limb too large.
void normalise(Word (&h)[5]) noexcept {
  Word carry = 0;
  for (int turn = 0; turn < 2; ++turn) {
    for (Word& limb : h) {
      limb += carry;
      carry = limb >> 26;
      limb &= kMask26;
    }
    carry *= 5;
  }
}

// h or h - (2^130 - 5), whichever is neither negative nor too large.
void reduce(Word (&h)[5]) noexcept {
  Word g[5];
  Word carry = 5;
  for (std::size_t i = 0; i < 5; ++i) {
    g[i] = h[i] + carry;
    carry = g[i] >> 26;
    g[i] &= kMask26;
  }
  const Word subtract = 0 - carry;  // all bits, or none
  for (std::size_t i = 0; i < 5; ++i) h[i] ^= subtract & (h[i] ^ g[i]);
}

}  // namespace

Poly1305Limbs26::Poly1305Limbs26(std::span<const std::uint8_t, 32> key) noexcept {
  load(r_, key.data());
  r_[1] &= 0x3ffff03;
  r_[2] &= 0x3ffc0ff;
  r_[3] &= 0x3f03fff;
  r_[4] &= 0x00fffff;
  for (std::size_t i = 0; i < 4; ++i) s_[i] = load_le32(key.data() + 16 + 4 * i);
}

Poly1305Limbs26::~Poly1305Limbs26() { wipe({reinterpret_cast<std::uint8_t*>(this), sizeof *this}); }

void Poly1305Limbs26::add(const std::uint8_t* block, std::uint32_t bit_128) noexcept {
  Word b[5];
  load(b, block);
  for (std::size_t i = 0; i < 5; ++i) h_[i] += b[i];
  h_[4] += bit_128;
  multiply(h_, r_);
}

void Poly1305Limbs26::add_blocks(const std::uint8_t* in, std::size_t blocks) noexcept {
  for (; blocks > 0; --blocks, in += kPoly1305BlockSize) add(in, kBit128);
}

void Poly1305Limbs26::add_short_block(
    std::span<const std::uint8_t, kPoly1305BlockSize> block) noexcept {
  add(block.data(), 0);
}

void Poly1305Limbs26::finish(std::span<std::uint8_t, 16> tag) noexcept {
  normalise(h_);
  reduce(h_);
  const Word words[4] = {h_[0] | h_[1] << 26, h_[1] >> 6 | h_[2] << 20, h_[2] >> 12 | h_[3] << 14,
                         h_[3] >> 18 | h_[4] << 8};
  DoubleWord sum = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    sum += DoubleWord{words[i]} + s_[i];
    store_le32(tag.data() + 4 * i, static_cast<Word>(sum));
    sum >>= 32;
  }
}

}  // namespace aemp::crypto
