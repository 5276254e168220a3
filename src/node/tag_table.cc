// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/tag_table.h"

#include <cstring>

namespace aemp {
namespace {

std::uint64_t first_bytes(std::string_view text) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, text.data(), text.size() < 8 ? text.size() : 8);
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
  return scan(first_bytes(text), text, nullptr);
}

TagEntry* TagTable::find(const Port& port) const { return scan(port.hash(), {}, &port); }

std::size_t TagTable::bucket(std::uint64_t prefix, std::size_t size) const {
  std::uint64_t h = (prefix ^ (size * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
  return static_cast<std::size_t>(h >> 32) & (index_.size() - 1);
}

TagEntry* TagTable::scan(std::uint64_t prefix, std::string_view text, const Port* port) const {
  if (index_.empty()) {
    for (const auto& e : entries_) {
      if (matches(*e, prefix, text, port)) return e.get();
    }
    return nullptr;
  }
  for (std::size_t b = bucket(prefix, text.size()); index_[b] != 0;
       b = (b + 1) & (index_.size() - 1)) {
    TagEntry* e = entries_[index_[b] - 1].get();
    if (matches(*e, prefix, text, port)) return e;
  }
  return nullptr;
}

std::unique_ptr<TagEntry> TagTable::put(std::unique_ptr<TagEntry> entry) {
  const Port* port = entry->port ? &entry->port : nullptr;
  if (TagEntry* old = scan(entry->prefix, entry->text, port)) {
    for (auto& e : entries_) {
      if (e.get() == old) {
        e.swap(entry);
        return entry;
      }
    }
  }
  if (port != nullptr) ++ports_;
  entries_.push_back(std::move(entry));
  if (entries_.size() > kFew) rehash();
  return nullptr;
}

std::unique_ptr<TagEntry> TagTable::remove(const TagEntry* entry) {
  for (auto& e : entries_) {
    if (e.get() != entry) continue;
    std::unique_ptr<TagEntry> taken = std::move(e);
    e = std::move(entries_.back());
    entries_.pop_back();
    if (taken->port) --ports_;
    rehash();
    return taken;
  }
  return nullptr;
}

void TagTable::rehash() {
  index_.clear();
  if (entries_.size() <= kFew) return;
  std::size_t size = 32;
  while (size < entries_.size() * 2) size *= 2;
  index_.resize(size);
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    std::size_t b = bucket(entries_[i]->prefix, entries_[i]->text.size());
    while (index_[b] != 0) b = (b + 1) & (size - 1);
    index_[b] = i + 1;
  }
}

}  // namespace aemp
