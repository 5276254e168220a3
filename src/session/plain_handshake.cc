// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "session/handshake.h"
#include "wire/frame.h"
#include "wire/packet.h"

namespace aemp {

namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kReadyBytes = 8;

bool has_magic(const std::uint8_t* at) { return std::memcmp(at, kMagic, sizeof kMagic) == 0; }

void put_greeting(std::vector<std::uint8_t>& out, std::uint8_t version, std::uint8_t suite) {
  out.insert(out.end(), kMagic, kMagic + sizeof kMagic);
  out.insert(out.end(), {version, suite, 0, 0});
}

std::string versions_of(const Hello& hello) {
  std::string text = std::to_string(hello.lowest_major);
  if (hello.lowest_major != hello.highest_major)
    text += " to " + std::to_string(hello.highest_major);
  return text;
}

}  // namespace

PlainHandshake::PlainHandshake(Role role, HandshakeSetup setup)
    : role_(role), version_(setup.own.highest_major), setup_(std::move(setup)) {
  if (initiator()) {
    put_greeting(output_, version_, kSuitePlain);
    expect(Step::hello_length, kLengthBytes);
  } else {
    expect(Step::greeting, kGreetingBytes);
  }
}

std::size_t PlainHandshake::want() const noexcept {
  return state_ == State::need_more ? piece_size_ - piece_.size() : 0;
}

std::size_t PlainHandshake::feed(std::span<const std::uint8_t> in) {
  std::size_t used = 0;
  while (used < in.size() && want() > 0) {
    const std::size_t n = std::min(want(), in.size() - used);
    const std::span<const std::uint8_t> part = in.subspan(used, n);
    piece_.insert(piece_.end(), part.begin(), part.end());
    used += n;
    if (want() == 0) step_done();
  }
  return used;
}

void PlainHandshake::expect(Step step, std::size_t bytes) {
  step_ = step;
  piece_.clear();
  piece_size_ = bytes;
}

void PlainHandshake::step_done() {
  switch (step_) {
    case Step::greeting:
      return read_greeting();
    case Step::hello_length:
      return read_hello_length();
    case Step::answer:
      return read_answer();
    case Step::hello_body:
      return read_hello();
    case Step::frame_header:
      return read_frame_header();
    case Step::frame_body:
      return read_frame();
  }
}

void PlainHandshake::read_greeting() {
  if (!has_magic(piece_.data())) return fail(CloseCode::protocol, "no greeting of this protocol");
  const std::uint8_t version = piece_[4];
  const std::uint8_t suite = piece_[5];
  const Hello& own = setup_.own;
  if (version < own.lowest_major || version > own.highest_major) {
    put_greeting(output_, own.highest_major, 0);
    return fail(CloseCode::version, "it speaks protocol version " + std::to_string(version) +
                                        ", this node " + versions_of(own));
  }
  if (suite != kSuitePlain) {
    put_greeting(output_, own.highest_major, 0);
    return fail(CloseCode::suite, "it demands handshake suite " + std::to_string(suite) +
                                      ", this node has none but " + std::to_string(kSuitePlain));
  }
  if (load_be16(piece_.data() + 6) != 0) {
    return fail(CloseCode::protocol, "a greeting of the wrong length");
  }
  version_ = version;
  Hello hello = setup_.own;
  hello.last_link = 0;
  put_hello(hello);
  expect(Step::hello_length, kLengthBytes);
}

void PlainHandshake::read_hello_length() {
  // A refusal of the greeting starts with the magic, which is no length that a HELLO can have.
  if (initiator() && std::memcmp(piece_.data(), kMagic, kLengthBytes) == 0) {
    step_ = Step::answer;
    piece_size_ = kGreetingBytes;
    return;
  }
  const std::size_t size = load_be16(piece_.data());
  if (size == 0 || size > kMaxHello) {
    return fail(CloseCode::protocol, "a hello of " + std::to_string(size) + " bytes");
  }
  expect(Step::hello_body, size);
}

