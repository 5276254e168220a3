// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/mesh.h"

#include <algorithm>
#include <new>
#include <utility>

namespace aemp {
namespace {

// Where is a node that nobody could find: asked again that often.
constexpr Nanos kAskEvery = 500 * kMillisecond;
// Nodes that are asked for at a time.
constexpr std::size_t kMaxAsked = 1024;
// Nodes that are dialled at a time for others, and for how long.
constexpr std::size_t kMaxInvited = 64;
constexpr Nanos kInvited = 30 * kSecond;
// Addresses of each that are tried.
constexpr std::size_t kMaxInvitedAddresses = 8;

}  // namespace

Mesh::Mesh(NodeCore& core) : core_(core) {}
Mesh::~Mesh() = default;

void Mesh::start(const std::vector<std::string>& binds) {
  binds_ = OwnedValue(message(binds)[0]);
  log_catchers_.start();
  if (core_.settings.global.value_or(false)) go_global();
}

Peer* Mesh::peer_of(std::string_view node) {
  if (node == core_.id()) return nullptr;
  return &core_.network.peers().get(core_.names.intern(node));
}

std::vector<Endpoint> Mesh::endpoints_of(Value binds) const {
  std::vector<Endpoint> out;
  for (const Value bind : binds.items()) {
    Endpoint endpoint;
    if (!parse_endpoint(bind.as<std::string_view>(), 0, endpoint).ok()) continue;
    const Address& at = endpoint.address;
    if (at.any_host || at.is_unspecified() || (!at.is_local() && at.port == 0)) continue;
    // Names lead to addresses that are looked at when they are dialled.
    if (endpoint.is_named() || core_.settings.may_reach(at)) out.push_back(std::move(endpoint));
  }
  return out;
}

void Mesh::link_changed(Peer& peer, bool up) noexcept {
  relay_.link_changed(peer, up);
  const bool done = guarded([&] {
    const std::string& node = peer.id();
    const bool is_seed = core_.network.seeds().include(node);
    // Its operator may have thought better of it meanwhile.
    if (const auto it = refusers_.find(node); !up && it != refusers_.end()) refusers_.erase(it);
    if (is_global_) {
      if (!up) {
        std::erase_if(allies_, [&](const Ally& a) { return a.peer == &peer; });
        claims_.remove_all(node);
        forget_seeds(node);
        database_.gone(peer);
        unclaim(node, peer.said_bye());
        forget_dead_globals();
      } else if (is_seed || kept_.contains(node)) {
        join(peer);
      }
    } else if (!up && master_ == &peer) {
      detach();
    } else if (up && (master_ == &peer || (needs_master() && (is_seed || is_candidate(node)))) &&
               !refusers_.contains(node)) {
      attach(peer);
    }
  });
  if (!done && up) peer.lose_for_memory();
}

void Mesh::repair() noexcept {
  database_.repair();
  for (Ally& ally : allies_) ally.told = false;
  if (is_global_) {
    telling_.in(kMemoryRetry);
  } else if (!attached_) {
    choosing_.in(kMemoryRetry);
  }
}

void Mesh::seed_found(Peer& peer) noexcept {
  const bool done = guarded([&] {
    if (is_global_) {
      join(peer);
    } else if (needs_master() && !refusers_.contains(peer.id())) {
      attach(peer);
    }
  });
  if (!done) peer.lose_for_memory();
}

bool Mesh::take(Peer& from, std::string_view function, Message args) {
  static constexpr MeshFunction<Handler> kFunctions[] = {
      {"aemp.attach", &Mesh::on_attach},   {"aemp.attached", &Mesh::on_attached},
      {"aemp.globals", &Mesh::on_globals}, {"aemp.refused", &Mesh::on_refused},
      {"aemp.claims", &Mesh::on_claims},   {"aemp.find", &Mesh::on_find},
      {"aemp.found", &Mesh::on_found},     {"aemp.invite", &Mesh::on_invite},
      {"aemp.connect", &Mesh::on_connect}, {"aemp.seeds", &Mesh::on_seeds},
      {"aemp.trace", &Mesh::on_trace},     {"aemp.id_in_use", &Mesh::on_id_in_use},
      {"aemp.through", &Mesh::on_through}, {"aemp.detach", &Mesh::on_detach},
  };
  try {
    if (const Handler handler = find_function(kFunctions, function); handler != nullptr) {
      if (is_understood(args)) (this->*handler)(from, args.rest(1));
      return true;
    }
    if (database_.take(from, function, args)) return true;
  } catch (const std::bad_alloc&) {
    // With the link all that was said begins anew.
    from.lose_for_memory();
    repair();
    return true;
  }
  return relay_.take(from, function, args);
}

void Mesh::find(Peer& peer) noexcept {
  guarded([&] {
    ask(peer.id());
    asking_.in(kAskEvery);
  });
}

void Mesh::ask(std::string_view node) {
  if (!is_global_) {
    if (attached_) send(master_->id(), "aemp.find", node);
    return;
  }
  std::string_view author;
  const Claim* claim = where(node, author);
  if (claim == nullptr) return;
  std::vector<Endpoint> endpoints = endpoints_of(claim->binds);
  Peer* peer = peer_of(node);
  if (peer == nullptr) return;
  if (!endpoints.empty()) {
    peer->learn(std::move(endpoints));
  } else if (!endpoints_of(binds_).empty()) {
    invite(author, node, core_.id(), binds_);
  } else {
    reach_through(*peer, author);
  }
}

void Mesh::ask_again() {
  const std::vector<Peer*> lost = core_.network.peers().without_address(kMaxAsked);
  for (const Peer* peer : lost) ask(peer->id());
  if (!lost.empty()) asking_.in(kAskEvery);
}

void Mesh::on_found(Peer& from, Message args) {
  if (&from != master_) return;
  const OwnedValue binds = mesh_binds(args[1]);
  Peer* peer = core_.network.peers().find(mesh_node(args[0]));
  if (peer != nullptr && peer->dial_wanted()) peer->learn(endpoints_of(binds));
}

void Mesh::on_through(Peer& from, Message args) {
  if (&from != master_) return;
  Peer* peer = core_.network.peers().find(mesh_node(args[0]));
  const std::string_view relay = mesh_node(args[1]);
  if (peer != nullptr && peer->dial_wanted()) reach_through(*peer, relay);
}

void Mesh::reach_through(Peer& peer, std::string_view relay) {
  if (relay == core_.id() || relay == peer.id()) return;
  const Endpoint through = Address::relay(std::string(relay));
  if (core_.settings.may_reach(through.address)) return peer.learn({through});
  core_.log.say(Log::kLink, [&] {
    return fill_in("node % is not reached through %: that needs a secret or a key",
                   {peer.id(), through.address.str()});
  });
}

std::unique_ptr<Stream> Mesh::dial(std::string_view relay, std::string_view node) {
  return relay_.dial(core_.network.peers().get(core_.names.intern(relay)), node);
}

void Mesh::leaving() noexcept { core_.network.stop_relayed(); }

void Mesh::on_connect(Peer& from, Message args) {
  if (&from != master_ && ally(from) == nullptr) return;
  std::vector<Endpoint> endpoints = endpoints_of(mesh_binds(args[1]));
  const std::string_view node = mesh_node(args[0]);
  if (endpoints.empty()) return;
  if (endpoints.size() > kMaxInvitedAddresses)
    endpoints.erase(endpoints.begin() + kMaxInvitedAddresses, endpoints.end());
  const Nanos now = core_.reactor.now();
  std::erase_if(invited_, [&](Nanos until) { return until <= now; });
  Peer* peer = invited_.size() < kMaxInvited ? peer_of(node) : nullptr;
  if (peer == nullptr) return;
  const Nanos until = add_clamped(now, std::min(core_.settings.monitor_timeout, kInvited));
  invited_.push_back(until);
  peer->learn(std::move(endpoints));
  peer->invite(until);
}

void Mesh::add_known(std::vector<std::string>& out) const {
  claims_.each(
      [&](std::string_view, const std::string& node, const Claim&) { out.push_back(node); });
}

void Mesh::on_trace(Peer&, Message args) {
  Stats stats;
  core_.network.fill(stats);
  MeshList links;
  for (const PeerStats& peer : stats.peers) {
    if (peer.up) links.add(list(peer.node, peer.address, peer.rtt.count(), peer.queued_bytes));
  }
  core_.router.resend(detail::Outgoing::Verb::send, args.as<Port>(0), links.take().items());
}

Directory* detail::make_directory(NodeCore& core) { return new Mesh(core); }

}  // namespace aemp
