// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/key_text.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/scrypt.h"
#include "crypto/sha256.h"

namespace aemp {

namespace {

constexpr std::size_t kCheckBytes = 4;
constexpr unsigned kLog2N = 15;

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// How the text begins.
std::string_view prefix_of(KeyKind kind) noexcept {
  switch (kind) {
    case KeyKind::secret:
      return "aemp-s1.";
    case KeyKind::private_key:
      return "aemp-k1.";
    case KeyKind::public_key:
      return "aemp-p1.";
  }
  return {};
}

using Checked = crypto::Secret<32 + kCheckBytes>;

void put_check(KeyKind kind, Checked& checked) noexcept {
  std::string_view name = prefix_of(kind);
  name.remove_suffix(1);  // the point
  crypto::Sha256 sha;
  sha.update(bytes_of(name));
  sha.update(checked.bytes().first<32>());
  crypto::Secret<32> digest;
  sha.finish(digest.bytes());
  std::copy_n(digest.bytes().begin(), kCheckBytes, checked.bytes().begin() + 32);
}

}  // namespace

std::string key_text(KeyKind kind, std::span<const std::uint8_t, 32> bytes) {
  Checked checked;
  std::copy(bytes.begin(), bytes.end(), checked.bytes().begin());
  put_check(kind, checked);
  std::string text(prefix_of(kind));
  append_base64url(text, checked.bytes().data(), checked.bytes().size());
  return text;
}

bool mentions(KeyKind kind, std::string_view text) noexcept {
  return text.find(prefix_of(kind)) != std::string_view::npos;
}

std::optional<crypto::Key> parse_key_text(KeyKind kind, std::string_view text) {
  Checked read, checked;
  if (!text.starts_with(prefix_of(kind))) return std::nullopt;
  text.remove_prefix(prefix_of(kind).size());
  if (!parse_base64url(text, read.bytes().data(), read.bytes().size())) return std::nullopt;
  std::copy_n(read.bytes().begin(), 32, checked.bytes().begin());
  put_check(kind, checked);
  if (!crypto::equal(read.bytes(), checked.bytes())) return std::nullopt;
  return crypto::Key(read.bytes().first<32>());
}

crypto::Key secret_of_passphrase(std::string_view passphrase, std::string_view cluster) {
  std::string salt("aemp/1 pass");
  salt += '\0';
  salt += cluster;
  crypto::Key secret;
  crypto::scrypt(bytes_of(passphrase), bytes_of(salt), kLog2N, 8, 1, secret.bytes());
  return secret;
}

}  // namespace aemp
