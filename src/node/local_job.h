// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// LocalJob: the head of a message, kill or call in the loop's run queue, for a port of this node;
// its values lie behind it.
#ifndef AEMP_NODE_LOCAL_JOB_H
#define AEMP_NODE_LOCAL_JOB_H

#include <aemp/detail/outgoing.h>
#include <aemp/port.h>

#include <cstdint>
#include <optional>

#include "loop/run_queue.h"

namespace aemp {

class NodeCore;

struct LocalJob {
  // nullopt: there is no such port.
  static std::optional<LocalJob> make(NodeCore& core, const Port& to);
  const JobOps& ops(detail::Outgoing::Verb verb) const {
    using Verb = detail::Outgoing::Verb;
    if (verb == Verb::send && serial != 0) [[likely]]
      return kMessage;
    if (verb == Verb::send) return to_node_port();
    return verb == Verb::kill ? kKill : kSpawn;
  }

  NodeCore* core;
  std::uint64_t serial;  // of the slot; 0: the node port

  static const JobOps kMessage, kKill, kSpawn, kNodePort, kRelayedToNodePort;

 private:
  const JobOps& to_node_port() const;
};

}  // namespace aemp

#endif  // AEMP_NODE_LOCAL_JOB_H
