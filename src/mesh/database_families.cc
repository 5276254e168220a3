// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How families come to those that follow them: to this node's program, and to attached nodes.
#include <algorithm>
#include <utility>

#include "base/throw_error.h"
#include "mesh/database.h"

namespace aemp {
namespace {

constexpr std::size_t kPart = 32 << 10;
// Families that one attached node may follow, and of which each message says what changed.
constexpr std::size_t kMaxWatched = 4096;

std::optional<std::string> key_or_null(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return value.as<std::string>();
}

}  // namespace

void Database::row_changed(std::string_view family, std::string_view key) {
  if (!holds_all() || (!mirrors_.contains(family) && !watchers_.contains(family))) return;
  auto it = changed_.find(family);
  if (it == changed_.end()) it = changed_.try_emplace(std::string(family)).first;
  it->second.emplace(key);
  showing_.in(0);
}

// With all that there is here.
void Database::fill(const std::string& family, Mirror& mirror) {
  std::vector<std::string> gone;
  for (const auto& row : mirror.rows()) {
    if (table_.find(family, row.first) == nullptr) gone.push_back(row.first);
  }
  for (const std::string& key : gone) mirror.erase(key);
  table_.each_in(family, std::nullopt, [&](const std::string& key, const OwnedValue& value) {
    mirror.put(key, value);
    return true;
  });
  mirror.set_complete();
  mirror.current = true;
  showing_.in(0);
}

void Database::ask_for(std::string_view family, const std::optional<std::string>& after) {
  if (master_ != nullptr) mesh_send(core_, master_->id(), "aemp.watch", family, after);
}

void Database::show() {
  for (auto& [family, mirror] : mirrors_) {
    if (!mirror.current && holds_all()) fill(family, mirror);
  }
  if (show_all_ && settled_) {
    for (const auto& [family, peers] : watchers_) {
      for (Peer* peer : peers) show_part(*peer, family, std::nullopt);
    }
    show_all_ = false;
  }
  show_changes(changed_);
  changed_.clear();
  tell_program();
}

void Database::show_changes(const Changed& changed) {
  for (const auto& entry : changed) {
    const std::string& family = entry.first;
    const auto mirror = mirrors_.find(family);
    const auto watchers = watchers_.find(family);
    MeshList changes;
    const auto tell = [&] {
      const OwnedValue told = changes.take();
      for (const Peer* peer : watchers->second) {
        mesh_send(core_, peer->id(), "aemp.changed", family, told);
      }
    };
    for (const std::string& key : entry.second) {
      const OwnedValue* value = table_.find(family, key);
      if (mirror != mirrors_.end()) {
        if (value != nullptr) {
          mirror->second.put(key, *value);
        } else {
          mirror->second.erase(key);
        }
      }
      if (watchers == watchers_.end()) continue;
      changes.add(value != nullptr ? list(key, *value) : list(key));
      if (changes.size_bytes() >= kMeshChunk) tell();
    }
    if (!changes.empty()) tell();
  }
}

// Callbacks may do anything but make mirrors go.
void Database::tell_program() {
  for (auto& [family, mirror] : mirrors_) {
    if (mirror.complete() && (mirror.changed() || mirror.has_new_watches)) {
      tell_program(mirror);
      if (core_.left) return;
    }
  }
}

void Database::tell_program(Mirror& mirror) {
  Mirror::Difference everything;
  if (mirror.has_new_watches) {
    for (const auto& row : mirror.rows()) everything.added.push_back(row.first);
  }
  // From here on nothing needs memory but the callbacks.
  const Mirror::Difference difference = mirror.take();
  mirror.has_new_watches = false;
  const auto tell = [&](FamilyWatch& watch, const Mirror::Difference& d) {
    core_.dispatcher.guarded("database callback",
                             [&] { watch.call(mirror.rows(), d.added, d.changed, d.deleted); });
  };
  core_.registrations->each<FamilyWatch>([&](FamilyWatch& watch) {
    if (core_.left || watch.mirror != &mirror) return;
    if (!std::exchange(watch.told, !watch.once || mirror.current)) {
      if (watch.told) {
        tell(watch, everything);
      } else {
        mirror.has_new_watches = true;
      }
    } else if (!watch.once && !difference.empty()) {
      tell(watch, difference);
    }
  });
  if (core_.left) return;
  core_.registrations->cancel_if<FamilyWatch>(
      [](const FamilyWatch& watch) { return watch.once && watch.told; });
}

void Database::forget_unused() {
  const Nanos now = core_.reactor.now();
  for (auto it = mirrors_.begin(); it != mirrors_.end();) {
    const std::string& family = it->first;
    bool used = it->second.has_views();
    core_.registrations->each<FamilyWatch>(
        [&](const FamilyWatch& watch) { used |= watch.mirror == &it->second; });
    if (used) it->second.last_use = now;
    if (now - it->second.last_use < kMirrorKept) {
      ++it;
      continue;
    }
    if (master_ != nullptr) mesh_send(core_, master_->id(), "aemp.unwatch", family);
    it = mirrors_.erase(it);
  }
  if (!mirrors_.empty()) forgetting_.in(kMirrorKept);
}

// What the master says of a family that is followed here.
Mirror* Database::followed(Peer& from, std::string_view family) {
  const auto it = &from == master_ ? mirrors_.find(family) : mirrors_.end();
  return it == mirrors_.end() ? nullptr : &it->second;
}

void Database::on_watch(Peer& from, Message args) {
  const std::string family = args.as<std::string>(0);
  const std::optional<std::string> after = key_or_null(args[1]);
  if (!is_global_ || claims_.find(core_.id(), from.id()) == nullptr) return;
  auto it = watchers_.find(family);
  if (it == watchers_.end() ||
      std::find(it->second.begin(), it->second.end(), &from) == it->second.end()) {
    std::size_t count = 0;
    for (const auto& [name, peers] : watchers_) {
      count += std::find(peers.begin(), peers.end(), &from) != peers.end() ? 1u : 0u;
    }
    if (count >= kMaxWatched || family.empty() || family.size() > kMaxFamily) {
      throw_error(Errc::bad_value, "a family's name of % bytes, % families: expected at most %, %",
                  {family.size(), count, kMaxFamily, kMaxWatched});
    }
    watchers_[family].push_back(&from);
  }
  if (settled_) show_part(from, family, after);
}

void Database::show_part(Peer& to, const std::string& family,
                         const std::optional<std::string>& after) {
  MeshList rows;
  std::optional<std::string> last;
  const bool all =
      table_.each_in(family, after, [&](const std::string& key, const OwnedValue& value) {
        if (rows.size_bytes() >= kPart) return false;
        rows.add(list(key, value));
        last = key;
        return true;
      });
  if (all) last.reset();
  mesh_send(core_, to.id(), "aemp.family", family, after, last, rows.take());
}

void Database::on_unwatch(Peer& from, Message args) {
  const auto it = watchers_.find(args.as<std::string_view>(0));
  if (it == watchers_.end()) return;
  std::erase(it->second, &from);
  if (it->second.empty()) watchers_.erase(it);
}

// As long as there is room for it: what is left out makes copies that are not current.
bool Database::has_room(Mirror& mirror) {
  std::size_t bytes = 0;
  for (const auto& entry : mirrors_) bytes += entry.second.bytes();
  if (bytes < most_mirrored_) return true;
  ++refused_;
  mirror.current = false;
  if (!std::exchange(mirrors_full_, true)) {
    core_.log.say(Log::kWarning, [&] {
      return fill_in(
          "database: global node % tells more rows than there is room for: expected at "
          "most % bytes",
          {master_->id(), most_mirrored_});
    });
  }
  return false;
}

void Database::on_family(Peer& from, Message args) {
  const auto family = args.as<std::string_view>(0);
  const std::optional<std::string> after = key_or_null(args[1]), last = key_or_null(args[2]);
  Mirror* mirror = followed(from, family);
  if (mirror == nullptr || !has_room(*mirror)) return;
  for (const Value row : args[3].items()) {
    mesh_key(row[0]);
    mesh_row_value(row[1]);
  }
  mirror->put_range(after, last, args[3].items());
  if (last && (!after || *last > *after)) return ask_for(family, last);
  mirror->set_complete();
  mirror->current = true;
  showing_.in(0);
}

void Database::on_changed(Peer& from, Message args) {
  Mirror* mirror = followed(from, args.as<std::string_view>(0));
  const Message changes = args[1].items();
  if (mirror == nullptr) return;
  std::optional<bool> room;  // as the message came
  for (const Value change : changes) {
    const std::string_view key = mesh_key(change[0]);
    if (change.size() == 1) {
      mirror->erase(key);
    } else if (room ? *room : *(room = has_room(*mirror))) {
      mirror->put(key, mesh_row_value(change[1]));
    }
  }
  showing_.in(0);
}

}  // namespace aemp
