// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Mesh: how nodes find each other. A node is ordinary or global. An ordinary node attaches to one
// global node, its master. Global nodes are connected to each other and tell each other which nodes
// they are linked to (claims.h). All of it is ordinary messages to functions of the node port,
// between direct neighbours; the first argument is kMeshVersion. A is the sender, B who gets it:
//
//   aemp.attach    count, binds, version  be my master; once more where A attached `count` times;
//                                         its rows of the database are of that version
//   aemp.attached  count, globals         A is; globals are the others: [node, binds]...
//   aemp.detach    count                  A has another master than B, which it asked as the
//                                         count-th
//   aemp.globals   globals                they are others now
//   aemp.refused   sentence               A is no global node and will be none
//   aemp.claims    all, added, removed, left
//                                         A, a global node, is linked to those of `added`: [node,
//                                         incarnation, count, is global, binds, version]...; no
//                                         more to those of `removed`: node...; all: and to nobody
//                                         else; those of `left`, [node, incarnation]..., said
//                                         goodbye
//   aemp.find      node                   where is it?
//   aemp.found     node, binds            there
//   aemp.through   node, relay            nowhere, and no more is A: the global node `relay` has a
//                                         link to it (relay.h)
//   aemp.invite    node, asker, binds     B's neighbour `node` is to dial asker
//   aemp.connect   asker, binds           B is to dial asker
//   aemp.seeds     seeds                  A, attached to B, has these: so that islands meet
//   aemp.id_in_use global                 another living node, attached to that one, has B's ID and
//                                         the smaller incarnation: B is to leave
//   aemp.trace     port                   tell that port of B's links: [node, address, round trip
//                                         in ns, bytes queued]...
//
// Those of the database are in database.h.
//
// What others say is a hint: whoever is dialled must prove to be the one that was meant.
#ifndef AEMP_MESH_MESH_H
#define AEMP_MESH_MESH_H

#include <aemp/stats.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "mesh/alarm.h"
#include "mesh/claims.h"
#include "mesh/database.h"
#include "mesh/log_catchers.h"
#include "mesh/mesh_send.h"
#include "mesh/relay.h"
#include "node/directory.h"

namespace aemp {

class NodeCore;
class Peer;

class Mesh final : public Directory {
 public:
  explicit Mesh(NodeCore& core);
  ~Mesh() override;

  void start(const std::vector<std::string>& binds) override;
  void link_changed(Peer& peer, bool up) noexcept override;
  void seed_found(Peer& peer) noexcept override;
  void find(Peer& peer) noexcept override;
  std::unique_ptr<Stream> dial(std::string_view relay, std::string_view node) override;
  Seeds wanted_seeds() const noexcept override {
    return is_global_ ? Seeds::all : attached_ ? Seeds::none : Seeds::one;
  }
  void leaving() noexcept override;
  bool take(Peer& from, std::string_view function, Message args) override;
  void add_known(std::vector<std::string>& out) const override;
  void fill(Stats& stats) const override {
    stats.refused_told = claims_.refused() + database_.refused();
  }
  Database& database() override { return database_; }
  LogCatchers& log_catchers() override { return log_catchers_; }
  void logged(std::int64_t when, int level, std::string_view line) noexcept override {
    log_catchers_.logged(when, level, line);
  }

 private:
  friend class Alarm<Mesh>;
  using Handler = void (Mesh::*)(Peer& from, Message args);
  // Another global node, seen from an ordinary one.
  struct Candidate {
    std::string node;
    std::vector<Endpoint> endpoints;
  };
  // A node that is claimed here, and elsewhere in another life.
  struct Dispute {
    std::string node;
    std::uint64_t here, there;  // incarnations
    Nanos until;                // one of the two claims is to go
  };
  // A seed that an attached node told of.
  struct HeardSeed {
    std::string by;
    Endpoint endpoint;
  };
  // Another global node with a link to this one.
  struct Ally {
    Peer* peer;
    bool told = false;     // all claims, and what has changed since
    bool crowded = false;  // it was said that it claims too many
  };

