// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/plain_handshake.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/fill_in.h"
#include "wire/frame.h"
#include "wire/packet.h"

namespace aemp {

namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kReadyBytes = 8;

}  // namespace

PlainHandshake::PlainHandshake(Role role, HandshakeSetup setup, OtherEnd other_end)
    : Handshake(role, std::move(setup)), other_end_(other_end) {
  if (initiator()) {
    put_greeting(kSuitePlain, 0);
    expect(Step::hello_length, kLengthBytes);
  } else {
    expect(Step::greeting, kGreetingBytes);
  }
}

void PlainHandshake::expect(Step step, std::size_t bytes) {
  step_ = step;
  Handshake::expect(bytes);
}

void PlainHandshake::piece_done() {
  switch (step_) {
    case Step::greeting:
      return read_greeting();
    case Step::hello_length:
      return read_hello_length();
    case Step::answer:
      return read_answer(kSuitePlain);
    case Step::hello_body:
      return read_hello();
    case Step::frame_header:
      return read_frame_header();
    case Step::frame_body:
      return read_frame();
  }
}

void PlainHandshake::read_greeting() {
  if (!Handshake::read_greeting(kSuitePlain, 0)) return;
  Hello hello = setup_.own;
  hello.last_link = 0;
  put_hello(hello);
  expect(Step::hello_length, kLengthBytes);
}

void PlainHandshake::read_hello_length() {
  if (answer_begins()) {
    step_ = Step::answer;
    return expect_more(kGreetingBytes);
  }
  const std::size_t size = load_be16(piece_.data());
  if (size == 0 || size > kMaxHello) {
    return fail(CloseCode::protocol, fill_in("a hello of % bytes", {size}));
  }
  expect(Step::hello_body, size);
}

void PlainHandshake::read_hello() {
  std::string error;
  if (!decode_hello(piece_, peer_, error)) return reject(CloseCode::bad_hello, error);
  if (check_peer(kSuitePlain) && check_protection()) state_ = State::hello;
}

bool PlainHandshake::check_protection() {
  const std::uint8_t demanded = std::max(setup_.own.protection, peer_.protection);
  if (demanded == 0) return true;
  reject(CloseCode::protection,
         fill_in("protection % is demanded, and this link would have none", {demanded}));
  return false;
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
  fail(code, text);
}

// What is wrong with the other end's HELLO is told to an initiator only: nothing but HELLO leaves
// one.
void PlainHandshake::reject(CloseCode code, std::string_view text) {
  if (!initiator()) put_close_frame(output_, code, text);
  fail(code, text);
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
    return fail(CloseCode::protocol, error);
  }
  if (packet.type == kFrameClose) {
    return fail(packet.code, packet.text, true);
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
