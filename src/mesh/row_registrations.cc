// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/row_registrations.h"

#include "base/throw_error.h"
#include "mesh/database.h"
#include "node/core.h"

namespace aemp {

std::uint64_t RowRegistrations::find(std::string_view family, const Port& port) const {
  const auto it = numbers_.find(Name(family, port.str()));
  return it == numbers_.end() ? 0 : it->second;
}

Registration RowRegistrations::add(std::string_view family, const Port& port, bool owned) {
  if (const std::uint64_t number = find(family, port); number != 0) return handle(number);
  if (!port.is_node_port()) {
    core_.own_slot(port, "db_reg");
  } else if (!core_.is_local(port.name())) {
    throw_error(Errc::not_local, "db_reg: % is not the port of this node", {port.str()});
  }
  const std::uint64_t number = ++last_;
  Entry& entry = entries_[number];
  try {
    entry.name = Name(family, port.str());
    numbers_.emplace(entry.name, number);
    if (owned) entry.owned = port;
    // The node port lives as long as the node, and its rows with it.
    if (!port.is_node_port()) {
      entry.monitor =
          core_.monitor(port, detail::make_receiver([this, number](Message) { drop_row(number); }));
    }
  } catch (...) {
    numbers_.erase(entry.name);
    entries_.erase(number);
    throw;
  }
  return handle(number);
}

void RowRegistrations::drop_row(std::uint64_t number) noexcept {
  const auto it = entries_.find(number);
  if (it == entries_.end() || database_ == nullptr) return;
  it->second.doomed = any_doomed_ = true;
  database_->drop_doomed();
}

void RowRegistrations::drop_doomed() {
  if (!any_doomed_) return;
  // With a row may go a receiver, whose captures may end other rows.
  for (auto it = entries_.begin(); it != entries_.end();) {
    const std::uint64_t number = it->first;
    if (it->second.doomed) {
      const Name name = it->second.name;
      database_->erase(name.first, name.second);
    }
    it = entries_.upper_bound(number);
  }
  any_doomed_ = false;
}

void RowRegistrations::end(std::string_view family, std::string_view key) {
  const auto it = numbers_.find(Name(family, key));
  if (it == numbers_.end()) return;
  const auto entry = entries_.find(it->second);
  const Monitor monitor = entry->second.monitor;
  const Port owned = entry->second.owned;
  entries_.erase(entry);
  numbers_.erase(it);
  monitor.cancel();
  if (PortSlot* slot = owned ? core_.own_slot(owned, "cancel") : nullptr; slot != nullptr) {
    core_.dispatcher.die(*slot, Message());
  }
}

void RowRegistrations::retire() {
  database_ = nullptr;
  numbers_.clear();
  entries_.clear();
}

void RowRegistrations::cancel(std::uint32_t slot, std::uint32_t generation) {
  drop_row(std::uint64_t{generation} << 32 | slot);
}

bool RowRegistrations::active(std::uint32_t slot, std::uint32_t generation) const {
  return entries_.contains(std::uint64_t{generation} << 32 | slot);
}

}  // namespace aemp