void PlainHandshake::read_answer() {
  if (!has_magic(piece_.data())) return fail(CloseCode::protocol, "no answer of this protocol");
  const std::uint8_t version = piece_[4];
  const Hello& own = setup_.own;
  if (version < own.lowest_major || version > own.highest_major) {
    return fail(
        CloseCode::version,
        "it speaks protocol version " + std::to_string(version) + ", this node " + versions_of(own),
        true);
  }
  fail(CloseCode::suite,
       "it refuses handshake suite " + std::to_string(kSuitePlain) + " (a link without a secret)",
       true);
}

void PlainHandshake::read_hello() {
  std::string error;
  if (!decode_hello(piece_, peer_, error)) return reject(CloseCode::bad_hello, std::move(error));
  if (check_peer()) state_ = State::hello;
}

bool PlainHandshake::check_peer() {
  const Hello& own = setup_.own;
  if (peer_.incarnation == own.incarnation) {
    reject(CloseCode::self, "it is this node itself");
    return false;
  }
  const std::uint8_t version = std::min(own.highest_major, peer_.highest_major);
  if (version != version_ || version < own.lowest_major || version < peer_.lowest_major) {
    reject(CloseCode::version, "it speaks protocol versions " + versions_of(peer_) +
                                   ", the greeting said " + std::to_string(version_) +
                                   ", this node speaks " + versions_of(own));
    return false;
  }
  if ((own.suites & peer_.suites) != kSuiteMaskPlain) {
    reject(CloseCode::suite, "the handshake suites of " + peer_.node_id +
                                 " and of this node ask for another than " +
                                 std::to_string(kSuitePlain));
    return false;
  }
  if (!setup_.expected_node.empty() && setup_.expected_node != peer_.node_id) {
    reject(CloseCode::wrong_node, "it is node " + peer_.node_id + ", not " + setup_.expected_node);
    return false;
  }
  if (std::max(own.protection, peer_.protection) > 0) {
    reject(CloseCode::protection, "protection " +
                                      std::to_string(std::max(own.protection, peer_.protection)) +
                                      " is demanded, and this link would have none");
    return false;
  }
  return true;
}

void PlainHandshake::proceed(std::uint64_t last_link) {
  if (state_ != State::hello || !initiator()) return;
  Hello hello = setup_.own;
  hello.last_link = last_link;
  put_hello(hello);
  state_ = State::need_more;
  expect(Step::frame_header, kFrameHeaderBytes);
}

void PlainHandshake::accept(std::uint64_t link_id) {
  if (state_ != State::hello || initiator()) return;
  std::uint8_t frame[kFrameHeaderBytes + kReadyBytes];
  store_frame_header(frame, kFrameReady, kReadyBytes);
  store_be64(frame + kFrameHeaderBytes, link_id);
  output_.insert(output_.end(), frame, frame + sizeof frame);
  link_id_ = link_id;
  state_ = State::done;
}

void PlainHandshake::refuse(CloseCode code, std::string_view text) {
  if (state_ != State::hello || initiator()) return;
  put_close_frame(output_, code, text);
  fail(code, std::string(text));
}

// What is wrong with the other end's HELLO is told to an initiator only: nothing but HELLO leaves
// one.
void PlainHandshake::reject(CloseCode code, std::string text) {
  if (!initiator()) put_close_frame(output_, code, text);
  fail(code, std::move(text));
}

void PlainHandshake::read_frame_header() {
  const FrameHeader header = load_frame_header(piece_.data());
  frame_type_ = header.type;
  if ((header.type != kFrameReady && header.type != kFrameClose) || header.body_len == 0 ||
      header.body_len > kMaxHello) {
    return fail(CloseCode::protocol, "neither READY nor CLOSE after the hello");
  }
  expect(Step::frame_body, header.body_len);
}

void PlainHandshake::read_frame() {
  Packet packet;
  std::string error;
  if (parse_packet(frame_type_, piece_.data(), piece_.size(), packet, error) != Parsed::packet) {
    return fail(CloseCode::protocol, std::move(error));
  }
  if (packet.type == kFrameClose) {
    return fail(packet.code, std::string(packet.text), true);
  }
  link_id_ = packet.link_id;
  state_ = State::done;
}

void PlainHandshake::put_hello(const Hello& hello) {
  const std::size_t at = output_.size();
  output_.resize(at + kLengthBytes);
  encode_hello(hello, output_);
  store_be16(output_.data() + at, static_cast<std::uint16_t>(output_.size() - at - kLengthBytes));
}

}  // namespace aemp
