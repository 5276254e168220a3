// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// From whom the rows of owners are taken. Any member can become a global node and claim whom it
// likes, with whatever rows and versions: a liar is to be heard as little as possible, and what it
// said is to be gone when it goes.
#include <algorithm>
#include <utility>

#include "base/reserve.h"
#include "mesh/database.h"

namespace aemp {
namespace {

// Claims change many at a time.
constexpr Nanos kBatch = 50 * kMillisecond;
// Lies of whatever kind are logged that often.
constexpr Nanos kQuiet = 60 * kSecond;
// Owners for whose rows one global node is asked at a time.
constexpr std::size_t kMaxInFlight = 16;

}  // namespace

// For how long an owner may be on its way to another master, and that one may lack rows of it.
Nanos Database::patience() const { return 2 * core_.settings.heartbeat_timeout + kSecond; }

bool Database::is_attached(std::string_view node, std::uint64_t incarnation) const {
  const Claim* own = claims_.find(core_.id(), node);
  return own != nullptr && own->incarnation == incarnation;
}

bool Database::is_claimed(const Peer& by, std::string_view node, std::uint64_t incarnation) const {
  const Claim* claim = claims_.find(by.id(), node);
  return claim != nullptr && claim->incarnation == incarnation;
}

// Several say to know its rows, and not itself.
bool Database::is_contested(std::string_view node, std::uint64_t incarnation) const {
  return !is_attached(node, incarnation) && claims_.count_of(node, incarnation) > 1;
}

// Itself if it is attached here, else the one that claims it as the latest; null: none. `also`: who
// may not be an ally yet.
Peer* Database::choose_source(std::string_view node, std::uint64_t incarnation, Peer* also) const {
  if (is_attached(node, incarnation)) {
    Peer* itself = core_.network.peers().find(node);
    return itself != nullptr && itself->incarnation() == incarnation ? itself : nullptr;
  }
  Peer* best = nullptr;
  std::uint64_t latest = 0;
  const auto consider = [&](Peer* peer) {
    if (!is_claimed(*peer, node, incarnation)) return;
    const std::uint64_t attach = claims_.find(peer->id(), node)->attach;
    if (best == nullptr || attach > latest) best = peer;
    latest = std::max(latest, attach);
  };
  for (Peer* ally : allies_) consider(ally);
  if (also != nullptr) consider(also);
  return best;
}

// A part of its rows may be new, and the rest old.
void Database::lose_source(Owner& owner) noexcept {
  owner.doubtful |= owner.filling || owner.renewing;
  if (Line* line = owner.source != nullptr ? line_of(*owner.source) : nullptr; line != nullptr) {
    line->in_flight -= owner.in_flight ? 1u : 0u;
    line->waiting.erase(owner.name);
  }
  owner.source = nullptr;
  owner.asked = owner.filling = owner.renewing = owner.in_flight = false;
  budgets_.put(owner.charge, {nullptr, owner.charge.bytes, owner.charge.rows});
}

// An owner that speaks for itself has limits of its own.
void Database::charge(Owner& owner) {
  const bool itself = owner.source != nullptr && owner.source->id() == owner.name.node;
  if (itself) return budgets_.clear(owner.charge);
  budgets_.put(owner.charge,
               {owner.source, owner.rows.bytes() + kOwnerOverhead, owner.rows.size()});
}

bool Database::has_room(const Owner& owner) {
  const Peer& source = *owner.source;
  if (source.id() == owner.name.node || !budgets_.full(&source)) return true;
  ++refused_;
  if (budgets_.first_refusal(source)) {
    core_.log.say(Log::kWarning, [&] {
      return fill_in(
          "database: node % tells more rows of others than there is room for: expected at most "
          "%, of % bytes",
          {source.id(), kMaxToldRows, kMaxToldBytes});
    });
  }
  return false;
}

void Database::drop(Owner& owner) {
  lose_source(owner);
  budgets_.clear(owner.charge);
  table_.drop(owner);
}

// True: it is another one than before.
bool Database::find_source(Owner& owner, Peer* also) {
  const OwnerName& name = owner.name;
  const bool stays = owner.source != nullptr && !is_attached(name.node, name.incarnation) &&
                     is_claimed(*owner.source, name.node, name.incarnation);
  if (stays) return false;
  Peer* source = choose_source(name.node, name.incarnation, also);
  if (source == owner.source) return false;
  // Its word goes on beside that of the new one.
  owner.doubtful |= owner.source != nullptr && claims_.count_of(name.node, name.incarnation) > 1;
  lose_source(owner);
  try {
    owner.source = source;
    charge(owner);
  } catch (...) {
    owner.source = nullptr;  // to be found the next time
    throw;
  }
  return source != nullptr;
}

// Null: that one's word does not count.
Owner* Database::owner_from(Peer& source, std::string_view node, std::uint64_t incarnation,
                            bool make) {
  if (!is_global_ || node == core_.id()) return nullptr;
  Owner* owner = table_.find(node, incarnation);
  if (owner == nullptr) {
    if (!make || (choose_source(node, incarnation, &source) != &source &&
                  !is_claimed(source, node, incarnation))) {
      return nullptr;
    }
    owner = &table_.owner(node, incarnation);
    owner->doubtful = is_contested(node, incarnation);
  }
  if (find_source(*owner, &source) && (owner->source != &source || owner->doubtful)) ask(*owner);
  return owner->source == &source ? owner : nullptr;
}

Database::Line* Database::line_of(const Peer& source) noexcept {
  const auto it = std::find_if(lines_.begin(), lines_.end(),
                               [&](const Line& line) { return line.source == &source; });
  return it == lines_.end() ? nullptr : &*it;
}

// For what is missing; or for all that there is, whatever is here: rows that are the same stay.
void Database::ask(Owner& owner) {
  Peer& source = *owner.source;
  owner.filling = false;
  owner.asked = true;
  owner.renewing = owner.doubtful;
  owner.doubted_until = 0;
  // An owner has no rows but its own.
  if (source.id() == owner.name.node || owner.in_flight) {
    return want(owner, owner.renewing ? kMaxVersion : owner.rows.version(), std::nullopt);
  }
  if (line_of(source) == nullptr) {
    reserve_one(lines_);
    lines_.push_back({&source});
  }
  line_of(source)->waiting.insert(owner.name);
  send_asks(source);
}

void Database::send_asks(Peer& source) {
  Line* line = line_of(source);
  while (line != nullptr && !line->waiting.empty() && line->in_flight < kMaxInFlight) {
    Owner& owner = *table_.find(line->waiting.begin()->node, line->waiting.begin()->incarnation);
    if (owner.asked) {
      want(owner, owner.renewing ? kMaxVersion : owner.rows.version(), std::nullopt);
      owner.in_flight = true;
      ++line->in_flight;
    }
    line->waiting.erase(line->waiting.begin());
  }
}

// Nothing more is to come of what it was asked for. Others may be asked for by now.
void Database::answered(Owner& owner) noexcept {
  owner.asked = owner.filling = false;
  if (!std::exchange(owner.in_flight, false)) return;
  --line_of(*owner.source)->in_flight;
  guarded([&] { send_asks(*owner.source); });
}

// Memory was refused when it was to be.
bool Database::is_unasked(const Owner& owner) {
  if (!owner.asked || owner.in_flight || owner.source == nullptr) return false;
  const Line* line = line_of(*owner.source);
  return owner.source->id() != owner.name.node &&
         (line == nullptr || !line->waiting.contains(owner.name));
}

// It was asked for all, and has less than there was here.
void Database::note_lie(const Owner& owner, std::uint64_t version) {
  const Nanos now = core_.reactor.now();
  if (now < next_lie_) return;
  next_lie_ = add_clamped(now, kQuiet);
  core_.log.say(Log::kWarning, [&] {
    return fill_in(
        "database: rows of node % were told in version %, but node %, which has them from there, "
        "has version %: another global node lies",
        {owner.name.node, owner.rows.version(), owner.source->id(), version});
  });
}

void Database::filled(Owner& owner, std::uint64_t version) {
  if (version < owner.rows.version()) note_lie(owner, version);
  owner.renewing = false;
  owner.doubtful = is_contested(owner.name.node, owner.name.incarnation);
  owner.doubted_until = 0;
  owner.rows.complete(version);
  to_tell(owner);
  answered(owner);
}

// The source has that version. An owner itself has the latest; another one may still be about to
// hear of it.
void Database::heard_version(Owner& owner, std::uint64_t version) {
  if (version >= owner.rows.version()) {
    owner.doubted_until = 0;
  } else if (owner.source->id() == owner.name.node) {
    owner.doubtful = true;
    ask(owner);
  } else if (owner.doubted_until == 0) {
    owner.doubted_until = add_clamped(core_.reactor.now(), patience());
    checking_.in(patience());
  }
}

void Database::claimed(Peer& by, std::string_view node, std::uint64_t incarnation,
                       std::uint64_t version) {
  const bool again = [&] {
    const Owner* known = table_.find(node, incarnation);
    return known != nullptr && known->renewing && !known->filling && known->source == &by;
  }();
  Owner* owner = owner_from(by, node, incarnation, version != 0);
  if (owner == nullptr) {
    // What the source said before may be as untrue as what this one says.
    Owner* of_others = is_claimed(by, node, incarnation) ? table_.find(node, incarnation) : nullptr;
    if (of_others != nullptr) of_others->doubtful |= is_contested(node, incarnation);
    return;
  }
  // With the claim of this node all allies hear of the version.
  if (by.id() == node) owner->told = owner->rows.version();
  owner->orphan_until = 0;
  if (owner->renewing && !owner->filling) {
    // It may have had no answer yet, or has none now.
    if (version == 0) return answered(*owner);
    if (again) ask(*owner);
  } else if (version == 0 && owner->filling) {
    // What is still missing it does not have now.
    owner->doubtful = owner->renewing = true;
    answered(*owner);
  } else if (version > owner->rows.version()) {
    ask(*owner);
  } else if (!owner->filling) {
    answered(*owner);
    heard_version(*owner, version);
  }
}

void Database::claims_changed() noexcept {
  if (is_global_) checking_.in(kBatch);
}

void Database::left(std::string_view node, std::uint64_t incarnation) {
  Owner* owner = table_.find(node, incarnation);
  if (owner != nullptr && !is_own(*owner) && !claims_.any_of(node, incarnation)) {
    drop(*owner);
  }
}

void Database::disclaimed(std::string_view node, std::uint64_t incarnation) {
  if (node == core_.id() || choose_source(node, incarnation, nullptr) == nullptr) return;
  Owner& owner = table_.owner(node, incarnation);
  if (find_source(owner)) ask(owner);
}

// Owners that nobody claims any more go, after a while: they may be on their way to another master.
// Those that have come back go at once. False: it is to go.
bool Database::check(Owner& owner, Nanos now, Nanos& next) {
  const OwnerName& name = owner.name;
  const bool found = find_source(owner);
  if (claims_.any_of(name.node, name.incarnation)) {
    owner.orphan_until = 0;
    if (found || is_unasked(owner)) {
      ask(owner);
    } else if (owner.doubted_until != 0 && owner.doubted_until <= now && owner.source != nullptr) {
      owner.doubtful = true;
      ask(owner);
    } else if (owner.doubted_until != 0) {
      next = std::min(next, owner.doubted_until);
    }
    return true;
  }
  if (owner.orphan_until == 0) owner.orphan_until = add_clamped(now, patience());
  if (owner.orphan_until <= now || claims_.latest(name.node) != nullptr) return false;
  // Somebody may have told as much as he may, and then of others.
  if (budgets_.full(nullptr)) return false;
  next = std::min(next, owner.orphan_until);
  return true;
}

void Database::check_owners() {
  if (!is_global_) return;
  const Nanos now = core_.reactor.now();
  Nanos next = kNever;
  bool complete = true;
  table_.each_owner([&](Owner& owner) {
    if (is_own(owner)) return;
    if (!check(owner, now, next)) return drop(owner);
    complete = complete && !owner.asked;
  });
  for (const Line& line : lines_) send_asks(*line.source);
  if (next != kNever) checking_.in(std::max<Nanos>(next - now, 0));
  if (settled_ || !heard_claims_) return;
  if (complete) return settle();
  checking_.in(kBatch);
}

}  // namespace aemp
