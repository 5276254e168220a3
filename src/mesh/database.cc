// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/database.h"

#include <algorithm>
#include <utility>

#include "base/throw_error.h"

namespace aemp {
namespace {

// Families that are followed at a time.
constexpr std::size_t kMaxMirrors = 4096;

}  // namespace

Database::Database(NodeCore& core, const Claims& claims)
    : core_(core), claims_(claims), own_rows_(new RowRegistrations(core, *this)) {}

Database::~Database() { own_rows_->retire(); }

// The program's.

void Database::put(std::string_view family, std::string_view key, const Value& value) {
  Owner& owner = own();
  const Rows::Outcome outcome = table_.put(owner, family, key, value);
  if (outcome == Rows::Outcome::full) {
    throw_error(Errc::too_big,
                "database: family '%' key '%': a node may own % rows of % bytes in all, and this "
                "one has % rows",
                {family, key, kMaxRows, kMaxRowBytes, owner.rows.size()});
  }
  if (outcome == Rows::Outcome::changed) to_tell(owner);
}

void Database::erase(std::string_view family, std::string_view key) {
  Owner& owner = own();
  if (table_.erase(owner, family, key)) to_tell(owner);
  own_rows_->end(family, key);
}

void Database::drop_doomed() noexcept {
  guarded([this] { own_rows_->drop_doomed(); });
}

Registration Database::add_row(std::string_view family, const Port& port, const Value& value,
                               bool owned) {
  const bool is_new = own_rows_->find(family, port) == 0;
  const Registration row = own_rows_->add(family, port, owned);
  try {
    put(family, port.str(), value);
  } catch (...) {
    if (is_new) own_rows_->end(family, port.str());
    throw;
  }
  return row;
}

Mirror& Database::follow(std::string_view family) {
  auto it = mirrors_.find(family);
  if (it == mirrors_.end()) {
    if (mirrors_.size() >= kMaxMirrors) {
      throw_error(Errc::too_big, "database: family '%': this node follows % others already",
                  {family, kMaxMirrors});
    }
    it = mirrors_.emplace(std::string(family), Mirror()).first;
    try {
      if (holds_all()) {
        fill(it->first, it->second);
      } else {
        ask_for(family, std::nullopt);
      }
    } catch (...) {
      mirrors_.erase(it);
      throw;
    }
  }
  it->second.last_use = core_.reactor.now();
  forgetting_.in(kMirrorKept);
  return it->second;
}

Registration Database::watch(std::string_view family, bool once, Watcher watcher) {
  Mirror& mirror = follow(family);
  Registration registration =
      core_.registrations->add(FamilyWatch{&mirror, once, false, std::move(watcher)});
  mirror.has_new_watches = true;
  showing_.in(0);
  return registration;
}

bool Database::fresh() const {
  if (!holds_all() && (is_global_ || master_ == nullptr)) return false;
  return std::all_of(mirrors_.begin(), mirrors_.end(),
                     [](const auto& entry) { return entry.second.current; });
}

// What Mesh tells.

void Database::attached(Peer& master) {
  master_ = &master;
  mirrors_full_ = false;
  Owner& owner = own();
  if (owner.told != owner.rows.version()) to_tell(owner);
  for (auto& [family, mirror] : mirrors_) ask_for(family, std::nullopt);
}

void Database::detached() noexcept {
  master_ = nullptr;
  for (auto& [family, mirror] : mirrors_) mirror.current = holds_all();
}

void Database::become_global() noexcept {
  const bool knew_others = master_ != nullptr || !core_.settings.seeds.empty();
  is_global_ = true;
  master_ = nullptr;
  for (auto& [family, mirror] : mirrors_) mirror.current = false;
  settling_.in(knew_others ? 2 * core_.settings.heartbeat_timeout + kSecond : 0);
  to_tell(own());
}

void Database::heard_claims() noexcept {
  heard_claims_ = true;
  claims_changed();
}

// Mirrors and those who watch get what there is now.
void Database::settle() {
  if (std::exchange(settled_, true)) return;
  settling_.stop();
  show_all_ = true;
  showing_.in(0);
}

bool Database::is_ally(const Peer& peer) const {
  return std::find(allies_.begin(), allies_.end(), &peer) != allies_.end();
}

void Database::add_ally(Peer& ally) {
  if (!is_ally(ally)) allies_.push_back(&ally);
}

void Database::gone(const Peer& peer) noexcept {
  std::erase(allies_, &peer);
  for (auto it = watchers_.begin(); it != watchers_.end();) {
    std::erase(it->second, &peer);
    it = it->second.empty() ? watchers_.erase(it) : std::next(it);
  }
  table_.each_owner([&](Owner& owner) {
    if (owner.source == &peer) lose_source(owner);
  });
  budgets_.forget(peer);
  std::erase_if(lines_, [&](const Line& line) { return line.source == &peer; });
  claims_changed();
}

void Database::repair() noexcept {
  for (auto& [family, mirror] : mirrors_) mirror.current = false;
  show_all_ = true;
  telling_.in(kMemoryRetry);
  checking_.in(kMemoryRetry);
  showing_.in(kMemoryRetry);
}

bool Database::take(Peer& from, std::string_view function, Message args) {
  static constexpr MeshFunction<Handler> kFunctions[] = {
      {"aemp.rows", &Database::on_rows},     {"aemp.versions", &Database::on_versions},
      {"aemp.want", &Database::on_want},     {"aemp.part", &Database::on_part},
      {"aemp.watch", &Database::on_watch},   {"aemp.unwatch", &Database::on_unwatch},
      {"aemp.family", &Database::on_family}, {"aemp.changed", &Database::on_changed},
  };
  const Handler handler = find_function(kFunctions, function);
  if (handler != nullptr && is_understood(args)) (this->*handler)(from, args.rest(1));
  return handler != nullptr;
}

}  // namespace aemp
