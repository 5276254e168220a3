// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Table: the rows of all owners, and the view over them that everybody shares: where several owners
// have a row of one name, the view shows that of the smallest owner. Pure.
#ifndef AEMP_MESH_TABLE_H
#define AEMP_MESH_TABLE_H

#include <aemp/value.h>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/nanos.h"
#include "mesh/budgets.h"
#include "mesh/rows.h"

namespace aemp {

struct OwnerName {
  std::string node;
  std::uint64_t incarnation = 0;
  friend auto operator<=>(const OwnerName&, const OwnerName&) = default;
};

struct Owner {
  OwnerName name;
  Rows rows;
  std::uint64_t told = 0;   // version that all allies, or the master, were told of
  bool to_tell = false;     // there may be later ones
  bool filling = false;     // its rows come part after part
  bool full = false;        // it was said that it has too many
  Peer* source = nullptr;   // whose word on its rows counts here
  bool asked = false;       // the source, for what is missing here, or it is to be
  bool in_flight = false;   // it has been, and one of those that may be at a time
  bool renewing = false;    // the source was asked for all rows, whatever the versions
  bool doubtful = false;    // what is here may be no owner's: the next source is asked for all
  Budgets::Charge charge;   // for its rows, to the source
  Nanos doubted_until = 0;  // by when the source is to have the version that is here; 0: it has
  Nanos orphan_until = 0;   // when it goes unless claimed again; 0: it is claimed
};

// The names of all families that have rows, but of reserved ones, as a family: keys, with null.
inline constexpr std::string_view kFamilies = "aemp.families";

class Table {
 public:
  // Told of every row of the view that may have changed.
  class Listener {
   public:
    virtual void row_changed(std::string_view family, std::string_view key) = 0;

   protected:
    ~Listener() = default;
  };

  explicit Table(Listener& listener) : listener_(listener) {}

  // Makes it if there is none. Valid until dropped.
  Owner& owner(std::string_view node, std::uint64_t incarnation);
  Owner* find(std::string_view node, std::uint64_t incarnation);
  // With all its rows.
  void drop(const Owner& owner);
  // visit(Owner&) in order; only `visit` may drop it.
  template <class Visit>
  void each_owner(Visit&& visit) {
    for (auto it = owners_.begin(); it != owners_.end();) visit((it++)->second);
  }

  // As those of Rows, for the owner.
  Rows::Outcome put(Owner& owner, std::string_view family, std::string_view key,
                    const Value& value);
  bool erase(Owner& owner, std::string_view family, std::string_view key);
  Rows::Outcome apply(Owner& owner, std::uint64_t version, std::string_view family,
                      std::string_view key, const Value* value);
  Rows::Outcome fill(Owner& owner, std::string_view family, std::string_view key,
                     const Value& value);
  void drop_row(Owner& owner, std::string_view family, std::string_view key);
  // The rows of the owner behind the one name and up to the other that fill() did not name since.
  void drop_range(Owner& owner, const std::optional<RowName>& after,
                  const std::optional<RowName>& last, const std::vector<RowName>& but);

  // The view. Null: no such row. Valid until something changes.
  const OwnedValue* find(std::string_view family, std::string_view key) const;
  // visit(key, value) for those behind that key, or all, in order, until it returns false. False:
  // it did.
  template <class Visit>
  bool each_in(std::string_view family, const std::optional<std::string>& after,
               Visit&& visit) const {
    if (family == kFamilies) return each_family(after, visit);
    const auto in = families_.find(family);
    if (in == families_.end()) return true;
    auto row = after ? in->second.upper_bound(*after) : in->second.begin();
    for (; row != in->second.end(); ++row) {
      if (!visit(row->first, *row->second.front()->rows.find(family, row->first))) return false;
    }
    return true;
  }

 private:
  using Holders = std::vector<const Owner*>;  // never empty; the smallest first
  using Family = std::map<std::string, Holders, std::less<>>;

  template <class Change>
  Rows::Outcome change(Owner& owner, std::string_view family, std::string_view key,
                       Change&& change);
  static bool is_reserved(std::string_view family) { return family.starts_with("aemp."); }
  template <class Visit>
  bool each_family(const std::optional<std::string>& after, Visit&& visit) const {
    auto it = after ? families_.upper_bound(*after) : families_.begin();
    for (; it != families_.end(); ++it) {
      if (!is_reserved(it->first) && !visit(it->first, null_)) return false;
    }
    return true;
  }

  void hold(const Owner& owner, std::string_view family, std::string_view key);
  void release(const Owner& owner, std::string_view family, std::string_view key) noexcept;

  Listener& listener_;
  const OwnedValue null_;
  std::map<OwnerName, Owner> owners_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace aemp

#endif  // AEMP_MESH_TABLE_H
