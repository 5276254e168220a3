// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/hkdf.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

// RFC 5869, section 2.3. `out` has at most kMaxHkdf bytes.
void expand(std::span<const std::uint8_t, 32> prk, std::span<const std::uint8_t> info,
            std::span<std::uint8_t> out) noexcept {
  const HmacSha256 keyed(prk);
  Secret<Sha256::kDigest> t;
  for (std::uint8_t i = 1; !out.empty(); ++i) {
    HmacSha256 mac = keyed;
    if (i > 1) mac.update(t.bytes());
    mac.update(info);
    mac.update({&i, 1});
    mac.finish(t.bytes());
    const std::size_t n = std::min(out.size(), Sha256::kDigest);
    std::copy_n(t.bytes().begin(), n, out.begin());
    out = out.subspan(n);
  }
}

}  // namespace

void hkdf_sha256(std::span<const std::uint8_t> salt, std::span<const std::uint8_t> ikm,
                 std::span<const std::uint8_t> info, std::span<std::uint8_t> out) {
  if (out.size() > kMaxHkdf) throw std::length_error("HKDF gives at most 8160 bytes");
  Secret<Sha256::kDigest> prk;
  hmac_sha256(salt, ikm, prk.bytes());
  expand(prk.bytes(), info, out);
}

void hkdf2(std::span<const std::uint8_t, 32> chaining_key, std::span<const std::uint8_t> ikm,
           std::span<std::uint8_t, 32> out1, std::span<std::uint8_t, 32> out2) noexcept {
  Secret<64> both;
  hkdf_sha256(chaining_key, ikm, {}, both.bytes());
  std::ranges::copy(both.bytes().first<32>(), out1.begin());
  std::ranges::copy(both.bytes().last<32>(), out2.begin());
}

void hkdf3(std::span<const std::uint8_t, 32> chaining_key, std::span<const std::uint8_t> ikm,
           std::span<std::uint8_t, 32> out1, std::span<std::uint8_t, 32> out2,
           std::span<std::uint8_t, 32> out3) noexcept {
  Secret<96> all;
  hkdf_sha256(chaining_key, ikm, {}, all.bytes());
  std::ranges::copy(all.bytes().first<32>(), out1.begin());
  std::ranges::copy(all.bytes().subspan<32, 32>(), out2.begin());
  std::ranges::copy(all.bytes().last<32>(), out3.begin());
}

}  // namespace aemp::crypto
