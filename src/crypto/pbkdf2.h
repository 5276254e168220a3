// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// PBKDF2 with HMAC-SHA-256, RFC 8018 section 5.2.
#ifndef AEMP_CRYPTO_PBKDF2_H
#define AEMP_CRYPTO_PBKDF2_H

#include <cstdint>
#include <span>

namespace aemp::crypto {

// Fills `out`, which must not overlap `salt`. Throws std::invalid_argument if `iterations` is 0 and
// std::length_error if `out` is longer than (2^32 - 1) * 32 bytes, both with nothing written.
void pbkdf2_hmac_sha256(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt,
                        std::uint32_t iterations, std::span<std::uint8_t> out);

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_PBKDF2_H
