// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChannelService: what the node asks of its data connections. A node that never had to do with any
// has none, and its program links none of it.
#ifndef AEMP_NODE_CHANNEL_SERVICE_H
#define AEMP_NODE_CHANNEL_SERVICE_H

#include <aemp/value.h>

#include <string_view>

#include "loop/reactor.h"

namespace aemp {

class Peer;
class Session;
struct Hello;
struct Stats;

class ChannelService : public Reaped {
 public:
  // A message from that peer to a function of the node port that begins with "aemp.". False: there
  // is no such function. Throws Error(bad_type) and the like when `args` make no sense.
  virtual bool take(Peer& from, std::string_view function, Message args) = 0;
  // Whether a connection of this HELLO, whose service is not that of messages, is waited for.
  virtual bool expects(const Hello& hello) const noexcept = 0;
  // One is up, at the end that was dialled. Takes it over: its owner hears no more.
  virtual void adopt(Session& session) noexcept = 0;
  // The credentials are others now.
  virtual void credentials_changed() noexcept = 0;
  // Their figures.
  virtual void fill(Stats& stats) const noexcept = 0;
  // leave().
  virtual void stop() noexcept = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_CHANNEL_SERVICE_H
