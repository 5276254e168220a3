// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Peers: the table of the nodes that this node has to do with, and which of them may be forgotten.
#ifndef AEMP_NODE_PEERS_H
#define AEMP_NODE_PEERS_H

#include <aemp/port.h>
#include <aemp/stats.h>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/peer.h"

namespace aemp {

class NodeCore;

class Peers {
 public:
  explicit Peers(NodeCore& core) : core_(core) {}
  ~Peers() { clear(); }
  Peers(const Peers&) = delete;
  Peers& operator=(const Peers&) = delete;

  // Makes it if there is none. Valid until it is forgotten.
  Peer& get(detail::Name* name);
  // The same for a name that was looked up of late; else null. Never for names of foreign ports.
  Peer* recent(const detail::Name* name) const {
    const Cached& cached = cache_[name->hash % kCache];
    return cached.name == name ? cached.peer : nullptr;
  }
  Peer* find(std::string_view node) const;

  // There are so many that it is worth while to look for some to forget.
  bool crowded() const { return peers_.size() >= forget_at_; }
  // Deletes the oldest of those that nobody could miss and that are not among `needed`.
  void forget_some(const std::vector<const Peer*>& needed);
  // One more is wanted that has no known address. True now and then: time for give_up_some().
  bool count_unknown() { return ++unknown_ % kMaxUnknown == 0; }
  // It was time, but there was no memory: the next one will do.
  void count_again() { --unknown_; }
  // When very many such are waited for that nobody monitors, ends the wait for the oldest.
  void give_up_some();

  // Some of those that are wanted and have none, at most so many.
  std::vector<Peer*> without_address(std::size_t most) const;

  std::vector<std::string> up_nodes() const;
  std::vector<std::string> known_nodes() const;  // without the node itself; sorted
  void fill(Stats& stats) const;
  // leave(): nothing is dialled or waited for any more.
  void stop();
  void clear();

 private:
  // Peers without a link that are remembered, those that can be dialled and the others.
  static constexpr std::size_t kKeptPublic = 1024, kKeptPrivate = 64;
  // Peers without known address and monitors that are waited for at a time, about.
  static constexpr std::size_t kMaxUnknown = 512;
  static constexpr std::size_t kCache = 16;
  struct Cached {
    detail::Name* name = nullptr;  // counted
    Peer* peer = nullptr;
  };

  void forget(Peer& peer);

  NodeCore& core_;
  std::map<std::string_view, std::unique_ptr<Peer>> peers_;  // keys lie in the peers' names
  Cached cache_[kCache];
  std::size_t forget_at_ = kKeptPrivate * 2;
  std::size_t unknown_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_PEERS_H
