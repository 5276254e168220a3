// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// scrypt, RFC 7914, and PBKDF2, of which it is made.
#ifndef AEMP_CRYPTO_SCRYPT_H
#define AEMP_CRYPTO_SCRYPT_H

#include <cstdint>
#include <span>

#include "crypto/pbkdf2.h"

namespace aemp::crypto {

// Fills `out`, which must not overlap `password`. N is 2^log2_n; it takes 128 * r * (N + p + 2)
// bytes of memory, which are allocated once and wiped. Memory is read at places that depend on the
// password.
// Nothing is written when it throws: std::invalid_argument for parameters that the RFC does not
// allow (section 2: N at least 2 and less than 2^(16 * r), r and p at least 1, r * p less than
// 2^30), std::length_error as pbkdf2_hmac_sha256, std::bad_alloc if there is not so much memory.
void scrypt(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt,
            unsigned log2_n, std::uint32_t r, std::uint32_t p, std::span<std::uint8_t> out);

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_SCRYPT_H
