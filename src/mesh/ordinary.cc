// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// An ordinary node: it is attached to one global node and turns to another when that one goes.
#include <algorithm>
#include <utility>

#include "base/report.h"
#include "mesh/mesh.h"

namespace aemp {

bool Mesh::is_candidate(std::string_view node) const {
  return std::any_of(candidates_.begin(), candidates_.end(),
                     [&](const Candidate& c) { return c.node == node; });
}

bool Mesh::needs_master() const {
  return !attached_ && (master_ == nullptr || !master_->is_open());
}

void Mesh::attach(Peer& master) {
  if (master_ != nullptr && master_ != &master) master_->keep(false);
  master_ = &master;
  attached_ = false;
  database_.detached();
  master.keep(true);
  // One that does not answer is none.
  choosing_.in(core_.settings.heartbeat_timeout);
  send(master.id(), "aemp.attach", ++count_, binds_,
       database_.version_of(core_.id(), core_.incarnation));
  database_.told_master();
}

void Mesh::detach() noexcept {
  if (master_ != nullptr) master_->keep(false);
  master_ = nullptr;
  attached_ = false;
  database_.detached();
  core_.network.seeds().hurry();
  // Not all at once.
  const auto third = static_cast<std::uint64_t>(core_.settings.heartbeat_timeout / 3);
  choosing_.in(static_cast<Nanos>(core_.random64() % third));
}

// Any of the other global nodes; the seeds are dialled meanwhile.
void Mesh::choose() {
  if (is_global_ || attached_) return;
  const std::string before = master_ != nullptr ? master_->id() : std::string();
  if (master_ != nullptr) master_->keep(false);
  master_ = nullptr;
  core_.network.seeds().hurry();
  choosing_.in(core_.settings.heartbeat_timeout / 3);
  std::vector<std::string> others = core_.network.seeds().nodes();
  std::erase_if(others, [&](const std::string& node) {
    const Peer* peer = core_.network.peers().find(node);
    return peer == nullptr || !peer->is_open();
  });
  for (const Candidate& c : candidates_) others.push_back(c.node);
  std::erase_if(others, [&](const std::string& node) {
    return node == before || node == core_.id() || refusers_.contains(node);
  });
  if (others.empty()) return;
  const std::string& chosen = others[core_.random64() % others.size()];
  Peer& peer = *peer_of(chosen);
  if (peer.is_open()) return attach(peer);
  master_ = &peer;
  for (const Candidate& c : candidates_) {
    if (c.node == chosen) peer.learn(c.endpoints);
  }
  peer.keep(true);
}

void Mesh::on_attached(Peer& from, Message args) {
  const auto count = args.as<std::uint64_t>(0);
  if (is_global_) return;
  // It took its time: there is another by now.
  if (&from != master_ || count != count_) return send(from.id(), "aemp.detach", count);
  read_globals(args[1]);
  attached_ = true;
  choosing_.stop();
  database_.attached(from);
  core_.log.say(Log::kLink, [&] { return fill_in("attached to global node %", {from.id()}); });
  std::vector<std::string> seeds;
  for (const Endpoint& seed : core_.settings.seeds) {
    if (!seed.address.is_local() && seeds.size() < kMaxMeshBinds) seeds.push_back(seed.str());
  }
  if (seeds.size() > 1) send(from.id(), "aemp.seeds", seeds);
  ask_again();
}

void Mesh::on_globals(Peer& from, Message args) {
  if (&from == master_) read_globals(args[0]);
}

void Mesh::read_globals(Value globals) {
  std::vector<Candidate> read;
  for (const Value entry : globals.items()) {
    if (read.size() == kMaxGlobals) break;
    read.push_back({std::string(mesh_node(entry[0])), endpoints_of(mesh_binds(entry[1]))});
  }
  candidates_ = std::move(read);
}

void Mesh::on_id_in_use(Peer& from, Message args) {
  const std::string_view global = mesh_node(args[0]);
  if (&from != master_) return;
  ++core_.network.id_conflicts;
  core_.log.say(Log::kError, [&] {
    return fill_in("another node with the ID % is attached to global node %: this one leaves",
                   {core_.id(), global});
  });
  // Behind that line.
  core_.dispatcher.later([](NodeCore& core) { core.leave(); });
}

void Mesh::on_refused(Peer& from, Message args) {
  const auto why = args.as<std::string_view>(0);
  std::erase_if(allies_, [&](const Ally& a) { return a.peer == &from; });
  claims_.remove_all(from.id());
  database_.gone(from);
  if (refusers_.size() == kMaxGlobals) refusers_.clear();
  if (!refusers_.insert(from.id()).second) return;
  core_.log.say(Log::kError, [&] {
    return fill_in("node % was dialled as a seed: %", {from.id(), printable_utf8(why, 200)});
  });
  if (&from == master_) detach();
}

}  // namespace aemp
