// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/key_text.h"

#include <algorithm>
#include <array>

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

std::array<char, 7> name_of(KeyKind kind) noexcept {
  return {'a', 'e', 'm', 'p', '-', static_cast<char>(kind), '1'};
}

using Checked = crypto::Secret<32 + kCheckBytes>;

void put_check(KeyKind kind, Checked& checked) noexcept {
  const std::array<char, 7> name = name_of(kind);
  crypto::Sha256 sha;
  sha.update(bytes_of({name.data(), name.size()}));
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
  const std::array<char, 7> name = name_of(kind);
  std::string text(name.data(), name.size());
  text += '.';
  append_base64url(text, checked.bytes().data(), checked.bytes().size());
  return text;
}

bool looks_like(KeyKind kind, std::string_view text) noexcept {
  const std::array<char, 7> name = name_of(kind);
  return text.starts_with(std::string_view(name.data(), name.size())) &&
         text.substr(name.size()).starts_with('.');
}

std::optional<crypto::Key> parse_key_text(KeyKind kind, std::string_view text) {
  Checked read, checked;
  if (!looks_like(kind, text)) return std::nullopt;
  text.remove_prefix(name_of(kind).size() + 1);
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
