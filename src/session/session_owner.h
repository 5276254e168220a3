// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a session tells its owner.
#ifndef AEMP_SESSION_SESSION_OWNER_H
#define AEMP_SESSION_SESSION_OWNER_H

#include <cstdint>
#include <string>

#include "base/nanos.h"
#include "wire/hello.h"
#include "wire/packet.h"

namespace aemp {

class Session;

// Why and how a connection ended.
struct CloseInfo {
  enum class By : std::uint8_t {
    peer,     // it said CLOSE, or closed the connection
    us,       // refused, finished, or the other end's bytes were not acceptable
    network,  // error, silence, time-out
  };
  By by = By::network;
  CloseCode code = CloseCode::none;
  std::string text;    // a sentence
  bool clean = false;  // ended between two frames, after CLOSE, or as finish() asked
  bool was_up = false;
};

// What a session tells. All calls come from the loop, never from inside a call of Session's that
// the owner makes; any may do anything with the session, abandon() included. An exception ends it.
class SessionOwner {
 public:
  // R, suites 1 to 3: message 1 was read, and to answer it costs X25519. False: it is not answered
  // and the session ends. `proven`: it was made by somebody who knows the secret. Called from
  // inside Session::hear() too; the owner must leave this session alone meanwhile.
  virtual bool on_knock(Session&, [[maybe_unused]] bool proven) { return true; }
  // The other end's HELLO was read and checked. I (dialled): answer proceed() or abandon(). R:
  // answer accept() or refuse(). At once or later; the handshake's time-out runs on.
  virtual void on_hello(Session& session, const Hello& peer) = 0;
  // I: READY was read, the link is up. (R is up when accept() returned.)
  virtual void on_ready(Session& session) = 0;
  // A frame came: DATA KIL MON UNMON DOWN SPAWN IDLE_ASK IDLE_OK IDLE_NO BYE. Views are valid until
  // the call returns.
  virtual void on_packet(Session& session, const Packet& packet) = 0;
  // The answer to ping(nonce).
  virtual void on_pong(Session& session, std::uint64_t nonce, Nanos rtt) = 0;
  // The connection has ended, for whatever reason; the last call for this session, which is
  // destroyed soon after. Complete frames that were read before have been delivered. Must not
  // throw.
  virtual void on_closed(Session& session, const CloseInfo& info) = 0;

 protected:
  ~SessionOwner() = default;
};

}  // namespace aemp

#endif  // AEMP_SESSION_SESSION_OWNER_H
