// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SymmetricState of the Noise Protocol Framework, revision 34, section 5.2, with SHA-256.
#ifndef AEMP_CRYPTO_NOISE_SYMMETRIC_H
#define AEMP_CRYPTO_NOISE_SYMMETRIC_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "crypto/noise_cipher.h"

namespace aemp::crypto {

class NoiseSymmetric {
 public:
  // The protocol's full name, "Noise_XX_25519_ChaChaPoly_SHA256".
  explicit NoiseSymmetric(std::string_view protocol_name) noexcept;
  NoiseSymmetric(const NoiseSymmetric& other) noexcept;
  NoiseSymmetric& operator=(const NoiseSymmetric&) = delete;

  void mix_hash(std::span<const std::uint8_t> data) noexcept;
  void mix_key(std::span<const std::uint8_t> input) noexcept;
  void mix_key_and_hash(std::span<const std::uint8_t> input) noexcept;
  // Appends what `plain` becomes: 16 bytes more once there is a key. Throws std::bad_alloc.
  void encrypt_and_hash(std::span<const std::uint8_t> plain, std::vector<std::uint8_t>& out);
  // Appends what it was. False when the tag is wrong; the state is of no use after that. Throws
  // std::bad_alloc.
  [[nodiscard]] bool decrypt_and_hash(std::span<const std::uint8_t> sealed,
                                      std::vector<std::uint8_t>& out);
  // How many bytes longer than the plain text the next one is.
  std::size_t overhead() const noexcept { return cipher_.has_key() ? kTagBytes : 0; }
  // The keys of the transport: initiator to responder, and back.
  void split(NoiseCipher& first, NoiseCipher& second) noexcept;

  const std::array<std::uint8_t, 32>& hash() const noexcept { return hash_; }

 private:
  Key chaining_key_;
  std::array<std::uint8_t, 32> hash_{};
  NoiseCipher cipher_;
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_NOISE_SYMMETRIC_H
