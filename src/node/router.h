// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Router: where a message, kill or call goes: the loop's run queue for ports of this node, a
// peer's buffer for all others. It is encoded once, in the place it will be sent from.
#ifndef AEMP_NODE_ROUTER_H
#define AEMP_NODE_ROUTER_H

#include <aemp/detail/outgoing.h>
#include <aemp/value.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "node/backlog.h"

namespace aemp {

class NodeCore;
class Peer;
struct MonitorSend;

class Router {
 public:
  using Outgoing = detail::Outgoing;
  using Verb = detail::Outgoing::Verb;

  explicit Router(NodeCore& core) : core_(core) {}

  // The program is writing a message of this node.
  bool is_writing() const { return writing_ != 0; }
  // What is asked for while it does takes its place in line.
  void put_later(const Backlog::Control& control) { backlog_.add(control); }

  Writer open(Outgoing& out);
  // The same for a call of `function`; the port it will run as is out.port().
  Writer open_spawn(Outgoing& out, std::string_view function);
  void commit(Outgoing& out);
  void abort(Outgoing& out);

  // Sends what is encoded already. What cannot be sent is logged: nobody is there to be told.
  // Without memory for it the destination is lost: the link to its node, or the port of this node.
  void resend(Verb verb, const Port& to, Message message) noexcept;
  // prefix, then the reason's elements.
  void send_reason(const MonitorSend& send, Message reason) noexcept;
  // A new port on `node` for a call that is about to be opened. Throws Error(bad_name).
  Port name_spawned(std::string_view node);

 private:
  // A message written aside: while another is being written, or one that goes nowhere.
  struct Aside final : detail::Sink {
    std::vector<std::uint8_t> bytes;
    std::size_t limit = 0;
    std::size_t place = 0;  // in the backlog
    void grow(Writer& writer, std::size_t need) override;
  };

  Writer open_slot(Outgoing& out, std::uint64_t serial);
  Writer open_peer(Outgoing& out, Peer& peer);
  Writer open_other(Outgoing& out);
  Writer open_remote(Outgoing& out);
  Writer open_aside(Outgoing& out, Outgoing::Route route);
  void commit_other(Outgoing& out, Outgoing::Route route);
  void commit_kill(Outgoing& out);
  void commit_aside(Outgoing& out);
  bool kill_self(const Outgoing& out);
  void check(const Outgoing& out) const;
  std::size_t limit(Verb verb) const;
  void forget_spawned(const Outgoing& out);
  void written() noexcept;
  void send_backlog() noexcept;
  void send(const Backlog::Outbound& message) noexcept;
  void lose(const Port& to) noexcept;

  NodeCore& core_;
  unsigned writing_ = 0;       // messages being written that may be sent
  std::uint64_t spawned_ = 0;  // serial of the last port named on another node
  Backlog backlog_;
};

}  // namespace aemp

#endif  // AEMP_NODE_ROUTER_H
