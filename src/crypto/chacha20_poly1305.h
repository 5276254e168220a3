// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// AEAD_CHACHA20_POLY1305, RFC 8439 section 2.8: bytes that nobody without the key can read, and
// that nobody can change without its being noticed.
//
// A nonce must never be used twice with the same key. One call takes at most 2^38 - 64 bytes.
#ifndef AEMP_CRYPTO_CHACHA20_POLY1305_H
#define AEMP_CRYPTO_CHACHA20_POLY1305_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace aemp::crypto {

struct ChaCha20Kernel;

constexpr std::size_t kAeadTagSize = 16;

// `out` gets the ciphertext of `plain` and then the tag: exactly plain.size() + kAeadTagSize bytes,
// which is its size. `out` begins where `plain` begins, to seal in place, or overlaps none of the
// inputs; `ad` (may be empty) is covered by the tag, but not contained in `out`.
void aead_seal(std::span<const std::uint8_t, 32> key, std::span<const std::uint8_t, 12> nonce,
               std::span<const std::uint8_t> ad, std::span<const std::uint8_t> plain,
               std::span<std::uint8_t> out) noexcept;

// The reverse: `sealed` is ciphertext and tag, `out` has room for exactly the plaintext. `out`
// begins where `sealed` begins, to open in place, or overlaps none of the inputs. False: the tag is
// not the one of these inputs (or the sizes do not fit), and `out` has not been touched.
[[nodiscard]] bool aead_open(std::span<const std::uint8_t, 32> key,
                             std::span<const std::uint8_t, 12> nonce,
                             std::span<const std::uint8_t> ad, std::span<const std::uint8_t> sealed,
                             std::span<std::uint8_t> out) noexcept;

// The same with a kernel of one's own choice, which this processor supports: for tests and to
// measure.
void aead_seal_with(const ChaCha20Kernel& kernel, std::span<const std::uint8_t, 32> key,
                    std::span<const std::uint8_t, 12> nonce, std::span<const std::uint8_t> ad,
                    std::span<const std::uint8_t> plain, std::span<std::uint8_t> out) noexcept;
[[nodiscard]] bool aead_open_with(const ChaCha20Kernel& kernel,
                                  std::span<const std::uint8_t, 32> key,
                                  std::span<const std::uint8_t, 12> nonce,
                                  std::span<const std::uint8_t> ad,
                                  std::span<const std::uint8_t> sealed,
                                  std::span<std::uint8_t> out) noexcept;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_CHACHA20_POLY1305_H
