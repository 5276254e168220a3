// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Tracer: writes down the messages between a node and others, see AEMP_TRACE in libaemp(3).
#ifndef AEMP_NODE_TRACER_H
#define AEMP_NODE_TRACER_H

#include <aemp/detail/outgoing.h>
#include <aemp/writer.h>

namespace aemp {

class NodeCore;
class Peer;
struct Packet;

class Tracer {
 public:
  virtual ~Tracer() = default;
  // A message, kill or call is about to be queued for another node.
  virtual void going(detail::Outgoing::Verb verb, const Port& to, const Writer& items) noexcept = 0;
  // A frame came from that node; of frames that are none of these nothing is written.
  virtual void came(const Peer& from, const Packet& packet) noexcept = 0;
};

namespace detail {

// The caller owns it; null: there is nothing to trace. Replaceable, see <aemp/no_rc.h>. Throws
// std::bad_alloc.
Tracer* make_tracer(NodeCore& core);

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_NODE_TRACER_H
