// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "threats/forger.h"

#include <string>

#include "base/bytes.h"
#include "crypto/x25519.h"
#include "session/records.h"
#include "wire/hello.h"

namespace aemp::threat {

namespace {

std::string name_of(int suite) {
  const char* pattern = suite == kSuiteSecret ? "NNpsk0" : suite == kSuiteKeys ? "XX" : "XXpsk0";
  return "Noise_" + std::string(pattern) + "_25519_ChaChaPoly_SHA256";
}

Bytes greeting_of(int suite) {
  return {'A',
          'E',
          'M',
          'P',
          kMajorVersion,
          static_cast<std::uint8_t>(suite),
          0,
          static_cast<std::uint8_t>(has_secret(suite) ? 48 : 32)};
}

Bytes32 first32(std::span<const std::uint8_t> bytes) {
  Bytes32 out;
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

}  // namespace

Hand hand_with(Bytes32 s_public, std::optional<Bytes32> s_private) {
  Hand hand;
  hand.e_private = seeded(77);
  crypto::x25519_base(hand.e_public, *hand.e_private);
  hand.s_public = s_public;
  hand.s_private = s_private;
  return hand;
}

Hand honest(const Person& person) { return hand_with(person.pair().public_key, person.bytes); }

Forger::Forger(int suite, bool initiator, const Hand& hand, const std::string& node_id)
    : suite_(suite), initiator_(initiator), hand_(hand), node_id_(node_id), noise_(name_of(suite)) {
  Bytes prologue{'A', 'E', 'M', 'P', '1', 0};
  const Bytes greeting = greeting_of(suite);
  prologue.insert(prologue.end(), greeting.begin(), greeting.end());
  const std::string cluster = "threats";
  prologue.push_back(static_cast<std::uint8_t>(cluster.size()));
  prologue.insert(prologue.end(), cluster.begin(), cluster.end());
  noise_.mix_hash(prologue);
  if (has_secret(suite)) {
    noise_.mix_key_and_hash(Credentials::psk(seeded(1), cluster).bytes());
  }
}

Bytes Forger::message1() {
  Bytes out = greeting_of(suite_);
  put_ephemeral(out);
  noise_.encrypt_and_hash({}, out);
  return out;
}

bool Forger::read_message1(std::span<const std::uint8_t> message) {
  std::span<const std::uint8_t> rest = message.subspan(kGreetingBytes);
  take_ephemeral(rest);
  return take_payload(rest);
}

Bytes Forger::message2() {
  Bytes body;
  put_ephemeral(body);
  mix_shared(hand_.e_private, peer_e_);
  if (has_keys(suite_)) {
    put_static(body);
    mix_own_static();
  }
  noise_.encrypt_and_hash(hello(), body);
  if (!has_keys(suite_)) split();
  return with_length(body);
}

bool Forger::read_message2(std::span<const std::uint8_t> message) {
  std::span<const std::uint8_t> rest = message.subspan(kRecordLengthBytes);
  take_ephemeral(rest);
  mix_shared(hand_.e_private, peer_e_);
  if (has_keys(suite_)) {
    if (!take_static(rest)) return false;
    mix_peer_static();
  }
  return take_payload(rest);
}

Bytes Forger::message3() {
  if (!has_keys(suite_)) {
    split();
    return record(kRecordHello, hello());
  }
  Bytes body;
  put_static(body);
  mix_own_static();
  noise_.encrypt_and_hash(hello(), body);
  split();
  return with_length(body);
}

bool Forger::read_message3(std::span<const std::uint8_t> message) {
  std::span<const std::uint8_t> rest = message.subspan(kRecordLengthBytes);
  if (!has_keys(suite_)) {
    Bytes plain(rest.size() - crypto::kTagBytes);
    return from_peer_.open({}, rest, plain);
  }
  if (!take_static(rest)) return false;
  mix_peer_static();
  if (!take_payload(rest)) return false;
  split();
  return true;
}

Bytes Forger::message4() { return record(kRecordHello, {}); }

Bytes Forger::record(std::uint8_t type, std::span<const std::uint8_t> data) {
  Bytes out;
  EXPECT_TRUE(put_record(to_peer_, type, data, out));
  return out;
}

void Forger::put_ephemeral(Bytes& out) {
  out.insert(out.end(), hand_.e_public.begin(), hand_.e_public.end());
  noise_.mix_hash(hand_.e_public);
  if (has_secret(suite_)) noise_.mix_key(hand_.e_public);
}

void Forger::take_ephemeral(std::span<const std::uint8_t>& rest) {
  peer_e_ = first32(rest);
  rest = rest.subspan(32);
  noise_.mix_hash(peer_e_);
  if (has_secret(suite_)) noise_.mix_key(peer_e_);
}

void Forger::put_static(Bytes& out) { noise_.encrypt_and_hash(hand_.s_public, out); }

bool Forger::take_static(std::span<const std::uint8_t>& rest) {
  Bytes plain;
  if (!noise_.decrypt_and_hash(rest.first(32 + crypto::kTagBytes), plain)) return false;
  peer_s_ = first32(plain);
  rest = rest.subspan(32 + crypto::kTagBytes);
  return true;
}

bool Forger::take_payload(std::span<const std::uint8_t> rest) {
  Bytes plain;
  return noise_.decrypt_and_hash(rest, plain);
}

Bytes Forger::with_length(const Bytes& body) const {
  Bytes out(2);
  store_be16(out.data(), static_cast<std::uint16_t>(body.size()));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Bytes Forger::hello() const {
  Hello hello;
  hello.node_id = node_id_;
  hello.incarnation = 0x1234;
  hello.suites = suite_mask(static_cast<std::uint8_t>(suite_));
  hello.protection = kEncrypted;
  Bytes out;
  if (!initiator_ && !has_secret(suite_)) {
    encode_hello_identity(hello, out);
  } else {
    encode_hello(hello, out);
  }
  return out;
}

void Forger::mix_shared(const std::optional<Bytes32>& own, const Bytes32& theirs) {
  Bytes32 shared{};
  if (own) (void)crypto::x25519(shared, *own, theirs);
  noise_.mix_key(shared);
}

void Forger::mix_own_static() {
  if (hand_.stolen) {
    mix_shared(hand_.stolen, hand_.s_public);
  } else {
    mix_shared(hand_.s_private, peer_e_);
  }
}

void Forger::split() {
  noise_.split(initiator_ ? to_peer_ : from_peer_, initiator_ ? from_peer_ : to_peer_);
}

}  // namespace aemp::threat
