// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/reserve.h"

namespace aemp {

Owner* Table::find(std::string_view node, std::uint64_t incarnation) {
  const auto it = owners_.find(OwnerName{std::string(node), incarnation});
  return it == owners_.end() ? nullptr : &it->second;
}

Owner& Table::owner(std::string_view node, std::uint64_t incarnation) {
  OwnerName name{std::string(node), incarnation};
  Owner& owner = owners_[name];
  if (owner.name.node.empty()) owner.name = std::move(name);
  return owner;
}

void Table::hold(const Owner& owner, std::string_view family, std::string_view key) {
  auto in = families_.find(family);
  if (in == families_.end()) in = families_.emplace(std::string(family), Family()).first;
  auto row = in->second.find(key);
  if (row == in->second.end()) row = in->second.emplace(std::string(key), Holders()).first;
  Holders& holders = row->second;
  const auto at =
      std::lower_bound(holders.begin(), holders.end(), &owner,
                       [](const Owner* a, const Owner* b) { return a->name < b->name; });
  if (at != holders.end() && *at == &owner) return;
  const auto index = at - holders.begin();
  reserve_one(holders);
  holders.insert(holders.begin() + index, &owner);
}

// Where there is no such row of the owner.
void Table::release(const Owner& owner, std::string_view family, std::string_view key) noexcept {
  if (owner.rows.find(family, key) != nullptr) return;
  const auto in = families_.find(family);
  if (in == families_.end()) return;
  if (const auto row = in->second.find(key); row != in->second.end()) {
    std::erase(row->second, &owner);
    if (row->second.empty()) in->second.erase(row);
  }
  if (in->second.empty()) families_.erase(in);
}

// What the row is left with, whether change() succeeds or not, is what the view shows.
template <class Change>
Rows::Outcome Table::change(Owner& owner, std::string_view family, std::string_view key,
                            Change&& change) {
  struct Settle {
    Table& table;
    const Owner& owner;
    std::string_view family, key;
    ~Settle() { table.release(owner, family, key); }
  };
  const bool was_known = families_.contains(family);
  Rows::Outcome outcome;
  {
    const Settle settle{*this, owner, family, key};
    hold(owner, family, key);
    outcome = change();
  }
  if (outcome == Rows::Outcome::changed) {
    listener_.row_changed(family, key);
    if (was_known != families_.contains(family)) listener_.row_changed(kFamilies, family);
  }
  return outcome;
}

Rows::Outcome Table::put(Owner& owner, std::string_view family, std::string_view key,
                         const Value& value) {
  return change(owner, family, key, [&] { return owner.rows.put(family, key, value); });
}

bool Table::erase(Owner& owner, std::string_view family, std::string_view key) {
  const auto gone = [&] {
    return owner.rows.erase(family, key) ? Rows::Outcome::changed : Rows::Outcome::same;
  };
  return change(owner, family, key, gone) == Rows::Outcome::changed;
}

Rows::Outcome Table::apply(Owner& owner, std::uint64_t version, std::string_view family,
                           std::string_view key, const Value* value) {
  return change(owner, family, key, [&] { return owner.rows.apply(version, family, key, value); });
}

Rows::Outcome Table::fill(Owner& owner, std::string_view family, std::string_view key,
                          const Value& value) {
  return change(owner, family, key, [&] { return owner.rows.fill(family, key, value); });
}

void Table::drop_range(Owner& owner, const std::optional<RowName>& after,
                       const std::optional<RowName>& last, const std::vector<RowName>& but) {
  std::vector<RowName> gone;
  auto kept = but.begin();
  owner.rows.each_after(after,
                        [&](const std::string& family, const std::string& key, const OwnedValue&) {
                          const auto name = std::tie(family, key);
                          if (last && name > std::tie(last->family, last->key)) return false;
                          while (kept != but.end() && std::tie(kept->family, kept->key) < name)
                            ++kept;
                          if (kept == but.end() || std::tie(kept->family, kept->key) != name) {
                            gone.push_back({family, key});
                          }
                          return true;
                        });
  for (const RowName& name : gone) drop_row(owner, name.family, name.key);
}

void Table::drop_row(Owner& owner, std::string_view family, std::string_view key) {
  change(owner, family, key, [&] {
    owner.rows.drop(family, key);
    return Rows::Outcome::changed;
  });
}

void Table::drop(const Owner& owner) {
  Owner& dropped = owners_.at(owner.name);
  drop_range(dropped, std::nullopt, std::nullopt, {});
  owners_.erase(OwnerName(dropped.name));
}

const OwnedValue* Table::find(std::string_view family, std::string_view key) const {
  if (family == kFamilies) {
    return is_reserved(key) || !families_.contains(key) ? nullptr : &null_;
  }
  const auto in = families_.find(family);
  if (in == families_.end()) return nullptr;
  const auto row = in->second.find(key);
  return row == in->second.end() ? nullptr : row->second.front()->rows.find(family, key);
}

}  // namespace aemp
