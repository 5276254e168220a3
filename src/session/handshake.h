// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Handshake: how a connection becomes a link. Sans I/O: bytes in, bytes out, no clock. The
// initiator (I) dialled, the responder (R) was dialled. The steps are the same for all suites:
//
//   1  I -> R   greeting, 8 bytes: "AEMP", major version, suite, u16 length of the rest; the rest
//   2  R -> I   HELLO of R
//   3  I -> R   HELLO of I         once the owner of I said proceed()
//   4  R -> I   READY or CLOSE     once the owner of R said accept() or refuse()
//
// A greeting that R cannot use, of another version or suite, is answered with 8 bytes: "AEMP", R's
// highest version, 0, 0, 0.
#ifndef AEMP_SESSION_HANDSHAKE_H
#define AEMP_SESSION_HANDSHAKE_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/noise.h"
#include "session/records.h"
#include "wire/hello.h"

namespace aemp {

// Asked by R when message 1 is read and whole, before it computes with curves. `proven`: the other
// end knows the secret; or recorded somebody who does.
class HandshakeGate {
 public:
  virtual bool may_answer(bool proven) = 0;

 protected:
  ~HandshakeGate() = default;
};

// What both roles must know.
struct HandshakeSetup {
  Hello own;                      // sent to the other end, last_link excepted
  std::string expected_node;      // I: the node that was dialled, empty = not known
  HandshakeGate* gate = nullptr;  // R: null = always
};

class Handshake {
 public:
  enum class Role : std::uint8_t { initiator, responder };
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
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;

  State state() const noexcept { return state_; }
  // The most bytes it can use now, 0 in states other than need_more. Never more than belongs to
  // the handshake: what follows READY is not read too early.
  std::size_t want() const noexcept {
    return state_ == State::need_more ? piece_size_ - piece_.size() : 0;
  }
  // Takes bytes, at most want(), and returns how many it used: all, unless the state changed.
  std::size_t feed(std::span<const std::uint8_t> in);

  // Only in state hello. I: sends the own HELLO with this last_link.
  virtual void proceed(std::uint64_t last_link) = 0;
  // Only in state hello. R: sends READY. `link_id`, not 0, is this link's unless the suite derives
  // one itself.
  virtual void accept(std::uint64_t link_id) = 0;
  // Only in state hello. R: sends CLOSE; the state becomes failed.
  virtual void refuse(CloseCode code, std::string_view text) = 0;

  // From state hello on; in state done it may say more than before.
  const Hello& peer() const noexcept { return peer_; }
  std::uint64_t link_id() const noexcept { return link_id_; }
  const Failure& failure() const noexcept { return failure_; }
  // What an operator may look at if the other end closes now without a word; may be empty.
  virtual std::string_view hint() const { return {}; }
  // Bytes to send, appended to `out`; each only once.
  void take_output(std::vector<std::uint8_t>& out);
  // In state done: what the link's records are sealed with; null when frames are sent bare.
  virtual std::unique_ptr<Ciphers> take_ciphers() { return nullptr; }
  // Whether the other end is no stranger: it has shown that, or the system says so.
  virtual bool proven() const noexcept = 0;
  // The static key that it has proved to own, if the suite has any.
  virtual const crypto::PublicKey* peer_key() const noexcept { return nullptr; }

 protected:
  Handshake(Role role, HandshakeSetup setup);

  bool initiator() const noexcept { return role_ == Role::initiator; }
  // piece_ is complete.
  virtual void piece_done() = 0;
  // The next piece of input has so many bytes, not 0.
  void expect(std::size_t bytes);
  // The piece at hand has so many bytes after all.
  void expect_more(std::size_t bytes) { piece_size_ = bytes; }
  // Tells the other end too where that is allowed, and fails.
  virtual void reject(CloseCode code, std::string_view text) = 0;
  void fail(CloseCode code, std::string_view text, bool by_peer = false);

  // The first 8 bytes: of version_ and this suite.
  void put_greeting(std::uint8_t suite, std::size_t rest);
  // R: checks the 8 bytes of piece_; false: failed.
  bool read_greeting(std::uint8_t suite, std::size_t rest);
  // I: where the length of message 2 is read; true: it is the beginning of a refusal.
  bool answer_begins() const noexcept;
  // I: the 8 bytes of a refusal; fails.
  void read_answer(std::uint8_t suite);
  // That the other end is another node, that nobody talked the two down to another version or
  // suite, and that it is the one that was dialled. False: failed.
  bool check_peer(std::uint8_t suite);

  Role role_;
  std::uint8_t version_;  // of the greeting
  State state_ = State::need_more;
  HandshakeSetup setup_;
  Hello peer_;
  std::uint64_t link_id_ = 0;
  Failure failure_;
  std::vector<std::uint8_t> piece_;  // what was read of the current step
  std::size_t piece_size_ = 0;       // what it needs
  std::vector<std::uint8_t> output_;
};

}  // namespace aemp

#endif  // AEMP_SESSION_HANDSHAKE_H
