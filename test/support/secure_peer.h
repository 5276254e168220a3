// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The other end of an encrypted link to a session in memory, by hand.
#ifndef AEMP_TEST_SUPPORT_SECURE_PEER_H
#define AEMP_TEST_SUPPORT_SECURE_PEER_H

#include <array>
#include <memory>
#include <utility>

#include "session/secure_handshake.h"
#include "support/session_pair.h"

namespace aemp::memory {

// Node "eve" shakes hands at the descriptor `far`, as far as the session lets her come.
class SecurePeer {
 public:
  SecurePeer(SessionWorld& world, int far, Handshake::Role role, const CredentialsRef& credentials)
      : handshake_(role, setup(), credentials, world.host.random()) {
    using State = Handshake::State;
    for (int turns = 0; turns < 8 && !is_up(); ++turns) {
      tell(world, far);
      std::array<std::uint8_t, kMaxHandshakeBytes> in;
      while (handshake_.state() == State::need_more) {
        const IoResult read = world.host.sockets.read(far, {in.data(), handshake_.want()});
        if (read.n <= 0) break;
        handshake_.feed({in.data(), static_cast<std::size_t>(read.n)});
      }
      if (handshake_.state() != State::hello) continue;
      role == Handshake::Role::responder ? handshake_.accept(0) : handshake_.proceed(0);
    }
    tell(world, far);
  }

  bool is_up() const { return handshake_.state() == Handshake::State::done; }
  std::uint64_t link_id() const { return handshake_.link_id(); }
  // Once, when up.
  std::unique_ptr<Ciphers> take_ciphers() { return handshake_.take_ciphers(); }

 private:
  static HandshakeSetup setup() {
    HandshakeSetup out;
    out.own.node_id = "eve";
    out.own.incarnation = 9;
    out.own.protection = kEncrypted;
    return out;
  }
  void tell(SessionWorld& world, int far) {
    wire_test::Bytes out;
    handshake_.take_output(out);
    if (!out.empty()) world.say(far, out);
    world.settle();
  }

  SecureHandshake handshake_;
};

}  // namespace aemp::memory

#endif  // AEMP_TEST_SUPPORT_SECURE_PEER_H
