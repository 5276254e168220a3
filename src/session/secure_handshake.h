// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Suites 1 to 3: Noise (revision 34) with 25519_ChaChaPoly_SHA256, pattern NNpsk0, XX, XXpsk0.
//
//   1  greeting, e, tag if there is a secret; no data
//   2  u16 length, e, static key sealed in suites 2 and 3, HELLO sealed
//   3  suite 1: a record, HELLO;  else: u16 length, static key sealed, HELLO sealed
//   4  a record: READY or CLOSE
//
// With a secret a stranger gets no byte behind a good greeting and causes no work with curves. In
// suite 2 anybody may ask: message 2 tells who this is (the static key, fields 1 to 3 of HELLO) and
// READY brings the rest. The greeting and the network's name are part of what both ends must agree
// on. If both ends demand no protection, frames follow READY bare.
#ifndef AEMP_SESSION_SECURE_HANDSHAKE_H
#define AEMP_SESSION_SECURE_HANDSHAKE_H

#include <memory>
#include <optional>

#include "os/host.h"
#include "session/credentials.h"
#include "session/handshake.h"
#include "session/records.h"

namespace aemp {

class SecureHandshake final : public Handshake {
 public:
  // setup.own.suites is replaced by what the credentials demand.
  SecureHandshake(Role role, HandshakeSetup setup, CredentialsRef credentials, Random& random);

  void proceed(std::uint64_t last_link) override;
  void accept(std::uint64_t link_id) override;
  void refuse(CloseCode code, std::string_view text) override;
  std::string_view hint() const override;
  std::unique_ptr<Ciphers> take_ciphers() override { return std::move(ciphers_); }
  bool proven() const noexcept override { return proven_; }
  // The other end's static key, in suites 2 and 3; from state hello on.
  const crypto::PublicKey* peer_key() const noexcept override;

 private:
  enum class Step : std::uint8_t { greeting, message1, length, answer, body };
  using Bytes = std::vector<std::uint8_t>;

  void piece_done() override;
  void reject(CloseCode code, std::string_view text) override;
  void expect(Step step, std::size_t bytes);
  bool bring_ephemeral();
  void put_message1();
  void read_greeting();
  void read_message1();
  void read_length();
  void read_body();
  void read_message2();
  void read_message3();
  void read_verdict();
  bool check_key();
  bool check_protection();
  void check_hello(const Bytes& hello);
  void split();
  void put_message(const Bytes& hello);
  void put_final(std::uint8_t type, const Bytes& data);
  void end_up();

  CredentialsRef credentials_;
  Random& random_;
  Step step_ = Step::greeting;
  bool proceeded_ = false;  // I: message 3 is out
  bool proven_ = false;     // the other end knows the secret, or has a listed key
  std::optional<crypto::NoiseHandshake> noise_;
  std::unique_ptr<Ciphers> ciphers_;  // once there are keys; in the end null if frames are bare
};

}  // namespace aemp

#endif  // AEMP_SESSION_SECURE_HANDSHAKE_H
