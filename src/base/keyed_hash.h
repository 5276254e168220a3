// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// KeyedHash: hashes of what other nodes choose (names, serials), for tables that they must not be
// able to fill with collisions. Each step is the folded 128-bit product with a secret odd factor,
// so that the effect of a difference on the high bits cannot be planned without the key. Not a
// cryptographic hash: its values must not leave the process.
#ifndef AEMP_BASE_KEYED_HASH_H
#define AEMP_BASE_KEYED_HASH_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aemp {

// Spreads 64 bits over 64 bits, one to one.
constexpr std::uint64_t mix64(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

class KeyedHash {
 public:
  // `key`: random bits that no other node knows.
  explicit KeyedHash(std::uint64_t key) noexcept
      : start_(mix64(key + kStep)), factor_(mix64(key + 2 * kStep) | 1) {}

  std::uint64_t operator()(std::uint64_t a, std::uint64_t b) const noexcept {
    return step(step(start_, a), b);
  }
  std::uint64_t operator()(std::string_view text) const noexcept {
    std::uint64_t hash = start_;
    const char* at = text.data();
    for (std::size_t left = text.size(); left > 0;) {
      std::uint64_t word = 0;
      const std::size_t n = left < 8 ? left : 8;
      std::memcpy(&word, at, n);
      hash = step(hash, word);
      at += n;
      left -= n;
    }
    return step(hash, text.size());
  }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15u;

  std::uint64_t step(std::uint64_t hash, std::uint64_t word) const noexcept {
    return fold(hash ^ word, factor_);
  }
  // High and low half of the product, one over the other.
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    const std::uint64_t al = a & 0xffffffffu, ah = a >> 32;
    const std::uint64_t bl = b & 0xffffffffu, bh = b >> 32;
    const std::uint64_t low = al * bl;
    const std::uint64_t middle = ah * bl + (low >> 32);
    const std::uint64_t other = al * bh + (middle & 0xffffffffu);
    const std::uint64_t high = ah * bh + (middle >> 32) + (other >> 32);
    return high ^ (other << 32 | (low & 0xffffffffu));
  }

  std::uint64_t start_;
  std::uint64_t factor_;
};

}  // namespace aemp

#endif  // AEMP_BASE_KEYED_HASH_H
