// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// X25519, RFC 7748: Diffie-Hellman on Curve25519. Any 32 bytes are a private key and any 32 bytes
// are a public key. The time tells nothing of the scalar, nor of the point.
#ifndef AEMP_CRYPTO_X25519_H
#define AEMP_CRYPTO_X25519_H

#include <cstdint>
#include <span>

namespace aemp::crypto {

// Section 5: the u-coordinate of scalar * point. The scalar is clamped, the highest bit of the
// point is ignored, and a point of 2^255 - 19 or more stands for the same number less 2^255 - 19.
// False: `out` is all zero, because the point has a small order, so that nothing secret came of it
// (section 6.1). `out` may be the scalar or the point.
[[nodiscard]] bool x25519(std::span<std::uint8_t, 32> out, std::span<const std::uint8_t, 32> scalar,
                          std::span<const std::uint8_t, 32> point) noexcept;

// Section 6.1: the public key of a private key, which is scalar * 9. `out` may be the scalar.
void x25519_base(std::span<std::uint8_t, 32> out,
                 std::span<const std::uint8_t, 32> scalar) noexcept;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_X25519_H
