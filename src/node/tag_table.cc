// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/tag_table.h"

#include <cstring>
#include <utility>

#include "base/reserve.h"

namespace aemp {
namespace {

std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t prefix = 0;
  if (!text.empty()) std::memcpy(&prefix, text.data(), text.size() < 8 ? text.size() : 8);
  return prefix;
}

bool matches(const TagEntry& e, std::uint64_t prefix, std::string_view text, const Port* port) {
  if (e.prefix != prefix) return false;
  if (port != nullptr) return e.port == *port;
  return !e.port && e.text.size() == text.size() &&
         (text.size() <= 8 || std::memcmp(e.text.data(), text.data(), text.size()) == 0);
}

}  // namespace

std::unique_ptr<TagEntry> TagTable::make(std::string_view text, Receiver receiver) {
  auto entry = std::make_unique<TagEntry>();
  entry->prefix = first_bytes(text);
  entry->text = text;
  entry->receiver = std::move(receiver);
  return entry;
}

std::unique_ptr<TagEntry> TagTable::make(const Port& port, Receiver receiver) {
  auto entry = std::make_unique<TagEntry>();
  entry->prefix = port.hash();
  entry->port = port;
  entry->receiver = std::move(receiver);
  return entry;
}

TagEntry* TagTable::find(std::string_view text) const {
  const std::size_t at = scan(first_bytes(text), text, nullptr);
  return at == kNone ? nullptr : entries_[at].get();
}

TagEntry* TagTable::find(const Port& port) const {
  const std::size_t at = scan(port.hash(), {}, &port);
  return at == kNone ? nullptr : entries_[at].get();
}

std::size_t TagTable::bucket(std::uint64_t hash) const {
  return static_cast<std::size_t>(hash) & (index_.size() - 1);
}

std::uint64_t TagTable::hash(std::string_view text, const Port* port) const {
  if (port == nullptr) return hash_of_(text);
  // By the text of the names: equal ones may be different records, and their own hash has no key.
  const std::uint64_t name = hash_of_(hash_of_(port->node()), hash_of_(port->name()->alias));
  return hash_of_(name, hash_of_(port->origin(), port->serial()));
}

// The place in entries_, kNone when there is none.
std::size_t TagTable::scan(std::uint64_t prefix, std::string_view text, const Port* port) const {
  if (index_.empty()) {
    for (std::size_t at = 0; at < entries_.size(); ++at) {
      if (matches(*entries_[at], prefix, text, port)) return at;
    }
    return kNone;
  }
  for (std::size_t b = bucket(hash(text, port)); index_[b] != 0;
       b = (b + 1) & (index_.size() - 1)) {
    if (matches(*entries_[index_[b] - 1], prefix, text, port)) return index_[b] - 1;
  }
  return kNone;
}

std::unique_ptr<TagEntry> TagTable::put(std::unique_ptr<TagEntry> entry) {
  const bool is_port = static_cast<bool>(entry->port);
  const std::size_t old = scan(entry->prefix, entry->text, is_port ? &entry->port : nullptr);
  if (old != kNone) {
    entry->hash = entries_[old]->hash;
    entries_[old].swap(entry);
    return entry;
  }
  entry->hash = hash(entry->text, is_port ? &entry->port : nullptr);
  const std::size_t size = entries_.size() + 1;
  const bool grows = size > kFew && size * 2 > index_.size();
  reserve_one(entries_);
  std::vector<std::uint32_t> index(grows ? index_size(size) : 0);
  if (is_port) ++ports_;
  entries_.push_back(std::move(entry));
  if (grows) {
    index_.swap(index);
    for (std::size_t at = 0; at < size; ++at) note(at);
  } else if (!index_.empty()) {
    note(entries_.size() - 1);
  }
  return nullptr;
}

std::unique_ptr<TagEntry> TagTable::remove(const TagEntry* entry) {
  const std::size_t at = scan(entry->prefix, entry->text, entry->port ? &entry->port : nullptr);
  if (at == kNone) return nullptr;
  const std::size_t last = entries_.size() - 1;
  if (!index_.empty()) {
    forget(at);
    // The last one moves to its place.
    if (last != at) index_[slot_of(last)] = static_cast<std::uint32_t>(at + 1);
  }
  std::unique_ptr<TagEntry> taken = std::exchange(entries_[at], std::move(entries_[last]));
  entries_.pop_back();
  if (taken->port) --ports_;
  if (entries_.size() <= kFew) index_.clear();
  return taken;
}

// Where in index_ an entry is noted.
std::size_t TagTable::slot_of(std::size_t at) const {
  std::size_t b = bucket(entries_[at]->hash);
  while (index_[b] != at + 1) b = (b + 1) & (index_.size() - 1);
  return b;
}

void TagTable::note(std::size_t at) {
  std::size_t b = bucket(entries_[at]->hash);
  while (index_[b] != 0) b = (b + 1) & (index_.size() - 1);
  index_[b] = static_cast<std::uint32_t>(at + 1);
}

// Takes an entry out of index_ and closes the gap.
void TagTable::forget(std::size_t at) {
  const std::size_t mask = index_.size() - 1;
  std::size_t gap = slot_of(at);
  for (std::size_t b = (gap + 1) & mask; index_[b] != 0; b = (b + 1) & mask) {
    // One whose own bucket lies behind the gap stays where it is.
    if (((b - bucket(entries_[index_[b] - 1]->hash)) & mask) < ((b - gap) & mask)) continue;
    index_[gap] = index_[b];
    gap = b;
  }
  index_[gap] = 0;
}

std::size_t TagTable::index_size(std::size_t entries) {
  std::size_t size = 32;
  while (size < entries * 3) size *= 2;
  return size;
}

}  // namespace aemp
