// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/noise.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/x25519.h"

namespace aemp::crypto {

namespace {

std::string protocol_name(const NoisePattern& pattern) {
  return "Noise_" + std::string(pattern.name) + "_25519_ChaChaPoly_SHA256";
}

}  // namespace

KeyPair::KeyPair(Key&& key) noexcept : private_key(std::move(key)) {
  x25519_base(public_key, private_key.bytes());
}

NoiseHandshake::NoiseHandshake(const NoisePattern& pattern, bool initiator,
                               std::span<const std::uint8_t> prologue, std::span<const Key> psks,
                               const KeyPair* own)
    : pattern_(&pattern),
      symmetric_(protocol_name(pattern)),
      psks_(psks),
      static_(own),
      initiator_(initiator) {
  symmetric_.mix_hash(prologue);
  while (pattern_->messages[0][token_] == NoiseToken::psk) {
    mix_psk();
    ++token_;
  }
}

NoiseHandshake::NoiseHandshake(const NoiseHandshake& other) noexcept
    : pattern_(other.pattern_),
      symmetric_(other.symmetric_),
      psks_(other.psks_),
      static_(other.static_),
      initiator_(other.initiator_),
      message_(other.message_),
      token_(other.token_),
      ephemeral_(other.ephemeral_.bytes()),
      peer_ephemeral_(other.peer_ephemeral_),
      peer_static_(other.peer_static_) {}

void NoiseHandshake::set_ephemeral(Key&& private_key) noexcept {
  ephemeral_ = std::move(private_key);
}

bool NoiseHandshake::write(std::span<const std::uint8_t> payload, Bytes& out) {
  const auto& tokens = pattern_->messages[message_];
  for (; tokens[token_] != NoiseToken::none; ++token_) {
    if (!write_token(tokens[token_], out)) return false;
  }
  symmetric_.encrypt_and_hash(payload, out);
  next_message();
  return true;
}

bool NoiseHandshake::read(std::span<const std::uint8_t> message, Bytes& payload) {
  const auto& tokens = pattern_->messages[message_];
  for (; tokens[token_] != NoiseToken::none; ++token_) {
    if (!read_token(tokens[token_], message)) return false;
  }
  if (!symmetric_.decrypt_and_hash(message, payload)) return false;
  next_message();
  return true;
}

void NoiseHandshake::next_message() noexcept {
  ++message_;
  token_ = 0;
}

bool NoiseHandshake::write_token(NoiseToken token, Bytes& out) {
  if (token == NoiseToken::e) {
    PublicKey key;
    x25519_base(key, ephemeral_.bytes());
    out.insert(out.end(), key.begin(), key.end());
    mix_ephemeral(key);
    return true;
  }
  if (token == NoiseToken::s) {
    symmetric_.encrypt_and_hash(static_->public_key, out);
    return true;
  }
  return mix(token);
}

bool NoiseHandshake::read_token(NoiseToken token, std::span<const std::uint8_t>& rest) {
  if (token != NoiseToken::e && token != NoiseToken::s) return mix(token);
  PublicKey& key = token == NoiseToken::e ? peer_ephemeral_ : peer_static_;
  const std::size_t size = key.size() + (token == NoiseToken::s ? symmetric_.overhead() : 0);
  if (rest.size() < size) return false;
  const std::span<const std::uint8_t> field = rest.first(size);
  rest = rest.subspan(size);
  if (token == NoiseToken::e) {
    std::copy(field.begin(), field.end(), key.begin());
    mix_ephemeral(key);
    return true;
  }
  Bytes plain;
  if (!symmetric_.decrypt_and_hash(field, plain)) return false;
  std::copy(plain.begin(), plain.end(), key.begin());
  return true;
}

bool NoiseHandshake::mix(NoiseToken token) noexcept {
  switch (token) {
    case NoiseToken::ee:
      return mix_dh(ephemeral_, peer_ephemeral_);
    case NoiseToken::es:
      return initiator_ ? mix_dh(ephemeral_, peer_static_)
                        : mix_dh(static_->private_key, peer_ephemeral_);
    case NoiseToken::se:
      return initiator_ ? mix_dh(static_->private_key, peer_ephemeral_)
                        : mix_dh(ephemeral_, peer_static_);
    case NoiseToken::ss:
      return mix_dh(static_->private_key, peer_static_);
    case NoiseToken::psk:
      mix_psk();
      return true;
    case NoiseToken::none:
    case NoiseToken::e:
    case NoiseToken::s:
      break;
  }
  return false;
}

bool NoiseHandshake::mix_dh(const Key& own, const PublicKey& theirs) noexcept {
  Key shared;
  if (!x25519(shared.bytes(), own.bytes(), theirs)) return false;
  symmetric_.mix_key(shared.bytes());
  return true;
}

void NoiseHandshake::mix_ephemeral(const PublicKey& key) noexcept {
  symmetric_.mix_hash(key);
  if (pattern_->has_psk()) symmetric_.mix_key(key);
}

void NoiseHandshake::mix_psk() noexcept {
  symmetric_.mix_key_and_hash(psks_.front().bytes());
  psks_ = psks_.subspan(1);
}

void NoiseHandshake::split(NoiseCipher& to_peer, NoiseCipher& from_peer) noexcept {
  NoiseCipher& first = initiator_ ? to_peer : from_peer;
  NoiseCipher& second = initiator_ ? from_peer : to_peer;
  symmetric_.split(first, second);
}

}  // namespace aemp::crypto
