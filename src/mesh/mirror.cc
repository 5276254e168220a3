// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/mirror.h"

#include <utility>

#include "mesh/rows.h"

namespace aemp {

// Before the row changes.
void Mirror::note(std::string_view key) {
  if (before_.contains(key)) return;
  const auto row = contents_->rows.find(key);
  before_.emplace(std::string(key), row == contents_->rows.end()
                                        ? std::nullopt
                                        : std::optional<OwnedValue>(row->second));
}

void Mirror::put(std::string_view key, const Value& value) {
  DbRows& rows = contents_->rows;
  const auto row = rows.find(key);
  if (row != rows.end() && row->second.view() == value) return;
  OwnedValue copy(value);
  note(key);
  const std::size_t bytes = copy.size_bytes();
  if (row != rows.end()) {
    bytes_ -= row->second.size_bytes();
    row->second = std::move(copy);
  } else {
    rows.emplace(std::string(key), std::move(copy));
    bytes_ += key.size() + kRowOverhead;
  }
  bytes_ += bytes;
}

void Mirror::erase(std::string_view key) {
  const auto row = contents_->rows.find(key);
  if (row == contents_->rows.end()) return;
  note(key);
  bytes_ -= row->first.size() + row->second.size_bytes() + kRowOverhead;
  contents_->rows.erase(row);
}

void Mirror::put_range(const std::optional<std::string>& after,
                       const std::optional<std::string>& last, const Message& rows) {
  const DbRows& have = contents_->rows;
  std::vector<std::string> gone;
  auto old = after ? have.upper_bound(*after) : have.begin();
  const auto skip_to = [&](const std::string_view* key) {
    for (; old != have.end() && (key == nullptr || old->first < *key); ++old) {
      if (last && old->first > *last) return;
      gone.push_back(old->first);
    }
    if (key != nullptr && old != have.end() && old->first == *key) ++old;
  };
  for (const Value row : rows) {
    const auto key = row[0].as<std::string_view>();
    skip_to(&key);
  }
  skip_to(nullptr);
  for (const std::string& key : gone) erase(key);
  for (const Value row : rows) put(row[0].as<std::string_view>(), row[1]);
}

Mirror::Difference Mirror::take() {
  Difference difference;
  for (const auto& [key, before] : before_) {
    const auto row = contents_->rows.find(key);
    if (row == contents_->rows.end()) {
      if (before) difference.deleted.push_back(key);
    } else if (!before) {
      difference.added.push_back(key);
    } else if (!(row->second == *before)) {
      difference.changed.push_back(key);
    }
  }
  before_.clear();
  return difference;
}

}  // namespace aemp
