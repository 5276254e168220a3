// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/rows.h"

#include <algorithm>
#include <utility>

#include "base/reserve.h"

namespace aemp {
namespace {

std::size_t weight(std::string_view family, std::string_view key, std::size_t value) {
  return family.size() + key.size() + value + kRowOverhead;
}

}  // namespace

const Rows::Row* Rows::row_of(std::string_view family, std::string_view key) const {
  const auto in = families_.find(family);
  if (in == families_.end()) return nullptr;
  const auto row = in->second.find(key);
  return row == in->second.end() ? nullptr : &row->second;
}

const OwnedValue* Rows::find(std::string_view family, std::string_view key) const {
  const Row* row = row_of(family, key);
  return row == nullptr ? nullptr : &row->value;
}

Rows::Outcome Rows::set(std::uint64_t version, std::string_view family, std::string_view key,
                        const Value& value, std::size_t slack) {
  OwnedValue copy(value);
  const std::size_t bytes = weight(family, key, copy.size_bytes());
  const auto in = families_.find(family);
  if (in != families_.end()) {
    if (const auto row = in->second.find(key); row != in->second.end()) {
      const std::size_t before = weight(family, key, row->second.value.size_bytes());
      if (bytes > before && bytes_ + (bytes - before) > slack * kMaxRowBytes) return Outcome::full;
      row->second = Row{std::move(copy), version};
      bytes_ = bytes_ + bytes - before;
      return Outcome::changed;
    }
  }
  if (size_ >= slack * kMaxRows || bytes_ + bytes > slack * kMaxRowBytes) return Outcome::full;
  if (in != families_.end()) {
    in->second.emplace(std::string(key), Row{std::move(copy), version});
  } else {
    Family first;
    first.emplace(std::string(key), Row{std::move(copy), version});
    families_.emplace(std::string(family), std::move(first));
  }
  ++size_;
  bytes_ += bytes;
  return Outcome::changed;
}

bool Rows::remove(std::string_view family, std::string_view key) noexcept {
  const auto in = families_.find(family);
  if (in == families_.end()) return false;
  const auto row = in->second.find(key);
  if (row == in->second.end()) return false;
  bytes_ -= weight(family, key, row->second.value.size_bytes());
  --size_;
  in->second.erase(row);
  if (in->second.empty()) families_.erase(in);
  return true;
}

void Rows::remember(std::uint64_t version, std::string_view family, std::string_view key) {
  if (first_ == log_.size()) {
    log_.clear();
    first_ = 0;
  }
  reserve_one(log_);
  log_.push_back({version, {std::string(family), std::string(key)}});
  log_bytes_ += weight(family, key, 0);
}

void Rows::forget_last_change() noexcept {
  log_bytes_ -= weight(log_.back().name.family, log_.back().name.key, 0);
  log_.pop_back();
}

void Rows::forget_changes(std::uint64_t until) noexcept {
  for (; first_ < log_.size() && log_[first_].version <= until; ++first_) {
    log_bytes_ -= weight(log_[first_].name.family, log_[first_].name.key, 0);
  }
  horizon_ = std::max(horizon_, until);
  if (first_ * 2 <= log_.size()) return;
  log_.erase(log_.begin(), log_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

bool Rows::has_few_changes_since(std::uint64_t version) const {
  if (!knows_changes_since(version)) return false;
  std::size_t bytes = 0;
  changes_since(version, [&](std::uint64_t, const RowName& name, const OwnedValue* value) {
    bytes += weight(name.family, name.key, value == nullptr ? 0 : value->size_bytes());
  });
  return bytes <= kMaxChanges;
}

Rows::Outcome Rows::put(std::string_view family, std::string_view key, const Value& value) {
  const OwnedValue* before = find(family, key);
  if (before != nullptr && before->view() == value) return Outcome::same;
  return change(version_ + 1, family, key, &value, 1);
}

bool Rows::erase(std::string_view family, std::string_view key) {
  return find(family, key) != nullptr &&
         change(version_ + 1, family, key, nullptr, 1) == Outcome::changed;
}

Rows::Outcome Rows::apply(std::uint64_t version, std::string_view family, std::string_view key,
                          const Value* value) {
  const Outcome outcome = change(version, family, key, value, kCopySlack);
  if (outcome == Outcome::full) complete(version);
  return outcome;
}

Rows::Outcome Rows::change(std::uint64_t version, std::string_view family, std::string_view key,
                           const Value* value, std::size_t slack) {
  Outcome outcome = Outcome::same;
  remember(version, family, key);
  try {
    if (value != nullptr) {
      outcome = set(version, family, key, *value, slack);
    } else if (remove(family, key)) {
      outcome = Outcome::changed;
    }
  } catch (...) {
    forget_last_change();
    throw;
  }
  if (outcome == Outcome::full) {
    forget_last_change();
    return outcome;
  }
  version_ = version;
  const std::size_t most = std::clamp(size_, kLeastLog, kMostLog);
  if (log_.size() - first_ > most) forget_changes(log_[log_.size() - most - 1].version);
  return outcome;
}

Rows::Outcome Rows::fill(std::string_view family, std::string_view key, const Value& value) {
  const OwnedValue* before = find(family, key);
  if (before != nullptr && before->view() == value) return Outcome::same;
  return set(0, family, key, value, kCopySlack);
}

void Rows::drop(std::string_view family, std::string_view key) { remove(family, key); }

void Rows::complete(std::uint64_t version) noexcept {
  version_ = version;
  log_.clear();
  first_ = 0;
  log_bytes_ = 0;
  horizon_ = version;
}

}  // namespace aemp
