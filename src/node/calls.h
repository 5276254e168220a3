// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Calls: Node::cal. A call waits for the first of: a message to its reply port, the end of the
// destination, its time-out.
#ifndef AEMP_NODE_CALLS_H
#define AEMP_NODE_CALLS_H

#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/nanos.h"
#include "loop/reactor.h"

namespace aemp {

class NodeCore;
class Reply;

class Calls {
 public:
  using Callback = detail::Function<void(const Reply&)>;

  explicit Calls(NodeCore& core) : core_(core) {}

  // Makes the reply port and monitors the destination. Throws what mon() throws.
  Port begin(const Port& to, Callback callback);
  // Sets the time-out; negative: none.
  void start(const Port& reply, Nanos timeout);
  // Ends it uncalled.
  void drop(const Port& reply);
  // The port is dead: calls back, from the loop, unless it was the call that ended it.
  void reply_port_died(std::uint64_t reply, Message reason) noexcept;
  // From the loop: whom the message went to could do nothing with it. Nothing happens if that is
  // no reply port of a call.
  void failed(const Port& reply, Message reason);
  void clear();

 private:
  struct Call final : TimerNode {
    Call(NodeCore& core, std::uint64_t reply) : core(core), reply(reply) {}
    void on_timer() override;

    NodeCore& core;
    std::uint64_t reply;  // slot serial
    Callback callback;
    Monitor monitor;
    Nanos timeout = 0;
    bool dead = false;  // the reply port is, and there was no memory for the reason
  };
  void finish(std::uint64_t reply, bool ok, Message message);
  std::unique_ptr<Call> take(std::uint64_t reply);

  NodeCore& core_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Call>> calls_;  // looked up, never walked
};

}  // namespace aemp

#endif  // AEMP_NODE_CALLS_H
