// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/noise_cipher.h"

#include <array>
#include <utility>

#include "crypto/chacha20_poly1305.h"

namespace aemp::crypto {

namespace {

using Nonce = std::array<std::uint8_t, 12>;

// Four zeros and the counter, little-endian.
Nonce nonce_of(std::uint64_t counter) noexcept {
  Nonce nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] = static_cast<std::uint8_t>(counter >> 8 * i);
  return nonce;
}

}  // namespace

void NoiseCipher::set_key(Key&& key) noexcept {
  key_ = std::move(key);
  counter_ = 0;
  has_key_ = true;
}

bool NoiseCipher::seal(std::span<const std::uint8_t> ad, std::span<const std::uint8_t> plain,
                       std::span<std::uint8_t> out) noexcept {
  if (counter_ >= kMostMessages) return false;
  aead_seal(key_.bytes(), nonce_of(counter_++), ad, plain, out);
  return true;
}

bool NoiseCipher::open(std::span<const std::uint8_t> ad, std::span<const std::uint8_t> sealed,
                       std::span<std::uint8_t> out) noexcept {
  if (counter_ >= kMostMessages || sealed.size() < kTagBytes) return false;
  if (!aead_open(key_.bytes(), nonce_of(counter_), ad, sealed, out)) return false;
  ++counter_;
  return true;
}

void NoiseCipher::rekey() noexcept {
  const std::array<std::uint8_t, 32> zeros{};
  Secret<32 + kTagBytes> sealed;
  aead_seal(key_.bytes(), nonce_of(UINT64_MAX), {}, zeros, sealed.bytes());
  key_ = Key(sealed.bytes().first<32>());
}

}  // namespace aemp::crypto
