// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Handshake: how a connection becomes a link. Sans I/O: bytes in, bytes out, no clock. The
// initiator (I) dialled, the responder (R) was dialled.
//
//   1  I -> R   greeting, 8 bytes: "AEMP", major version, suite, u16 length of the rest
//   2  R -> I   u16 length, HELLO of R
//   3  I -> R   u16 length, HELLO of I         once the owner of I said proceed()
//   4  R -> I   READY or CLOSE, one frame      once the owner of R said accept() or refuse()
//
// That is suite 0x7f; suites with encryption keep the steps and change the bytes.
#ifndef AEMP_SESSION_HANDSHAKE_H
#define AEMP_SESSION_HANDSHAKE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wire/hello.h"

namespace aemp {

class Handshake {
 public:
  enum class State : std::uint8_t {
    need_more,  // feed() more
    hello,      // peer() is there and was checked; I: proceed(), R: accept() or refuse()
    done,       // the link is up: I read READY, R was told accept()
    failed,     // failure() says why; send output(), then close
  };
  struct Failure {
    CloseCode code = CloseCode::none;
    std::string text;      // a sentence
    bool by_peer = false;  // the other end said so (CLOSE, or its answer to the greeting)
  };

  virtual ~Handshake();

  State state() const noexcept { return state_; }
  // The most bytes it can use now, 0 in states other than need_more. Never more than belongs to
  // the handshake: what follows READY is not read too early.
  virtual std::size_t want() const noexcept = 0;
  // Takes bytes, at most want(), and returns how many it used: all, unless the state changed.
  virtual std::size_t feed(std::span<const std::uint8_t> in) = 0;

  // Only in state hello. I: sends the own HELLO with this last_link.
  virtual void proceed(std::uint64_t last_link) = 0;
  // Only in state hello. R: sends READY. `link_id`, not 0, is this link's unless the suite derives
  // one itself.
  virtual void accept(std::uint64_t link_id) = 0;
  // Only in state hello. R: sends CLOSE; the state becomes failed.
  virtual void refuse(CloseCode code, std::string_view text) = 0;

  const Hello& peer() const noexcept { return peer_; }
  Hello take_peer() noexcept { return std::move(peer_); }
  std::uint64_t link_id() const noexcept { return link_id_; }
  const Failure& failure() const noexcept { return failure_; }
  // Bytes to send, appended to `out`; each only once.
  void take_output(std::vector<std::uint8_t>& out);

 protected:
  void fail(CloseCode code, std::string text, bool by_peer = false);

  State state_ = State::need_more;
  Hello peer_;
  std::uint64_t link_id_ = 0;
  Failure failure_;
  std::vector<std::uint8_t> output_;
};

// What both roles must know.
struct HandshakeSetup {
  Hello own;                  // sent to the other end, last_link excepted
  std::string expected_node;  // I: the node that was dialled, empty = not known
};

// Suite 0x7f: nothing is hidden and nothing proved; the caller vouches for the transport.
class PlainHandshake final : public Handshake {
 public:
  enum class Role : std::uint8_t { initiator, responder };
  PlainHandshake(Role role, HandshakeSetup setup);

  std::size_t want() const noexcept override;
  std::size_t feed(std::span<const std::uint8_t> in) override;
  void proceed(std::uint64_t last_link) override;
  void accept(std::uint64_t link_id) override;
  void refuse(CloseCode code, std::string_view text) override;

 private:
  enum class Step : std::uint8_t {
    greeting,
    hello_length,
    answer,
    hello_body,
    frame_header,
    frame_body
  };

  bool initiator() const noexcept { return role_ == Role::initiator; }
  void expect(Step step, std::size_t bytes);
  void step_done();
  void read_greeting();
  void read_answer();
  void read_hello_length();
  void read_hello();
  void read_frame_header();
  void read_frame();
  bool check_peer();
  void reject(CloseCode code, std::string text);
  void put_hello(const Hello& hello);

  Role role_;
  Step step_ = Step::greeting;
  std::uint8_t version_ = kMajorVersion;  // of the greeting
  std::uint8_t frame_type_ = 0;
  HandshakeSetup setup_;
  std::vector<std::uint8_t> piece_;  // what was read of the current step
  std::size_t piece_size_ = 0;       // what it needs
};

}  // namespace aemp

#endif  // AEMP_SESSION_HANDSHAKE_H
