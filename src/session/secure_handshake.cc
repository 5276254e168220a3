// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/secure_handshake.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/fill_in.h"
#include "crypto/secret.h"
#include "wire/packet.h"

namespace aemp {

namespace {

// What messages 2 and 3 hold beside HELLO.
constexpr std::size_t kEphemeralBytes = 32;
constexpr std::size_t kSealedKeyBytes = 32 + crypto::kTagBytes;

}  // namespace

SecureHandshake::SecureHandshake(Role role, HandshakeSetup setup, CredentialsRef credentials,
                                 Random& random)
    : Handshake(role, std::move(setup)), credentials_(std::move(credentials)), random_(random) {
  setup_.own.suites = suite_mask(credentials_->suite());
  if (initiator()) {
    put_message1();
  } else {
    expect(Step::greeting, kGreetingBytes);
  }
}

void SecureHandshake::put_message1() {
  noise_.emplace(credentials_->dialled());
  if (!bring_ephemeral()) return;
  put_greeting(credentials_->suite(), credentials_->message1_bytes());
  // Nothing of the other end is mixed in yet: it cannot fail.
  (void)noise_->write({}, output_);
  expect(Step::length, kRecordLengthBytes);
}

void SecureHandshake::expect(Step step, std::size_t bytes) {
  step_ = step;
  Handshake::expect(bytes);
}

bool SecureHandshake::bring_ephemeral() {
  crypto::Key key;
  if (!random_.fill(key.bytes())) {
    fail(CloseCode::none, "the system has no random bytes");
    return false;
  }
  noise_->set_ephemeral(std::move(key));
  return true;
}

void SecureHandshake::piece_done() {
  switch (step_) {
    case Step::greeting:
      return read_greeting();
    case Step::message1:
      return read_message1();
    case Step::length:
      return read_length();
    case Step::answer:
      return read_answer(credentials_->suite());
    case Step::body:
      return read_body();
  }
}

void SecureHandshake::read_greeting() {
  const std::size_t rest = credentials_->message1_bytes();
  if (Handshake::read_greeting(credentials_->suite(), rest)) expect(Step::message1, rest);
}

void SecureHandshake::read_message1() {
  for (const crypto::NoiseHandshake& start : credentials_->accepted()) {
    Bytes nothing;
    noise_.emplace(start);
    if (!noise_->read(piece_, nothing)) continue;
    proven_ = credentials_->has_secret();
    if (setup_.gate != nullptr && !setup_.gate->may_answer(proven_)) {
      return fail(CloseCode::refused, "there are too many handshakes at once");
    }
    if (!bring_ephemeral()) return;
    Bytes hello;
    setup_.own.last_link = 0;
    if (credentials_->has_secret()) {
      encode_hello(setup_.own, hello);
    } else {
      encode_hello_identity(setup_.own, hello);
    }
    put_message(hello);
    if (state_ == State::need_more) expect(Step::length, kRecordLengthBytes);
    return;
  }
  // Not a byte for it.
  fail(CloseCode::refused, "it does not know the secret of this network, or gives it another name");
}

// u16 length, the next message of the handshake.
void SecureHandshake::put_message(const Bytes& hello) {
  const std::size_t at = output_.size();
  output_.resize(at + kRecordLengthBytes);
  if (!noise_->write(hello, output_)) {
    output_.resize(at);
    return fail(CloseCode::protocol, "its key is a point of low order");
  }
  const std::size_t size = output_.size() - at - kRecordLengthBytes;
  store_be16(output_.data() + at, static_cast<std::uint16_t>(size));
  if (noise_->finished()) split();
}

void SecureHandshake::split() {
  ciphers_ = std::make_unique<Ciphers>();
  noise_->split(ciphers_->to_peer, ciphers_->from_peer);
  link_id_ = load_be64(noise_->hash().data());
}

void SecureHandshake::read_length() {
  if (!noise_->finished() && answer_begins()) {
    step_ = Step::answer;
    return expect_more(kGreetingBytes);
  }
  const std::size_t size = load_be16(piece_.data());
  std::size_t least = crypto::kTagBytes + 1;
  std::size_t most = kMaxHello + crypto::kTagBytes + 1;  // a record
  if (!noise_->finished()) {
    const std::size_t keys =
        (initiator() ? kEphemeralBytes : 0) + (credentials_->has_keys() ? kSealedKeyBytes : 0);
    least = keys + crypto::kTagBytes;
    most = keys + kMaxHello + crypto::kTagBytes;
  }
  if (size < least || size > most) {
    return fail(
        CloseCode::protocol,
        fill_in("a message of % bytes in the handshake: expected % to %", {size, least, most}));
  }
  expect(Step::body, size);
}

void SecureHandshake::read_body() {
  if (!initiator()) return read_message3();
  if (proceeded_) return read_verdict();
  read_message2();
}

void SecureHandshake::read_message2() {
  Bytes hello;
  if (!noise_->read(piece_, hello)) {
    return fail(CloseCode::refused,
                "what it answers was altered on its way or is not from this network");
  }
  if (noise_->finished()) split();
  check_hello(hello);
  crypto::wipe(hello);
}

void SecureHandshake::read_message3() {
  Bytes hello;
  if (noise_->finished()) {
    Record record;
    if (!open_record(ciphers_->from_peer, piece_, record)) {
      return fail(CloseCode::refused,
                  "its hello was altered on its way, or message 1 was replayed");
    }
    if (record.type != kRecordHello) {
      return fail(CloseCode::protocol,
                  fill_in("a record of type % before its hello", {record.type}));
    }
    hello.assign(record.data.begin(), record.data.end());
  } else {
    if (!noise_->read(piece_, hello)) {
      return fail(CloseCode::refused,
                  "its hello was altered on its way, or message 1 was replayed");
    }
    split();
  }
  check_hello(hello);
  crypto::wipe(hello);
}

void SecureHandshake::check_hello(const Bytes& hello) {
  std::string error;
  // Nothing is said to a stranger's key.
  if (credentials_->has_keys() && !credentials_->lists(noise_->peer_static())) {
    return fail(CloseCode::refused, fill_in("its key % is not in the allow list",
                                            {fingerprint(noise_->peer_static())}));
  }
  proven_ = true;
  if (!decode_hello(hello, peer_, error)) return reject(CloseCode::bad_hello, error);
  const bool all = initiator() ? credentials_->has_secret() : true;
  if (!check_peer(credentials_->suite()) || !check_key()) return;
  if (all && !check_protection()) return;
  state_ = State::hello;
}

bool SecureHandshake::check_key() {
  if (!credentials_->has_keys()) return true;
  if (credentials_->allows(noise_->peer_static(), peer_.node_id)) return true;
  reject(CloseCode::refused, fill_in("its key % may not be node %",
                                     {fingerprint(noise_->peer_static()), peer_.node_id}));
  return false;
}

bool SecureHandshake::check_protection() {
  const std::uint8_t demanded = std::max(setup_.own.protection, peer_.protection);
  if (demanded == kUnprotected || demanded == kEncrypted) return true;
  reject(CloseCode::protection,
         fill_in("protection % is demanded, and this node has 0 and 2 only", {demanded}));
  return false;
}

void SecureHandshake::proceed(std::uint64_t last_link) {
  if (state_ != State::hello || !initiator()) return;
  setup_.own.last_link = last_link;
  Bytes hello;
  encode_hello(setup_.own, hello);
  state_ = State::need_more;
  proceeded_ = true;
  if (noise_->finished()) {
    put_final(kRecordHello, hello);
  } else {
    put_message(hello);
  }
  crypto::wipe(hello);
  if (state_ == State::need_more) expect(Step::length, kRecordLengthBytes);
}

void SecureHandshake::accept(std::uint64_t) {
  if (state_ != State::hello || initiator()) return;
  Bytes rest;
  if (!credentials_->has_secret()) encode_hello_rest(setup_.own, rest);
  put_final(kRecordHello, rest);
  end_up();
}

void SecureHandshake::refuse(CloseCode code, std::string_view text) {
  if (state_ != State::hello || initiator()) return;
  reject(code, text);
}

// To an initiator only, and only to one that has proved itself: nothing but HELLO leaves one.
void SecureHandshake::reject(CloseCode code, std::string_view text) {
  if (!initiator() && ciphers_ != nullptr) {
    Bytes body;
    put_close_body(body, code, text);
    put_final(kRecordClose, body);
  }
  fail(code, text);
}

void SecureHandshake::put_final(std::uint8_t type, const Bytes& data) {
  // The first record of its key cannot be one too many.
  (void)put_record(ciphers_->to_peer, type, data, output_);
}

void SecureHandshake::read_verdict() {
  Record record;
  std::string error;
  if (!open_record(ciphers_->from_peer, piece_, record)) {
    return fail(CloseCode::refused, "its answer to the hello was altered on its way");
  }
  if (record.type == kRecordClose) {
    Packet packet;
    if (parse_packet(kFrameClose, record.data.data(), record.data.size(), packet, error) !=
        Parsed::packet) {
      return fail(CloseCode::protocol, error);
    }
    return fail(packet.code, packet.text, true);
  }
  if (record.type != kRecordHello) {
    return fail(CloseCode::protocol, "neither READY nor CLOSE after the hello");
  }
  const bool fine = credentials_->has_secret() ? check_fields(record.data, error)
                                               : decode_hello_rest(record.data, peer_, error);
  if (!fine) return fail(CloseCode::bad_hello, error);
  if (check_protection()) end_up();
}

void SecureHandshake::end_up() {
  if (std::max(setup_.own.protection, peer_.protection) == kUnprotected) ciphers_.reset();
  state_ = State::done;
}

const crypto::PublicKey* SecureHandshake::peer_key() const noexcept {
  return credentials_->has_keys() && noise_ ? &noise_->peer_static() : nullptr;
}

std::string_view SecureHandshake::hint() const {
  if (!initiator() || state_ != State::need_more) return {};
  if (!proceeded_) {
    return credentials_->has_secret() ? " (is its secret, and the network's name, the same?)" : "";
  }
  return credentials_->has_keys() ? " (is this node's key in its allow list?)" : "";
}

}  // namespace aemp
