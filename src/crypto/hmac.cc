// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/hmac.h"

#include <algorithm>

#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

void update_padded(Sha256& hash, std::span<const std::uint8_t, Sha256::kBlock> key,
                   std::uint8_t pad) noexcept {
  Secret<Sha256::kBlock> padded(key);
  for (std::uint8_t& byte : padded.bytes()) byte ^= pad;
  hash.update(padded.bytes());
}

}  // namespace

HmacSha256::HmacSha256(std::span<const std::uint8_t> key) noexcept {
  Secret<Sha256::kBlock> block;
  if (key.size() > Sha256::kBlock) {
    sha256(key, block.bytes().first<Sha256::kDigest>());
  } else {
    std::copy(key.begin(), key.end(), block.bytes().begin());
  }
  update_padded(inner_, block.bytes(), 0x36);
  update_padded(outer_, block.bytes(), 0x5c);
}

void HmacSha256::update(std::span<const std::uint8_t> in) noexcept { inner_.update(in); }

void HmacSha256::finish(std::span<std::uint8_t, Sha256::kDigest> out) noexcept {
  Secret<Sha256::kDigest> digest;
  inner_.finish(digest.bytes());
  outer_.update(digest.bytes());
  outer_.finish(out);
}

void hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> in,
                 std::span<std::uint8_t, 32> out) noexcept {
  HmacSha256 mac(key);
  mac.update(in);
  mac.finish(out);
}

}  // namespace aemp::crypto
