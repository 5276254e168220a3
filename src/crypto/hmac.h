// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HMAC with SHA-256, RFC 2104. The time depends on the lengths of key and message only.
#ifndef AEMP_CRYPTO_HMAC_H
#define AEMP_CRYPTO_HMAC_H

#include <cstdint>
#include <span>

#include "crypto/sha256.h"

namespace aemp::crypto {

// The code of one message of less than 2^60 bytes. The key may have any length, 0 too. `out` may
// lie within `key` or `in`.
void hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> in,
                 std::span<std::uint8_t, 32> out) noexcept;

// The code of a message that comes in pieces. A copy goes on from where its original was: one that
// is copied before its first update() saves the work that each key needs. Wiped on destruction.
class HmacSha256 {
 public:
  explicit HmacSha256(std::span<const std::uint8_t> key) noexcept;

  // Appends to the message, which must stay below 2^60 bytes.
  void update(std::span<const std::uint8_t> in) noexcept;
  // Writes the code and wipes what was kept. The key is gone with it: no update() and no finish()
  // may follow.
  void finish(std::span<std::uint8_t, Sha256::kDigest> out) noexcept;

 private:
  Sha256 inner_;
  Sha256 outer_;
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_HMAC_H