  // Without memory the rest of f() is left undone, and made good by repair().
  template <class F>
  bool guarded(F&& f) noexcept {
    if (mesh_try(core_, f)) return true;
    repair();
    return false;
  }
  // Soon: all is told to all once more, or a master is looked for.
  void repair() noexcept;
  template <class... Args>
  void send(std::string_view node, std::string_view function, const Args&... args) {
    mesh_send(core_, node, function, args...);
  }

  // ordinary.cc: an ordinary node.
  // None is attached to, and none with a link was asked.
  bool needs_master() const;
  void attach(Peer& master);
  void detach() noexcept;
  void choose();
  bool is_candidate(std::string_view node) const;
  void on_attached(Peer& from, Message args);
  void on_globals(Peer& from, Message args);
  void on_refused(Peer& from, Message args);
  void read_globals(Value globals);

  // global.cc: a global node.
  bool become_global(Peer& asker);
  void go_global();
  void claim(std::string_view node, Claim claim);
  // It said goodbye.
  void unclaim(std::string_view node, bool left);
  Ally* ally(const Peer& peer);
  void join(Peer& other);
  void tell_all(Ally& ally);
  OwnedValue entry_of(std::string_view node, const Claim& c);
  void tell_changes();
  void know(std::string_view node, std::vector<Endpoint> endpoints);
  const Claim* where(std::string_view node, std::string_view& author) const;
  void forget_dead_globals();
  void dispute(std::string_view node, std::uint64_t here, std::uint64_t there);
  void settle_ids();
  OwnedValue globals_but(std::string_view node) const;
  void hear_seed(const std::string& by, const Endpoint& seed);
  bool is_heard(const Endpoint& seed) const noexcept;
  void forget_seeds(std::string_view by) noexcept;
  void note_crowd(const Peer& from);
  void on_attach(Peer& from, Message args);
  void on_detach(Peer& from, Message args);
  void on_claims(Peer& from, Message args);
  void on_find(Peer& from, Message args);
  void on_invite(Peer& from, Message args);
  void on_seeds(Peer& from, Message args);

  // mesh.cc
  void ask(std::string_view node);
  void ask_again();
  void invite(std::string_view author, std::string_view node, std::string_view asker,
              const OwnedValue& binds);
  void on_found(Peer& from, Message args);
  void on_through(Peer& from, Message args);
  void reach_through(Peer& peer, std::string_view relay);
  void on_connect(Peer& from, Message args);
  void on_trace(Peer& from, Message args);
  void on_id_in_use(Peer& from, Message args);
  Peer* peer_of(std::string_view node);
  // Those that can be dialled from here.
  std::vector<Endpoint> endpoints_of(Value binds) const;

  NodeCore& core_;
  OwnedValue binds_;  // this node's
  Relay relay_{core_};
  bool is_global_ = false;

  // Ordinary.
  Peer* master_ = nullptr;   // asked to be it, or it
  bool attached_ = false;    // it is
  std::uint64_t count_ = 0;  // of attachments
  std::vector<Candidate> candidates_;
  std::set<std::string, std::less<>> refusers_;
  Alarm<Mesh> choosing_{core_.reactor, *this, &Mesh::choose};

  // Global.
  Claims claims_;
  Database database_{core_, claims_};
  LogCatchers log_catchers_{core_, database_};
  std::vector<Ally> allies_;
  std::set<std::string, std::less<>> kept_;             // global nodes that a link is kept to
  std::set<std::string, std::less<>> added_, removed_;  // own claims, to be told
  std::vector<OwnerName> left_;                         // the same
  bool globals_changed_ = false;
  std::vector<HeardSeed> heard_seeds_;
  std::vector<Dispute> disputes_;
  Alarm<Mesh> settling_{core_.reactor, *this, &Mesh::settle_ids};
  Alarm<Mesh> telling_{core_.reactor, *this, &Mesh::tell_changes};

  std::vector<Nanos> invited_;  // until when
  Alarm<Mesh> asking_{core_.reactor, *this, &Mesh::ask_again};
};

}  // namespace aemp

#endif  // AEMP_MESH_MESH_H
