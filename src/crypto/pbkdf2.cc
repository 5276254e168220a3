// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/pbkdf2.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/bytes.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

using Digest = Secret<Sha256::kDigest>;

// F(P, S, c, i) of the RFC; `keyed` has the password and no message.
void derive_block(const HmacSha256& keyed, std::span<const std::uint8_t> salt,
                  std::uint32_t iterations, std::uint32_t index, Digest& t) noexcept {
  std::array<std::uint8_t, 4> number;
  store_be32(number.data(), index);
  Digest u;
  HmacSha256 first = keyed;
  first.update(salt);
  first.update(number);
  first.finish(u.bytes());
  std::ranges::copy(u.bytes(), t.bytes().begin());
  for (std::uint32_t i = 1; i < iterations; ++i) {
    HmacSha256 mac = keyed;
    mac.update(u.bytes());
    mac.finish(u.bytes());
    for (std::size_t k = 0; k < Sha256::kDigest; ++k) t.bytes()[k] ^= u.bytes()[k];
  }
}

}  // namespace

void pbkdf2_hmac_sha256(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt,
                        std::uint32_t iterations, std::span<std::uint8_t> out) {
  constexpr std::uint64_t kMaxOut = std::uint64_t{0xffffffff} * Sha256::kDigest;
  if (iterations == 0) throw std::invalid_argument("PBKDF2 needs at least one iteration");
  if (out.size() > kMaxOut) throw std::length_error("PBKDF2 gives at most (2^32 - 1) * 32 bytes");
  const HmacSha256 keyed(password);
  Digest t;
  for (std::uint32_t i = 1; !out.empty(); ++i) {
    derive_block(keyed, salt, iterations, i, t);
    const std::size_t n = std::min(out.size(), Sha256::kDigest);
    std::copy_n(t.bytes().begin(), n, out.begin());
    out = out.subspan(n);
  }
}

}  // namespace aemp::crypto
