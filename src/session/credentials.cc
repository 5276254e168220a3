// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/credentials.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace aemp {

namespace {

using Bytes = std::vector<std::uint8_t>;

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

const crypto::NoisePattern& pattern_of(std::uint8_t suite) noexcept {
  switch (suite) {
    case kSuiteSecret:
      return crypto::kNoiseNNpsk0;
    case kSuiteKeys:
      return crypto::kNoiseXX;
    default:
      return crypto::kNoiseXXpsk0;
  }
}

// What both ends must agree on and neither says: "AEMP1", 0, the greeting, u8 length and name of
// the network.
Bytes prologue_of(std::uint8_t suite, std::size_t rest, std::string_view cluster) {
  Bytes out = {'A', 'E', 'M', 'P', '1', 0};
  out.insert(out.end(), kMagic, kMagic + sizeof kMagic);
  out.insert(out.end(), {kMajorVersion, suite, 0, static_cast<std::uint8_t>(rest)});
  out.push_back(static_cast<std::uint8_t>(cluster.size()));
  out.insert(out.end(), cluster.begin(), cluster.end());
  return out;
}

}  // namespace

std::string fingerprint(std::span<const std::uint8_t> key) {
  std::array<std::uint8_t, 32> digest;
  crypto::sha256(key, digest);
  std::string text;
  append_base64url(text, digest.data(), 6);
  return text;
}

bool glob_matches(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, after_star = 0;  // the last *, and what it was given
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

crypto::Key Credentials::psk(std::span<const std::uint8_t> secret, std::string_view cluster) {
  crypto::Key key;
  crypto::hkdf_sha256(bytes_of("aemp/1 psk"), secret, bytes_of(cluster), key.bytes());
  return key;
}

Credentials::Credentials(std::vector<crypto::Key> psks, std::optional<crypto::Key> own,
                         std::vector<AllowedKey> allowed, std::string_view cluster)
    : suite_(!own           ? kSuiteSecret
             : psks.empty() ? kSuiteKeys
                            : kSuiteKeysSecret),
      allowed_(std::move(allowed)) {
  psks_.reserve(psks.size());
  for (crypto::Key& psk : psks) psks_.push_back(std::move(psk));
  if (own) own_.emplace_back(std::move(*own));
  const crypto::KeyPair* pair = own_.empty() ? nullptr : own_.data();
  const Bytes prologue = prologue_of(suite_, message1_bytes(), cluster);
  const crypto::NoisePattern& pattern = pattern_of(suite_);
  starts_.reserve(1 + std::max<std::size_t>(psks_.size(), 1));
  const std::span<const crypto::Key> keys(psks_);
  starts_.emplace_back(pattern, true, prologue, keys.first(keys.empty() ? 0 : 1), pair);
  if (keys.empty()) starts_.emplace_back(pattern, false, prologue, keys, pair);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    starts_.emplace_back(pattern, false, prologue, keys.subspan(i, 1), pair);
  }
}

bool Credentials::lists(const crypto::PublicKey& key) const noexcept {
  return std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const AllowedKey& entry) { return entry.key == key; });
}

bool Credentials::allows(const crypto::PublicKey& key, std::string_view node_id) const noexcept {
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const AllowedKey& entry) {
    return entry.key == key &&
           std::any_of(entry.node_ids.begin(), entry.node_ids.end(),
                       [&](const std::string& glob) { return glob_matches(glob, node_id); });
  });
}

}  // namespace aemp
