// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// CipherState of the Noise Protocol Framework, revision 34, section 5.1, for ChaChaPoly: a key and
// how often it was used. The counter lives in here and nowhere else, so that no nonce is used
// twice.
#ifndef AEMP_CRYPTO_NOISE_CIPHER_H
#define AEMP_CRYPTO_NOISE_CIPHER_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "crypto/secret.h"

namespace aemp::crypto {

using Key = Secret<32>;

inline constexpr std::size_t kTagBytes = 16;

class NoiseCipher {
 public:
  // A key is used for fewer messages than this; then seal() and open() fail for good.
  static constexpr std::uint64_t kMostMessages = std::uint64_t{1} << 60;

  NoiseCipher() noexcept = default;
  NoiseCipher(NoiseCipher&&) noexcept = default;
  NoiseCipher& operator=(NoiseCipher&&) noexcept = default;

  // From the start: the counter is 0.
  void set_key(Key&& key) noexcept;
  bool has_key() const noexcept { return has_key_; }

  // out: the ciphertext and 16 bytes of tag, out.size() == plain.size() + 16. `plain` may lie at
  // the start of `out`. False once the key is used up: nothing was written.
  [[nodiscard]] bool seal(std::span<const std::uint8_t> ad, std::span<const std::uint8_t> plain,
                          std::span<std::uint8_t> out) noexcept;
  // out.size() == sealed.size() - 16; may lie at the start of `sealed`. False when the tag is
  // wrong, sealed is shorter than a tag, or the key is used up: the counter stays where it was.
  [[nodiscard]] bool open(std::span<const std::uint8_t> ad, std::span<const std::uint8_t> sealed,
                          std::span<std::uint8_t> out) noexcept;
  // REKEY, section 4.2: the key becomes the first 32 bytes of what it makes of 32 zeros with the
  // nonce 2^64-1. The counter goes on.
  void rekey() noexcept;

  std::uint64_t messages() const noexcept { return counter_; }

 private:
  // A copy would use the same nonces again: only within a handshake that has sent nothing yet.
  friend class NoiseSymmetric;
  NoiseCipher(const NoiseCipher& other) noexcept
      : key_(other.key_.bytes()), counter_(other.counter_), has_key_(other.has_key_) {}

  friend struct NoiseCipherTest;  // which cannot wait for 2^60 messages

  Key key_;
  std::uint64_t counter_ = 0;
  bool has_key_ = false;
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_NOISE_CIPHER_H
