// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Rows: what one owner has in the database, family -> key -> value, with a version that counts its
// changes. A copy of it is kept equal by changes, one by one and in order, as far back as they are
// known here; else part after part, in the order of the rows. Pure.
#ifndef AEMP_MESH_ROWS_H
#define AEMP_MESH_ROWS_H

#include <aemp/value.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aemp {

inline constexpr std::size_t kMaxFamily = 255;         // bytes
inline constexpr std::size_t kMaxKey = 1024;           // bytes
inline constexpr std::size_t kMaxRowValue = 64 << 10;  // bytes, encoded
inline constexpr std::size_t kMaxRows = 100'000;       // of an owner
// Bytes of an owner's rows: family, key, value, and kRowOverhead for each.
inline constexpr std::size_t kMaxRowBytes = 32 << 20;
inline constexpr std::size_t kRowOverhead = 64;
// A copy may have that many times as much: while it changes, rows that went stand beside others.
inline constexpr std::size_t kCopySlack = 2;
// No owner makes so many changes: who says so lies.
inline constexpr std::uint64_t kMaxVersion = std::uint64_t{1} << 53;
// Changes that weigh more are not told one by one.
inline constexpr std::size_t kMaxChanges = 256 << 10;

struct RowName {
  std::string family, key;
};

class Rows {
 public:
  enum class Outcome : std::uint8_t { changed, same, full };

  // As the owner: each real change makes a version. Refused memory changes nothing.
  Outcome put(std::string_view family, std::string_view key, const Value& value);
  bool erase(std::string_view family, std::string_view key);

  // As a copy: that change made the version. A row that does not fit is left out.
  Outcome apply(std::uint64_t version, std::string_view family, std::string_view key,
                const Value* value);
  // As a copy that is filled part after part: no version is made, and none known, until complete().
  Outcome fill(std::string_view family, std::string_view key, const Value& value);
  void drop(std::string_view family, std::string_view key);
  void complete(std::uint64_t version) noexcept;

  std::uint64_t version() const noexcept { return version_; }
  std::size_t size() const noexcept { return size_; }
  // Of rows and remembered changes, kRowOverhead for each.
  std::size_t bytes() const noexcept { return bytes_ + log_bytes_; }
  // Null: there is none. Valid until it changes.
  const OwnedValue* find(std::string_view family, std::string_view key) const;

  bool knows_changes_since(std::uint64_t version) const noexcept {
    return version >= horizon_ && version <= version_;
  }
  // And they weigh at most kMaxChanges bytes.
  bool has_few_changes_since(std::uint64_t version) const;
  // visit(version, name, value, or null: it went), in order; several changes of one row may be told
  // as one. knows_changes_since() must say so.
  template <class Visit>
  void changes_since(std::uint64_t version, Visit&& visit) const {
    for (std::size_t i = first_; i < log_.size(); ++i) {
      const Change& c = log_[i];
      if (c.version <= version) continue;
      const Row* row = row_of(c.name.family, c.name.key);
      if (row == nullptr) {
        visit(c.version, c.name, static_cast<const OwnedValue*>(nullptr));
      } else if (row->version == c.version) {
        visit(c.version, c.name, &row->value);
      }
    }
  }
  // visit(family, key, value) for those behind that name, or all, in order, until it returns false.
  // False: it did.
  template <class Visit>
  bool each_after(const std::optional<RowName>& after, Visit&& visit) const {
    auto family = after ? families_.lower_bound(after->family) : families_.begin();
    for (bool first = true; family != families_.end(); ++family, first = false) {
      const bool in_midst = first && after && family->first == after->family;
      auto row = in_midst ? family->second.upper_bound(after->key) : family->second.begin();
      for (; row != family->second.end(); ++row) {
        if (!visit(family->first, row->first, row->second.value)) return false;
      }
    }
    return true;
  }

 private:
  // Changes that are remembered, at least and at most; in between as many as there are rows.
  static constexpr std::size_t kLeastLog = 64, kMostLog = 4096;

  struct Row {
    OwnedValue value;
    std::uint64_t version = 0;
  };
  struct Change {
    std::uint64_t version;
    RowName name;
  };
  using Family = std::map<std::string, Row, std::less<>>;

  const Row* row_of(std::string_view family, std::string_view key) const;
  // `slack`: times the limits.
  Outcome change(std::uint64_t version, std::string_view family, std::string_view key,
                 const Value* value, std::size_t slack);
  Outcome set(std::uint64_t version, std::string_view family, std::string_view key,
              const Value& value, std::size_t slack);
  bool remove(std::string_view family, std::string_view key) noexcept;
  void remember(std::uint64_t version, std::string_view family, std::string_view key);
  void forget_last_change() noexcept;
  void forget_changes(std::uint64_t until) noexcept;

  std::map<std::string, Family, std::less<>> families_;  // none is empty
  std::size_t size_ = 0, bytes_ = 0, log_bytes_ = 0;
  std::uint64_t version_ = 0;
  std::uint64_t horizon_ = 0;  // changes up to this version are not known
  std::vector<Change> log_;    // from first_ on
  std::size_t first_ = 0;
};

}  // namespace aemp

#endif  // AEMP_MESH_ROWS_H
