// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HKDF with SHA-256, RFC 5869, and in the form that the Noise Protocol Framework uses.
#ifndef AEMP_CRYPTO_HKDF_H
#define AEMP_CRYPTO_HKDF_H

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/sha256.h"

namespace aemp::crypto {

constexpr std::size_t kMaxHkdf = 255 * Sha256::kDigest;  // 8160 bytes, RFC 5869 section 2.3

// Fills `out` from the input keying material `ikm`; an empty `salt` is the RFC's default. `out`
// must not overlap `info`. Throws std::length_error, with nothing written, if `out` is longer than
// kMaxHkdf.
void hkdf_sha256(std::span<const std::uint8_t> salt, std::span<const std::uint8_t> ikm,
                 std::span<const std::uint8_t> info, std::span<std::uint8_t> out);

// HKDF of the Noise Protocol Framework, revision 34, section 4.3, with two and with three outputs:
// the chaining key is the salt, `info` is empty. Outputs may be the inputs.
void hkdf2(std::span<const std::uint8_t, 32> chaining_key, std::span<const std::uint8_t> ikm,
           std::span<std::uint8_t, 32> out1, std::span<std::uint8_t, 32> out2) noexcept;
void hkdf3(std::span<const std::uint8_t, 32> chaining_key, std::span<const std::uint8_t> ikm,
           std::span<std::uint8_t, 32> out1, std::span<std::uint8_t, 32> out2,
           std::span<std::uint8_t, 32> out3) noexcept;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_HKDF_H
