// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The Salsa20/8 core, RFC 7914 section 3. Scalar on purpose: each round waits for the one before,
// and the 16 words in registers of their own wait less than four vectors of four.
#ifndef AEMP_CRYPTO_SALSA20_8_H
#define AEMP_CRYPTO_SALSA20_8_H

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aemp::crypto {

// 64 bytes as the words x0 to x15 of the RFC.
struct SalsaBlock {
  static constexpr std::size_t kSize = 64;
  alignas(kSize) std::array<std::uint32_t, 16> word;
};

// To and from bytes, in which words are little-endian.
void load(SalsaBlock& x, std::span<const std::uint8_t, SalsaBlock::kSize> bytes) noexcept;
void store(const SalsaBlock& x, std::span<std::uint8_t, SalsaBlock::kSize> bytes) noexcept;

inline void operator^=(SalsaBlock& x, const SalsaBlock& y) noexcept {
  for (std::size_t i = 0; i < x.word.size(); ++i) x.word[i] ^= y.word[i];
}

inline void quarter_round(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c,
                          std::uint32_t& d) noexcept {
  b ^= std::rotl(a + d, 7);
  c ^= std::rotl(b + a, 9);
  d ^= std::rotl(c + b, 13);
  a ^= std::rotl(d + c, 18);
}

inline void salsa20_8(SalsaBlock& x) noexcept {
  auto [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x.word;
  for (int round = 0; round < 8; round += 2) {
    quarter_round(x0, x4, x8, x12);
    quarter_round(x5, x9, x13, x1);
    quarter_round(x10, x14, x2, x6);
    quarter_round(x15, x3, x7, x11);
    quarter_round(x0, x1, x2, x3);
    quarter_round(x5, x6, x7, x4);
    quarter_round(x10, x11, x8, x9);
    quarter_round(x15, x12, x13, x14);
  }
  const SalsaBlock mixed = {x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15};
  for (std::size_t i = 0; i < x.word.size(); ++i) x.word[i] += mixed.word[i];
}

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_SALSA20_8_H
