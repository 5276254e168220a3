// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Database: the network's rows. Every owner tells its master of its own rows, every global node
// tells the others of those of the nodes that are attached to it, so that all of them hold all; an
// ordinary node follows the families that its program asks for. The messages, as in mesh.h, where
// `owner` is two arguments, node and incarnation:
//
//   aemp.rows      owner, from, changes   what changed since version `from`: [version, family, key,
//                                         value], or [version, family, key]: deleted
//   aemp.versions  [node, incarnation, version]...   A's are that new
//   aemp.want      owner, have, after     tell me what changed since version `have`; after: null,
//                                         or [family, key]: the next part
//   aemp.part      owner, version, after, last, rows   there is no row but these, [family, key,
//                                         value], behind `after` (null: from the first on) and up
//                                         to `last` (null: that was all)
//   aemp.watch     family, after          tell me the rows behind that key (null: all), and from
//                                         now on what changes in that family
//   aemp.unwatch   family                 no more
//   aemp.family    family, after, last, rows   as aemp.part: [key, value]
//   aemp.changed   family, changes        [key, value], or [key]: deleted
//
// An owner's rows are taken from itself by its master, which believes nobody else, and by others
// from one that claims it for as long as it does. What another one says of it then is not heard,
// but noted: whose rows came from one of several is asked for once more, all of it, of the next
// (Owner::source).
#ifndef AEMP_MESH_DATABASE_H
#define AEMP_MESH_DATABASE_H

#include <aemp/database.h>
#include <aemp/handle.h>
#include <aemp/value.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/alarm.h"
#include "mesh/claims.h"
#include "mesh/mesh_send.h"
#include "mesh/mirror.h"
#include "mesh/row_registrations.h"
#include "mesh/table.h"
#include "node/core.h"

namespace aemp {

// A family that nobody follows any more is kept current that long.
inline constexpr Nanos kMirrorKept = 60 * kSecond;

class Database final : private Table::Listener {
 public:
  Database(NodeCore& core, const Claims& claims);
  ~Database();

  // The program's. Names are checked. Throw std::bad_alloc.
  // Throws Error(too_big).
  void put(std::string_view family, std::string_view key, const Value& value);
  void erase(std::string_view family, std::string_view key);
  // Throws Error(not_local), Error(empty_port), Error(too_big).
  // `owned`: the port is to go with the row, too.
  Registration add_row(std::string_view family, const Port& port, const Value& value,
                       bool owned = false);
  bool has_row_of(std::string_view family, const Port& port) const {
    return own_rows_->find(family, port) != 0;
  }
  // What own_rows_ could not delete.
  void drop_doomed() noexcept;
  using Watcher = decltype(FamilyWatch::call);
  Registration watch(std::string_view family, bool once, Watcher watcher);
  // Is followed for a while. Throws Error(too_big): too many are.
  Mirror& follow(std::string_view family);
  bool fresh() const;

  // What Mesh tells.
  void attached(Peer& master);
  void detached() noexcept;
  void become_global() noexcept;
  // An ally told its claims.
  void heard_claims() noexcept;
  // It was told of all claims.
  void add_ally(Peer& ally);
  void gone(const Peer& peer) noexcept;
  // `by`, a neighbour, has that version of that owner's rows.
  void claimed(Peer& by, std::string_view node, std::uint64_t incarnation, std::uint64_t version);
  void claims_changed() noexcept;
  // This node does not claim that owner any more; another one may.
  void disclaimed(std::string_view node, std::uint64_t incarnation);
  // That owner said goodbye.
  void left(std::string_view node, std::uint64_t incarnation);
  std::uint64_t version_of(std::string_view node, std::uint64_t incarnation);
  // The master was told of this node's own version.
  void told_master() { own().told = own().rows.version(); }
  // Rows of others that there was no room for, since the start.
  std::uint64_t refused() const noexcept { return refused_; }
  // False: there is no such function. Throws Error(bad_type) and the like.
  bool take(Peer& from, std::string_view function, Message args);
  // Something had no memory.
  void repair() noexcept;

 private:
  friend class Alarm<Database>;
  using Handler = void (Database::*)(Peer& from, Message args);
  // A global node that is asked for rows: so that there are not too many at a time.
  struct Line {
    Peer* source;
    std::size_t in_flight = 0;
    std::set<OwnerName> waiting = {};
  };
  using Changed = std::map<std::string, std::set<std::string, std::less<>>, std::less<>>;

