// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/noise_symmetric.h"

#include <algorithm>
#include <utility>

#include "crypto/hkdf.h"
#include "crypto/sha256.h"

namespace aemp::crypto {

namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

NoiseSymmetric::NoiseSymmetric(std::string_view protocol_name) noexcept {
  if (protocol_name.size() <= hash_.size()) {
    std::copy(protocol_name.begin(), protocol_name.end(), hash_.begin());
  } else {
    sha256(bytes_of(protocol_name), hash_);
  }
  chaining_key_ = Key(hash_);
}

NoiseSymmetric::NoiseSymmetric(const NoiseSymmetric& other) noexcept
    : chaining_key_(other.chaining_key_.bytes()), hash_(other.hash_), cipher_(other.cipher_) {}

void NoiseSymmetric::mix_hash(std::span<const std::uint8_t> data) noexcept {
  Sha256 sha;
  sha.update(hash_);
  sha.update(data);
  sha.finish(hash_);
}

void NoiseSymmetric::mix_key(std::span<const std::uint8_t> input) noexcept {
  Key key;
  hkdf2(chaining_key_.bytes(), input, chaining_key_.bytes(), key.bytes());
  cipher_.set_key(std::move(key));
}

void NoiseSymmetric::mix_key_and_hash(std::span<const std::uint8_t> input) noexcept {
  Key mixed, key;
  hkdf3(chaining_key_.bytes(), input, chaining_key_.bytes(), mixed.bytes(), key.bytes());
  mix_hash(mixed.bytes());
  cipher_.set_key(std::move(key));
}

void NoiseSymmetric::encrypt_and_hash(std::span<const std::uint8_t> plain,
                                      std::vector<std::uint8_t>& out) {
  const std::size_t at = out.size();
  out.resize(at + plain.size() + overhead());
  const std::span<std::uint8_t> sealed = std::span(out).subspan(at);
  if (!cipher_.has_key()) {
    std::copy(plain.begin(), plain.end(), sealed.begin());
  } else {
    // A handshake is never long enough to use up a key.
    (void)cipher_.seal(hash_, plain, sealed);
  }
  mix_hash(sealed);
}

bool NoiseSymmetric::decrypt_and_hash(std::span<const std::uint8_t> sealed,
                                      std::vector<std::uint8_t>& out) {
  if (sealed.size() < overhead()) return false;
  const std::size_t at = out.size();
  out.resize(at + sealed.size() - overhead());
  const std::span<std::uint8_t> plain = std::span(out).subspan(at);
  if (!cipher_.has_key()) {
    std::copy(sealed.begin(), sealed.end(), plain.begin());
  } else if (!cipher_.open(hash_, sealed, plain)) {
    out.resize(at);
    return false;
  }
  mix_hash(sealed);
  return true;
}

void NoiseSymmetric::split(NoiseCipher& first, NoiseCipher& second) noexcept {
  Key a, b;
  hkdf2(chaining_key_.bytes(), {}, a.bytes(), b.bytes());
  first.set_key(std::move(a));
  second.set_key(std::move(b));
}

}  // namespace aemp::crypto
