// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Forger: one side of a handshake by hand, from the parts of the Noise engine, with keys that an
// honest side cannot have: points of which nobody knows a private key, or another one's public key.
#ifndef AEMP_TEST_THREATS_FORGER_H
#define AEMP_TEST_THREATS_FORGER_H

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "crypto/noise_symmetric.h"
#include "threats/threat_world.h"

namespace aemp::threat {

using Bytes32 = std::array<std::uint8_t, 32>;

// What the forger has. Where there is no private key, it takes 32 zeros for what both ends share,
// as whoever multiplies a point of low order gets them.
struct Hand {
  Bytes32 e_public{}, s_public{};
  std::optional<Bytes32> e_private{}, s_private{};
  // Instead of what belongs to its static key: what two static keys share, one of them stolen.
  std::optional<Bytes32> stolen{};
};
// With an honest ephemeral key.
Hand hand_with(Bytes32 s_public, std::optional<Bytes32> s_private);
Hand honest(const Person& person);

class Forger {
 public:
  Forger(int suite, bool initiator, const Hand& hand, const std::string& node_id);

  // The initiator's part.
  Bytes message1();
  bool read_message2(std::span<const std::uint8_t> message);
  Bytes message3();

  // The responder's part.
  bool read_message1(std::span<const std::uint8_t> message);
  Bytes message2();
  bool read_message3(std::span<const std::uint8_t> message);
  Bytes message4();

  // Once all messages of the pattern are out.
  Bytes record(std::uint8_t type, std::span<const std::uint8_t> data);

 private:
  void put_ephemeral(Bytes& out);
  void take_ephemeral(std::span<const std::uint8_t>& rest);
  void put_static(Bytes& out);
  bool take_static(std::span<const std::uint8_t>& rest);
  bool take_payload(std::span<const std::uint8_t> rest);
  Bytes with_length(const Bytes& body) const;
  Bytes hello() const;
  void mix_shared(const std::optional<Bytes32>& own, const Bytes32& theirs);
  void mix_own_static();
  void mix_peer_static() { mix_shared(hand_.e_private, peer_s_); }
  void split();

  int suite_;
  bool initiator_;
  Hand hand_;
  std::string node_id_;
  crypto::NoiseSymmetric noise_;
  Bytes32 peer_e_{}, peer_s_{};
  crypto::NoiseCipher to_peer_, from_peer_;
};

}  // namespace aemp::threat

#endif  // AEMP_TEST_THREATS_FORGER_H
