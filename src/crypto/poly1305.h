// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Poly1305, RFC 8439 section 2.5: a number modulo 2^130 - 5, the accumulator, to which one block of
// 16 bytes after the other is added, with a multiplication by r after each. A key is for one
// message only.
#ifndef AEMP_CRYPTO_POLY1305_H
#define AEMP_CRYPTO_POLY1305_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace aemp::crypto {

constexpr std::size_t kPoly1305BlockSize = 16;

// The number as five limbs of 26 bits, for machines that multiply 32 bits by 32.
class Poly1305Limbs26 {
 public:
  // The first half of the key is r, which is clamped; the second is s.
  explicit Poly1305Limbs26(std::span<const std::uint8_t, 32> key) noexcept;
  Poly1305Limbs26(const Poly1305Limbs26&) = delete;
  Poly1305Limbs26& operator=(const Poly1305Limbs26&) = delete;
  ~Poly1305Limbs26();

  // Whole blocks, each with a bit 1 put above its 16 bytes.
  void add_blocks(const std::uint8_t* in, std::size_t blocks) noexcept;
  // The last block of a message that is no multiple of 16 bytes: the caller has put a byte 1 and
  // zeros after what there is of it.
  void add_short_block(std::span<const std::uint8_t, kPoly1305BlockSize> block) noexcept;
  void finish(std::span<std::uint8_t, 16> tag) noexcept;

 private:
  void add(const std::uint8_t* block, std::uint32_t bit_128) noexcept;

  std::uint32_t r_[5];
  std::uint32_t h_[5] = {};
  std::uint32_t s_[4];
};

#ifdef __SIZEOF_INT128__

// The number as limbs of 44, 44 and 42 bits, for machines that multiply 64 bits by 64.
class Poly1305Limbs44 {
 public:
  explicit Poly1305Limbs44(std::span<const std::uint8_t, 32> key) noexcept;
  Poly1305Limbs44(const Poly1305Limbs44&) = delete;
  Poly1305Limbs44& operator=(const Poly1305Limbs44&) = delete;
  ~Poly1305Limbs44();

  void add_blocks(const std::uint8_t* in, std::size_t blocks) noexcept;
  void add_short_block(std::span<const std::uint8_t, kPoly1305BlockSize> block) noexcept;
  void finish(std::span<std::uint8_t, 16> tag) noexcept;

  struct Number {
    std::uint64_t limbs[3];
  };

 private:
  void add_fours(const std::uint8_t* in, std::size_t fours) noexcept;

  Number h_ = {};
  Number powers_[4] = {};  // r to r^4; all but r are computed when they are first needed
  std::uint64_t s_[2];
};

using Poly1305 = Poly1305Limbs44;

#else

using Poly1305 = Poly1305Limbs26;

#endif

// The tag of a whole message.
template <class Mac>
void poly1305(std::span<const std::uint8_t, 32> key, std::span<const std::uint8_t> message,
              std::span<std::uint8_t, 16> tag) noexcept {
  Mac mac(key);
  const std::size_t blocks = message.size() / kPoly1305BlockSize;
  mac.add_blocks(message.data(), blocks);
  const auto rest = message.subspan(blocks * kPoly1305BlockSize);
  if (!rest.empty()) {
    std::uint8_t block[kPoly1305BlockSize] = {};
    std::memcpy(block, rest.data(), rest.size());
    block[rest.size()] = 1;
    mac.add_short_block(block);
  }
  mac.finish(tag);
}

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_POLY1305_H
