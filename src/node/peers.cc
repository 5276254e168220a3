// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/peers.h"

#include <algorithm>
#include <utility>

#include "base/fill_in.h"
#include "node/core.h"

namespace aemp {
namespace {

// The earliest first.
void sort_by(Nanos (Peer::*when)() const, std::vector<Peer*>& peers) {
  std::sort(peers.begin(), peers.end(),
            [when](const Peer* a, const Peer* b) { return (a->*when)() < (b->*when)(); });
}

}  // namespace

void Peers::clear() {
  for (Cached& cached : cache_) detail::unref(std::exchange(cached, Cached()).name);
  peers_.clear();
}

Peer& Peers::get(detail::Name* name) {
  if (Peer* peer = recent(name)) return *peer;
  auto it = peers_.find(name->node);
  if (it == peers_.end()) {
    auto made = std::make_unique<Peer>(core_, name);
    const std::string_view key = made->id();
    it = peers_.emplace(key, std::move(made)).first;
  }
  if (name->alias.empty()) {
    Cached& cached = cache_[name->hash % kCache];
    detail::unref(std::exchange(cached.name, detail::ref(name)));
    cached.peer = it->second.get();
  }
  return *it->second;
}

Peer* Peers::find(std::string_view node) const {
  auto it = peers_.find(node);
  return it == peers_.end() ? nullptr : it->second.get();
}

void Peers::forget_some(const std::vector<const Peer*>& needed) {
  std::vector<Peer*> old;
  for (auto& [id, peer] : peers_) {
    const bool is_needed = std::find(needed.begin(), needed.end(), peer.get()) != needed.end();
    if (peer->forgettable() && !is_needed) old.push_back(peer.get());
  }
  sort_by(&Peer::last_seen, old);
  std::size_t keep_private = kKeptPrivate, keep_public = kKeptPublic;
  // Those that can be dialled again are kept longer, the never seen not at all.
  for (auto newest = old.rbegin(); newest != old.rend(); ++newest) {
    Peer& peer = **newest;
    std::size_t& keep = peer.dialable() ? keep_public : keep_private;
    if (peer.known() && keep != 0) {
      --keep;
    } else {
      forget(peer);
    }
  }
  forget_at_ = std::max<std::size_t>(kKeptPrivate * 2, peers_.size() * 2);
}

void Peers::forget(Peer& peer) {
  for (Cached& cached : cache_) {
    if (cached.peer == &peer) detail::unref(std::exchange(cached, Cached()).name);
  }
  peers_.erase(peers_.find(peer.id()));
}

// Anybody with a link can make this node send to ones that do not exist, and each holds memory.
void Peers::give_up_some() {
  std::vector<Peer*> waiting;
  for (auto& [id, peer] : peers_) {
    if (peer->waits_in_vain()) waiting.push_back(peer.get());
  }
  if (waiting.size() < kMaxUnknown) return;
  sort_by(&Peer::waits_until, waiting);
  waiting.resize(waiting.size() - kMaxUnknown / 2);
  const std::string why = "no address is known, and too many such nodes are waited for";
  core_.log.line(Log::kWarning, fill_in("no connection to % nodes, the first of them %: %",
                                        {waiting.size(), waiting[0]->id(), why}));
  for (Peer* peer : waiting)
    peer->give_up(fill_in("no connection to node %: %", {peer->id(), why}));
  forget_at_ = 0;
}

std::vector<Peer*> Peers::without_address(std::size_t most) const {
  std::vector<Peer*> out;
  for (const auto& [id, peer] : peers_) {
    if (out.size() == most) break;
    if (!peer->dialable() && peer->dial_wanted()) out.push_back(peer.get());
  }
  return out;
}

std::vector<std::string> Peers::up_nodes() const {
  std::vector<std::string> out;
  for (const auto& [id, peer] : peers_) {
    if (peer->reported_up()) out.emplace_back(id);
  }
  return out;
}

std::vector<std::string> Peers::known_nodes() const {
  std::vector<std::string> out;
  for (const auto& [id, peer] : peers_) {
    if (peer->known()) out.emplace_back(id);
  }
  return out;
}

void Peers::fill(Stats& stats) const {
  for (const auto& [id, peer] : peers_) {
    stats.peers.push_back(peer->stats());
    stats.watchers += stats.peers.back().watchers;
  }
}

void Peers::stop() {
  for (auto& [id, peer] : peers_) peer->stop();
}

}  // namespace aemp
