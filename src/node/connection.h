// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Connection: one connection to another node, from its first byte to its last, and what it is to
// us.
#ifndef AEMP_NODE_CONNECTION_H
#define AEMP_NODE_CONNECTION_H

#include <cstdint>
#include <optional>
#include <string>

#include "loop/reactor.h"
#include "node/refusals.h"
#include "node/sources.h"
#include "session/session.h"

namespace aemp {

class Dialer;
class Listener;
class Network;
class Peer;

class Connection final : public SessionOwner, public TimerNode, public Reaped {
 public:
  enum class Phase : std::uint8_t {
    opening,   // no hello yet
    deciding,  // hello read; waits for a probe of the peer's other link
    offered,   // I: our last hello is out, READY or CLOSE is to come
    up,
    refused,  // R: CLOSE is on its way out
    ended,
  };
  enum class Idle : std::uint8_t {
    no,
    asked,  // IDLE_ASK is out: we queue
    ok,     // we said IDLE_OK: nothing more is sent
  };

  explicit Connection(Network& network) : network_(network) {}

  Phase phase = Phase::opening;
  Idle idle = Idle::no;
  bool initiator = false;
  bool bye_sent = false;
  bool over = false;              // its session has said that it ended
  Session* session = nullptr;     // until it ended
  Peer* peer = nullptr;           // once its hello told who it is
  Dialer* dialer = nullptr;       // I: who wanted it
  std::uint64_t incarnation = 0;  // the other end's
  std::uint64_t probe = 0;        // deciding: nonce of the probe, 0 = none
  Nanos probe_late = 0;           // the loop's late_total() that its deadline allows for
  unsigned probe_extensions = 0;  // how often it was put off for that
  std::uint64_t number = 0;       // order of birth
  // R, until it has said hello:
  Source source;
  const Listener* listener = nullptr;
  bool proven = false;             // its first message shows that it knows the secret
  bool over_rate = false;          // its source was, when it came
  std::optional<Refusal> refusal;  // why it is refused, where its session cannot know
  Nanos last_use = 0;              // up: when a frame last went either way, as far as we know
  std::uint64_t sent_before = 0;   // up: messages out when that was last looked at

 private:
  bool on_knock(Session& session, bool proven) override;
  void on_hello(Session& session, const Hello& peer) override;
  void on_ready(Session& session) override;
  void on_packet(Session& session, const Packet& packet) override;
  void on_pong(Session& session, std::uint64_t nonce, Nanos rtt) override;
  void on_closed(Session& session, const CloseInfo& info) override;
  void on_timer() override;

  Network& network_;
};

}  // namespace aemp

#endif  // AEMP_NODE_CONNECTION_H
