// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Directory: what a node asks of whoever knows the network beyond the node's own links. A node that
// is not configured has none.
#ifndef AEMP_NODE_DIRECTORY_H
#define AEMP_NODE_DIRECTORY_H

#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loop/reactor.h"
#include "loop/stream.h"

namespace aemp {

class Database;
class LogCatchers;
class NodeCore;
class Peer;
struct Stats;

class Directory : public Reaped {
 public:
  // The node listens, on these addresses, and is about to dial its seeds. Throws std::bad_alloc.
  virtual void start(const std::vector<std::string>& binds) = 0;
  // A peer's link was reported up or down, from the loop.
  virtual void link_changed(Peer& peer, bool up) noexcept = 0;
  // At a seed's address that peer was found, with which there is a link already.
  virtual void seed_found(Peer& peer) noexcept = 0;
  // A link to that peer is wanted, and no address is known or none answered this time. The outcome
  // comes as Peer::learn(), or never. Addresses that are relays' are for this directory to dial().
  virtual void find(Peer& peer) noexcept = 0;
  // A stream to that node through the relay that an address names (Address::relay). Never null.
  // Throws std::bad_alloc.
  virtual std::unique_ptr<Stream> dial(std::string_view relay, std::string_view node) = 0;
  // Which seeds are dialled that are not connected: none, one after the other until one will do, or
  // all.
  enum class Seeds : std::uint8_t { none, one, all };
  virtual Seeds wanted_seeds() const noexcept = 0;
  // The node is about to leave; the links still work.
  virtual void leaving() noexcept = 0;
  // A message from that peer to a function of the node port that begins with "aemp.". False: there
  // is no such function. Throws Error(bad_type) and the like when `args` make no sense.
  virtual bool take(Peer& from, std::string_view function, Message args) = 0;
  // Nodes that are known by more than links, in no order.
  virtual void add_known(std::vector<std::string>& out) const = 0;
  // Its figures.
  virtual void fill(Stats& stats) const = 0;
  // A line that Log::tap() asked for; when in nanoseconds of the wall clock.
  virtual void logged(std::int64_t when, int level, std::string_view line) noexcept = 0;
  // The network's rows, as far as they are known here.
  virtual Database& database() = 0;
  virtual LogCatchers& log_catchers() = 0;
};

namespace detail {

// The caller owns it; null: this program is to have none. Replaceable, see <aemp/no_mesh.h>. Throws
// std::bad_alloc.
Directory* make_directory(NodeCore& core);

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_NODE_DIRECTORY_H
