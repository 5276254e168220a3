// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SHA-256, FIPS 180-4. The time depends on the length of a message only.
#ifndef AEMP_CRYPTO_SHA256_H
#define AEMP_CRYPTO_SHA256_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace aemp::crypto {

// The digest of one message of less than 2^61 bytes. `out` may lie within `in`.
void sha256(std::span<const std::uint8_t> in, std::span<std::uint8_t, 32> out) noexcept;

// The digest of a message that comes in pieces. A copy goes on from where its original was. What is
// kept of the message is wiped on destruction.
class Sha256 {
 public:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kDigest = 32;

  Sha256() noexcept = default;
  Sha256(const Sha256&) noexcept = default;
  Sha256& operator=(const Sha256&) noexcept = default;
  ~Sha256();

  // Appends to the message, which must stay below 2^61 bytes.
  void update(std::span<const std::uint8_t> in) noexcept;
  // Writes the digest, wipes what was kept and starts with the next message.
  void finish(std::span<std::uint8_t, kDigest> out) noexcept;

 private:
  using State = std::array<std::uint32_t, 8>;
  static constexpr State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

  static void compress(State& state, const std::uint8_t* blocks, std::size_t count) noexcept;
  void pad() noexcept;
  void wipe_all() noexcept;

  State state_ = kInitial;
  std::array<std::uint8_t, kBlock> block_{};  // the begun block: size_ % kBlock bytes of it
  std::uint64_t size_ = 0;                    // of the message so far, in bytes
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_SHA256_H
