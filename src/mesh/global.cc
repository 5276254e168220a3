// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A global node: it claims the nodes that are attached to it, is connected to the other global
// nodes, and knows from their claims where all nodes are.
#include <algorithm>
#include <utility>

#include "mesh/mesh.h"

namespace aemp {
namespace {

// Changes of claims are told after that long, many at a time.
constexpr Nanos kBatch = 50 * kMillisecond;
// A lost global node is dialled that long, whatever others say.
constexpr Nanos kRemembered = 3600 * kSecond;
// Seeds that one attached node may tell of.
constexpr std::size_t kMaxHeardSeeds = 4;
// Nodes of which two lives are claimed, at a time.
constexpr std::size_t kMaxDisputes = 1024;
// More are a mistake in the configuration.
constexpr std::size_t kManyGlobals = 32;

}  // namespace

bool Mesh::become_global(Peer& asker) {
  if (is_global_) return true;
  if (core_.settings.global == false) {
    send(asker.id(), "aemp.refused",
         fill_in("node % is not to be a global node (global = false)", {core_.id()}));
    return false;
  }
  go_global();
  return true;
}

void Mesh::go_global() {
  // What this needs memory for comes first: it is all, or nothing.
  Claim self{core_.incarnation, count_ + 1, true, binds_};
  claim(core_.id(), std::move(self));
  ++count_;
  is_global_ = true;
  relay_.serve();
  attached_ = false;
  choosing_.stop();
  database_.become_global();
  core_.network.seeds().hurry();
  core_.log.line(Log::kLink, "this is a global node now");
  if (master_ != nullptr) master_->keep(false);
  if (Peer* master = std::exchange(master_, nullptr); master != nullptr && master->is_open()) {
    join(*master);
  }
  for (const Candidate& c : candidates_) know(c.node, c.endpoints);
}

void Mesh::claim(std::string_view node, Claim claim) {
  const Claim* before = claims_.find(core_.id(), node);
  const bool globals = claim.is_global || (before != nullptr && before->is_global);
  if (!claims_.put(core_.id(), node, std::move(claim))) return;
  globals_changed_ |= globals;
  if (const auto it = removed_.find(node); it != removed_.end()) removed_.erase(it);
  added_.emplace(node);
  telling_.in(kBatch);
}

void Mesh::unclaim(std::string_view node, bool left) {
  const Claim* c = claims_.find(core_.id(), node);
  if (c == nullptr) return;
  globals_changed_ |= c->is_global;
  const std::uint64_t incarnation = c->incarnation;
  claims_.remove(core_.id(), node);
  if (const auto it = added_.find(node); it != added_.end()) added_.erase(it);
  telling_.in(kBatch);
  removed_.emplace(node);
  if (!left) return database_.disclaimed(node, incarnation);
  left_.push_back({std::string(node), incarnation});
  database_.left(node, incarnation);
}

Mesh::Ally* Mesh::ally(const Peer& peer) {
  const auto it =
      std::find_if(allies_.begin(), allies_.end(), [&](const Ally& a) { return a.peer == &peer; });
  return it == allies_.end() ? nullptr : &*it;
}

// The other one, with which there is a link, is to be a global node too, if it is none.
void Mesh::join(Peer& other) {
  if (ally(other) != nullptr) return;
  allies_.push_back({&other});
  telling_.in(0);
}

void Mesh::tell_all(Ally& ally) {
  bool all = true;
  MeshList added;
  const auto tell = [&] {
    send(ally.peer->id(), "aemp.claims", std::exchange(all, false), added.take(), list(), list());
  };
  claims_.each([&](std::string_view author, const std::string& claimed, const Claim& c) {
    if (author != core_.id()) return;
    added.add(entry_of(claimed, c));
    if (added.size_bytes() >= kMeshChunk) tell();
  });
  if (all || !added.empty()) tell();
  ally.told = true;
  database_.add_ally(*ally.peer);
}

OwnedValue Mesh::entry_of(std::string_view node, const Claim& c) {
  return list(node, c.incarnation, c.attach, c.is_global, c.binds,
              database_.version_of(node, c.incarnation));
}

void Mesh::tell_changes() {
  for (Ally& ally : allies_) {
    if (!ally.told) tell_all(ally);
  }
  MeshList added, removed, left;
  const auto tell = [&] {
    const OwnedValue in = added.take(), out = removed.take(), gone = left.take();
    for (const Ally& ally : allies_) {
      if (ally.told) send(ally.peer->id(), "aemp.claims", false, in, out, gone);
    }
  };
  for (const std::string& node : added_) {
    const Claim* c = claims_.find(core_.id(), node);
    if (c == nullptr) continue;
    added.add(entry_of(node, *c));
    if (added.size_bytes() >= kMeshChunk) tell();
  }
  for (const std::string& node : removed_) {
    removed.add(OwnedValue(list(node).items()[0]));
    if (removed.size_bytes() >= kMeshChunk) tell();
  }
  for (const OwnerName& owner : left_) {
    left.add(list(owner.node, owner.incarnation));
    if (left.size_bytes() >= kMeshChunk) tell();
  }
  if (!added.empty() || !removed.empty() || !left.empty()) tell();
  added_.clear();
  removed_.clear();
  left_.clear();
  if (!std::exchange(globals_changed_, false)) return;
  std::vector<std::string> slaves;
  claims_.each([&](std::string_view author, const std::string& node, const Claim& c) {
    if (author == core_.id() && !c.is_global) slaves.push_back(node);
  });
  for (const std::string& node : slaves) send(node, "aemp.globals", globals_but(node));
}

// The other global nodes, and this one too, which is known.
OwnedValue Mesh::globals_but(std::string_view node) const {
  MeshList globals;
  std::size_t count = 0;
  // Of those with a link only: others could be made up.
  claims_.each([&](std::string_view author, const std::string& claimed, const Claim& c) {
    if (author != core_.id() || !c.is_global || claimed == node || ++count > kMaxGlobals) return;
    globals.add(list(claimed, c.binds));
  });
  return globals.take();
}

// Another global node, to stay connected to.
void Mesh::know(std::string_view node, std::vector<Endpoint> endpoints) {
  if (kept_.size() == kMaxGlobals) return;
  Peer* peer = peer_of(node);
  if (peer == nullptr || !kept_.emplace(node).second) return;
  if (kept_.size() == kManyGlobals) {
    core_.log.line(Log::kWarning, fill_in("% other global nodes: expected fewer", {kept_.size()}));
  }
  peer->learn(std::move(endpoints));
  peer->keep(true);
}

// Those that no living global node claims.
void Mesh::forget_dead_globals() {
  for (auto it = kept_.begin(); it != kept_.end();) {
    const Claim* c = claims_.latest(*it);
    Peer* peer = core_.network.peers().find(*it);
    // One that was here comes back after a cut, if only it is dialled long enough.
    const bool recent =
        peer != nullptr && peer->known() && core_.reactor.now() - peer->last_seen() < kRemembered;
    if ((c != nullptr && c->is_global) || peer == nullptr || peer->link() != nullptr || recent) {
      ++it;
      continue;
    }
    peer->keep(false);
    it = kept_.erase(it);
  }
}

// Of two lives one is over, and its link too before long; or else there are two nodes.
void Mesh::dispute(std::string_view node, std::uint64_t here, std::uint64_t there) {
  for (const Dispute& d : disputes_) {
    if (d.node == node && d.here == here && d.there == there) return;
  }
  if (disputes_.size() == kMaxDisputes) return;
  const Nanos span = add_clamped(core_.settings.heartbeat_timeout, kSecond);
  disputes_.push_back({std::string(node), here, there, add_clamped(core_.reactor.now(), span)});
  settling_.in(span);
}

// The smaller incarnation stays: the masters of both think so.
void Mesh::settle_ids() {
  const Nanos now = core_.reactor.now();
  Nanos next = kNever;
  std::erase_if(disputes_, [&](const Dispute& d) {
    if (d.until > now) {
      next = std::min(next, d.until);
      return false;
    }
    const Claim* own = claims_.find(core_.id(), d.node);
    std::string_view author;
    const Claim* smallest = claims_.smallest(d.node, author);
    if (own != nullptr && own->incarnation == d.here && smallest->incarnation == d.there &&
        d.there < d.here && d.node != core_.id()) {
      send(d.node, "aemp.id_in_use", author);
    }
    return true;
  });
  if (next != kNever) settling_.in(next - now);
}

void Mesh::on_attach(Peer& from, Message args) {
  const auto count = args.as<std::uint64_t>(0), version = mesh_rows_version(args[2]);
  OwnedValue binds = mesh_binds(args[1]);
  if (!become_global(from)) return;
  claim(from.id(), Claim{from.incarnation(), count, false, std::move(binds)});
  send(from.id(), "aemp.attached", count, globals_but(from.id()));
  database_.claimed(from, from.id(), from.incarnation(), version);
}

// It has turned to another one, over a link that is still there.
void Mesh::on_detach(Peer& from, Message args) {
  const Claim* c = claims_.find(core_.id(), from.id());
  if (c != nullptr && !c->is_global && c->attach == args.as<std::uint64_t>(0)) {
    unclaim(from.id(), false);
  }
}

void Mesh::note_crowd(const Peer& from) {
  if (std::exchange(ally(from)->crowded, true)) return;
  core_.log.say(Log::kWarning, [&] {
    return fill_in("global node % claims more nodes than it may: expected at most %, of % bytes",
                   {from.id(), kMaxClaims, kMaxClaimBytes});
  });
}

void Mesh::on_claims(Peer& from, Message args) {
  const bool all = args.as<bool>(0);
  if (!become_global(from)) return;
  join(from);
  if (all) claims_.remove_all(from.id());
  const std::uint64_t refused = claims_.refused();
  for (const Value entry : args[1].items()) {
    const std::string_view node = mesh_node(entry[0]);
    Claim claim{entry[1].as<std::uint64_t>(), entry[2].as<std::uint64_t>(), entry[3].as<bool>(),
                mesh_binds(entry[4])};
    const std::uint64_t version = mesh_rows_version(entry[5]);
    const std::uint64_t incarnation = claim.incarnation;
    if (claim.is_global) know(node, endpoints_of(claim.binds));
    if (node == from.id()) this->claim(node, claim);
    const Claim* own = claims_.find(core_.id(), node);
    if (own != nullptr && own->incarnation != incarnation) {
      dispute(node, own->incarnation, incarnation);
    }
    claims_.put(from.id(), node, std::move(claim));
    database_.claimed(from, node, incarnation, version);
  }
  if (claims_.refused() != refused) note_crowd(from);
  for (const Value node : args[2].items()) claims_.remove(from.id(), mesh_node(node));
  for (const Value owner : args[3].items()) {
    database_.left(mesh_node(owner[0]), owner[1].as<std::uint64_t>());
  }
  database_.heard_claims();
  forget_dead_globals();
  ask_again();
}

// What this node sees itself goes before what others say.
const Claim* Mesh::where(std::string_view node, std::string_view& author) const {
  author = core_.id();
  const Claim* own = claims_.find(author, node);
  if (own != nullptr) return own;
  // The latest may be a lie; who asks again gets another.
  const std::uint64_t random = core_.random64();
  return random % 2 == 0 ? claims_.any(node, random / 2, &author) : claims_.latest(node, &author);
}

void Mesh::on_find(Peer& from, Message args) {
  const std::string node(mesh_node(args[0]));
  if (!is_global_) return;
  std::string_view author;
  const Claim* claim = where(node, author);
  if (claim == nullptr) return;
  if (!endpoints_of(claim->binds).empty()) {
    send(from.id(), "aemp.found", node, claim->binds);
  } else if (const Claim* asker = claims_.find(core_.id(), from.id())) {
    if (endpoints_of(asker->binds).empty()) {
      send(from.id(), "aemp.through", node, author);
    } else {
      invite(author, node, from.id(), OwnedValue(asker->binds));
    }
  }
}

// The node cannot be dialled; its master tells it to dial.
void Mesh::invite(std::string_view author, std::string_view node, std::string_view asker,
                  const OwnedValue& binds) {
  if (author == core_.id()) {
    send(node, "aemp.connect", asker, binds);
  } else {
    send(author, "aemp.invite", node, asker, binds);
  }
}

// One alone is this node, as the other end sees it.
void Mesh::on_seeds(Peer& from, Message args) {
  const OwnedValue seeds = mesh_binds(args[0]);
  if (!is_global_ || claims_.find(core_.id(), from.id()) == nullptr) return;
  for (const Endpoint& seed : endpoints_of(seeds)) {
    bool known = seed.address.is_local();
    for (const Endpoint& own : endpoints_of(binds_)) known |= own == seed;
    if (!known) hear_seed(from.id(), seed);
  }
}

// Those of one node take no room from those of others, and go with it if nobody is there.
void Mesh::hear_seed(const std::string& by, const Endpoint& seed) {
  const auto count = std::count_if(heard_seeds_.begin(), heard_seeds_.end(),
                                   [&](const HeardSeed& heard) { return heard.by == by; });
  if (static_cast<std::size_t>(count) >= kMaxHeardSeeds) return;
  const bool heard = is_heard(seed);
  heard_seeds_.push_back({by, seed});
  try {
    if (!heard && !core_.network.seeds().add(seed)) heard_seeds_.pop_back();
  } catch (...) {
    heard_seeds_.pop_back();
    throw;
  }
}

bool Mesh::is_heard(const Endpoint& seed) const noexcept {
  return std::any_of(heard_seeds_.begin(), heard_seeds_.end(),
                     [&](const HeardSeed& heard) { return heard.endpoint == seed; });
}

void Mesh::forget_seeds(std::string_view by) noexcept {
  for (std::size_t i = 0; i < heard_seeds_.size();) {
    if (heard_seeds_[i].by != by) {
      ++i;
      continue;
    }
    const Endpoint seed = std::move(heard_seeds_[i].endpoint);
    heard_seeds_.erase(heard_seeds_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!is_heard(seed)) core_.network.seeds().remove(seed);
  }
}

void Mesh::on_invite(Peer& from, Message args) {
  const std::string_view node = mesh_node(args[0]), asker = mesh_node(args[1]);
  const OwnedValue binds = mesh_binds(args[2]);
  if (!is_global_ || ally(from) == nullptr) return;
  if (claims_.find(core_.id(), node) != nullptr) send(node, "aemp.connect", asker, binds);
}

}  // namespace aemp