  template <class F>
  void guarded(F&& f) noexcept {
    if (!mesh_try(core_, f)) repair();
  }
  Owner& own() { return own_; }
  bool is_own(const Owner& owner) const {
    return owner.name.incarnation == core_.incarnation && owner.name.node == core_.id();
  }
  // All that there is is in table_.
  bool holds_all() const {
    return is_global_ ? settled_ : master_ == nullptr && core_.settings.seeds.empty();
  }
  void settle();
  bool is_ally(const Peer& peer) const;

  // database_sources.cc: from whom the rows of owners are taken.
  void check_owners();
  bool check(Owner& owner, Nanos now, Nanos& next);
  Nanos patience() const;
  bool is_attached(std::string_view node, std::uint64_t incarnation) const;
  bool is_claimed(const Peer& by, std::string_view node, std::uint64_t incarnation) const;
  bool is_contested(std::string_view node, std::uint64_t incarnation) const;
  Peer* choose_source(std::string_view node, std::uint64_t incarnation, Peer* also) const;
  void lose_source(Owner& owner) noexcept;
  bool find_source(Owner& owner, Peer* also = nullptr);
  Line* line_of(const Peer& source) noexcept;
  bool is_unasked(const Owner& owner);
  Owner* owner_from(Peer& source, std::string_view node, std::uint64_t incarnation, bool make);
  void charge(Owner& owner);
  bool has_room(const Owner& owner);
  void drop(Owner& owner);
  void heard_version(Owner& owner, std::uint64_t version);
  void ask(Owner& owner);
  void send_asks(Peer& source);
  void answered(Owner& owner) noexcept;
  void note_lie(const Owner& owner, std::uint64_t version);
  void filled(Owner& owner, std::uint64_t version);

  // database_rows.cc: the rows of owners.
  bool serves(const Owner& owner) const;
  void to_tell(Owner& owner) noexcept;
  void tell();
  void tell(Owner& owner);
  void tell_changes(const std::vector<Peer*>& to, Owner& owner, std::uint64_t since);
  void tell_part(Peer& to, const Owner& owner, const std::optional<RowName>& after);
  void want(Owner& owner, std::uint64_t have, const std::optional<RowName>& after);
  void apply(Owner& owner, const Value& change);
  void note_full(Owner& owner, Rows::Outcome outcome);
  void on_rows(Peer& from, Message args);
  void on_versions(Peer& from, Message args);
  void on_want(Peer& from, Message args);
  void on_part(Peer& from, Message args);

  // database_families.cc: families that are followed.
  void row_changed(std::string_view family, std::string_view key) override;
  void fill(const std::string& family, Mirror& mirror);
  void ask_for(std::string_view family, const std::optional<std::string>& after);
  void show();
  void show_changes(const Changed& changed);
  void show_part(Peer& to, const std::string& family, const std::optional<std::string>& after);
  void tell_program();
  void tell_program(Mirror& mirror);
  void forget_unused();
  bool has_room(Mirror& mirror);
  Mirror* followed(Peer& from, std::string_view family);
  void on_watch(Peer& from, Message args);
  void on_unwatch(Peer& from, Message args);
  void on_family(Peer& from, Message args);
  void on_changed(Peer& from, Message args);

  NodeCore& core_;
  const Claims& claims_;
  bool is_global_ = false;
  // A new global node has what others have, as far as there are any: until then it tells nobody of
  // rows, or those that it does not have yet would seem to be deleted.
  bool settled_ = false;
  bool heard_claims_ = false;
  Peer* master_ = nullptr;
  std::vector<Peer*> allies_;
  std::vector<Line> lines_;

  Budgets budgets_;
  std::size_t most_mirrored_ = kMaxMirroredBytes;
  bool mirrors_full_ = false;  // it was said of this master
  std::uint64_t refused_ = 0;
  Table table_{*this};
  Owner& own_{table_.owner(core_.id(), core_.incarnation)};
  std::unique_ptr<RowRegistrations, Unref> own_rows_;
  std::map<std::string, Mirror, std::less<>> mirrors_;
  std::map<std::string, std::vector<Peer*>, std::less<>>
      watchers_;           // attached nodes; none is empty
  Changed changed_;        // of mirrors and watchers, to be shown
  Nanos next_lie_ = 0;     // when one may be logged
  bool show_all_ = false;  // to watchers, for something was missed

  Alarm<Database> checking_{core_.reactor, *this, &Database::check_owners};
  Alarm<Database> settling_{core_.reactor, *this, &Database::settle};
  Alarm<Database> telling_{core_.reactor, *this, &Database::tell};
  Alarm<Database> showing_{core_.reactor, *this, &Database::show};
  Alarm<Database> forgetting_{core_.reactor, *this, &Database::forget_unused};
};

}  // namespace aemp

#endif  // AEMP_MESH_DATABASE_H
