// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Suite 0x7f: nothing is hidden and nothing proved; the caller vouches for the transport, and for
// the other end if the system says who that is.
//
//   1  greeting alone    2, 3  u16 length, HELLO    4  READY or CLOSE, one frame
#ifndef AEMP_SESSION_PLAIN_HANDSHAKE_H
#define AEMP_SESSION_PLAIN_HANDSHAKE_H

#include "session/handshake.h"

namespace aemp {

class PlainHandshake final : public Handshake {
 public:
  enum class OtherEnd : std::uint8_t {
    stranger,   // anybody on this machine
    same_user,  // a unix socket's, of this process's user
  };
  PlainHandshake(Role role, HandshakeSetup setup, OtherEnd other_end = OtherEnd::stranger);

  void proceed(std::uint64_t last_link) override;
  void accept(std::uint64_t link_id) override;
  void refuse(CloseCode code, std::string_view text) override;
  bool proven() const noexcept override { return other_end_ == OtherEnd::same_user; }

 private:
  enum class Step : std::uint8_t {
    greeting,
    hello_length,
    answer,
    hello_body,
    frame_header,
    frame_body
  };

  void expect(Step step, std::size_t bytes);
  void piece_done() override;
  void reject(CloseCode code, std::string_view text) override;
  void read_greeting();
  void read_hello_length();
  void read_hello();
  void read_frame_header();
  void read_frame();
  bool check_protection();
  void put_hello(const Hello& hello);

  OtherEnd other_end_;
  Step step_ = Step::greeting;
  std::uint8_t frame_type_ = 0;
};

}  // namespace aemp

#endif  // AEMP_SESSION_PLAIN_HANDSHAKE_H
