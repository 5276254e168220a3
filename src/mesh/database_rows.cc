// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How the rows of owners come to all global nodes: each owner's in the order of its versions, from
// its master, and when it has none any more not at all.
#include <algorithm>
#include <utility>

#include "mesh/database.h"

namespace aemp {
namespace {

// Changes are told after that long, many at a time.
constexpr Nanos kBatch = 50 * kMillisecond;
// Parts of what is asked for, one at a time, in bytes.
constexpr std::size_t kPart = 32 << 10;

RowName row_name(const Value& family, const Value& key) {
  return {std::string(mesh_family(family)), std::string(mesh_key(key))};
}

std::optional<RowName> place(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return row_name(value[0], value[1]);
}

OwnedValue place(const std::optional<RowName>& name) {
  return name ? list(name->family, name->key) : OwnedValue();
}

}  // namespace

// Of whose rows this node tells others.
bool Database::serves(const Owner& owner) const {
  if (is_own(owner)) return true;
  const Claim* claim = claims_.find(core_.id(), owner.name.node);
  return is_global_ && claim != nullptr && claim->incarnation == owner.name.incarnation;
}

std::uint64_t Database::version_of(std::string_view node, std::uint64_t incarnation) {
  const Owner* owner = table_.find(node, incarnation);
  return owner == nullptr || owner->filling || owner->renewing ? 0 : owner->rows.version();
}

void Database::to_tell(Owner& owner) noexcept {
  owner.to_tell = true;
  telling_.in(is_global_ ? kBatch : 0);
}

void Database::tell() {
  own_rows_->drop_doomed();
  table_.each_owner([&](Owner& owner) {
    if (owner.to_tell && !owner.filling) tell(owner);
  });
}

void Database::tell(Owner& owner) {
  if (is_global_) {
    // Of those that others serve these know; with a claim goes the version.
    if (serves(owner)) tell_changes(allies_, owner, owner.told);
    owner.told = owner.rows.version();
  } else if (master_ != nullptr) {
    tell_changes({master_}, owner, owner.told);
    owner.told = owner.rows.version();
  }
  owner.to_tell = false;
}

// Who holds version `since` holds all afterwards; who does not asks.
void Database::tell_changes(const std::vector<Peer*>& to, Owner& owner, std::uint64_t since) {
  if (to.empty()) return;
  const auto send_all = [&](std::string_view function, const auto&... args) {
    for (const Peer* peer : to) mesh_send(core_, peer->id(), function, args...);
  };
  const OwnerName& name = owner.name;
  if (!owner.rows.has_few_changes_since(since)) {
    return send_all("aemp.versions", list(list(name.node, name.incarnation, owner.rows.version())));
  }
  MeshList changes;
  std::uint64_t last = since;
  bool told = false;
  const auto tell = [&] {
    send_all("aemp.rows", name.node, name.incarnation, since, changes.take());
    since = last;
    told = true;
  };
  owner.rows.changes_since(
      since, [&](std::uint64_t version, const RowName& row, const OwnedValue* value) {
        changes.add(value != nullptr ? list(version, row.family, row.key, *value)
                                     : list(version, row.family, row.key));
        last = version;
        if (changes.size_bytes() >= kMeshChunk) tell();
      });
  if (!changes.empty() || !told) tell();
}

void Database::tell_part(Peer& to, const Owner& owner, const std::optional<RowName>& after) {
  MeshList rows;
  std::optional<RowName> last;
  const bool all = owner.rows.each_after(
      after, [&](const std::string& family, const std::string& key, const OwnedValue& value) {
        if (rows.size_bytes() >= kPart) return false;
        rows.add(list(family, key, value));
        last = RowName{family, key};
        return true;
      });
  if (all) last.reset();
  mesh_send(core_, to.id(), "aemp.part", owner.name.node, owner.name.incarnation,
            owner.rows.version(), place(after), place(last), rows.take());
}

void Database::want(Owner& owner, std::uint64_t have, const std::optional<RowName>& after) {
  mesh_send(core_, owner.source->id(), "aemp.want", owner.name.node, owner.name.incarnation, have,
            place(after));
}

void Database::note_full(Owner& owner, Rows::Outcome outcome) {
  if (outcome != Rows::Outcome::full) return;
  ++refused_;
  if (std::exchange(owner.full, true)) return;
  core_.log.say(Log::kWarning, [&] {
    return fill_in("database: node % has more rows than a node may: expected at most %, % bytes",
                   {owner.name.node, kMaxRows, kMaxRowBytes});
  });
}

void Database::apply(Owner& owner, const Value& change) {
  const std::uint64_t version = mesh_rows_version(change[0]);
  const RowName row = row_name(change[1], change[2]);
  const bool deleted = change.size() == 3;
  const Value value = deleted ? Value() : mesh_row_value(change[3]);
  if (!owner.filling && version <= owner.rows.version()) return;
  if (!deleted && !has_room(owner)) {
    // As Rows does with what does not fit.
    if (!owner.filling) owner.rows.complete(version);
  } else if (!owner.filling) {
    note_full(owner, table_.apply(owner, version, row.family, row.key, deleted ? nullptr : &value));
  } else if (deleted) {
    table_.drop_row(owner, row.family, row.key);
  } else {
    note_full(owner, table_.fill(owner, row.family, row.key, value));
  }
  charge(owner);
}

void Database::on_rows(Peer& from, Message args) {
  const std::string_view node = mesh_node(args[0]);
  const auto incarnation = args.as<std::uint64_t>(1);
  const std::uint64_t since = mesh_rows_version(args[2]);
  const Message changes = args[3].items();
  Owner* owner = owner_from(from, node, incarnation, true);
  if (owner == nullptr) return;
  // Something was missed; what is asked for includes this.
  if (!owner->filling && (owner->renewing || since > owner->rows.version())) {
    if (!owner->asked) ask(*owner);
    return;
  }
  std::uint64_t last = since;
  for (const Value change : changes) {
    apply(*owner, change);
    last = change[0].as<std::uint64_t>();
  }
  if (owner->filling) return;
  answered(*owner);
  to_tell(*owner);
  heard_version(*owner, last);
}

void Database::on_versions(Peer& from, Message args) {
  for (const Value entry : args[0].items()) {
    claimed(from, mesh_node(entry[0]), entry[1].as<std::uint64_t>(), mesh_rows_version(entry[2]));
  }
}

void Database::on_want(Peer& from, Message args) {
  const std::string_view node = mesh_node(args[0]);
  const auto incarnation = args.as<std::uint64_t>(1), have = args.as<std::uint64_t>(2);
  const std::optional<RowName> after = place(args[3]);
  if (&from != master_ && !is_ally(from)) return;
  Owner* owner = table_.find(node, incarnation);
  if (owner == nullptr) {
    Owner none;
    none.name = OwnerName{std::string(node), incarnation};
    if (serves(none)) tell_part(from, none, after);
    return;
  }
  // While it fills there is nothing to tell; and when it is full that is told.
  if (owner->filling || owner->renewing) {
    return mesh_send(core_, from.id(), "aemp.versions", list(list(node, incarnation, 0)));
  }
  // Before the version in the answer, so that nobody takes them for part of it.
  if (owner->to_tell) tell(*owner);
  if (!after && owner->rows.has_few_changes_since(have)) {
    tell_changes({&from}, *owner, have);
  } else {
    tell_part(from, *owner, after);
  }
}

void Database::on_part(Peer& from, Message args) {
  const std::uint64_t version = mesh_rows_version(args[2]);
  const std::optional<RowName> after = place(args[3]), last = place(args[4]);
  const Message rows = args[5].items();
  const std::string_view node = mesh_node(args[0]);
  Owner* owner = owner_from(from, node, args.as<std::uint64_t>(1), false);
  if (owner == nullptr || !owner->asked) return;
  if (!after && !owner->filling) {
    if (!owner->renewing && version < owner->rows.version()) {
      // It may be about to learn of more.
      answered(*owner);
      return heard_version(*owner, version);
    }
    // Its rows are of no one version until all have come, and how they came to be is not known.
    owner->filling = true;
    owner->rows.complete(owner->rows.version());
  }
  if (!owner->filling) return;
  std::vector<RowName> names;
  for (const Value row : rows) {
    RowName name = row_name(row[0], row[1]);
    const Value value = mesh_row_value(row[2]);
    if (has_room(*owner)) note_full(*owner, table_.fill(*owner, name.family, name.key, value));
    charge(*owner);
    names.push_back(std::move(name));
  }
  table_.drop_range(*owner, after, last, names);
  charge(*owner);
  if (last) return want(*owner, version, last);
  filled(*owner, version);
}

}  // namespace aemp
