// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// TagTable: the receivers of one port by tag. Few are found by length and first eight bytes, many
// by hash. Entries never move; one that is removed while its receiver runs stays until the end.
#ifndef AEMP_NODE_TAG_TABLE_H
#define AEMP_NODE_TAG_TABLE_H

#include <aemp/port.h>
#include <aemp/receiver.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/keyed_hash.h"

namespace aemp {

struct TagEntry {
  std::uint64_t prefix = 0;  // the first eight bytes of a text tag; Port::hash() of a port tag
  std::uint64_t hash = 0;    // by the table's key
  std::string text;
  Port port;  // empty for a text tag
  Receiver receiver;
};

class TagTable {
 public:
  explicit TagTable(const KeyedHash& hash) : hash_of_(hash) {}

  TagEntry* find(std::string_view text) const;
  TagEntry* find(const Port& port) const;
  bool has_ports() const { return ports_ != 0; }
  bool empty() const { return entries_.empty(); }

  // Adds the entry, or takes the one that it replaces out and returns it.
  // Throws std::bad_alloc.
  std::unique_ptr<TagEntry> put(std::unique_ptr<TagEntry> entry);
  std::unique_ptr<TagEntry> remove(const TagEntry* entry);

  static std::unique_ptr<TagEntry> make(std::string_view text, Receiver receiver);
  static std::unique_ptr<TagEntry> make(const Port& port, Receiver receiver);

 private:
  static constexpr std::size_t kFew = 12;
  static constexpr std::size_t kNone = SIZE_MAX;

  std::uint64_t hash(std::string_view text, const Port* port) const;
  std::size_t scan(std::uint64_t prefix, std::string_view text, const Port* port) const;
  std::size_t bucket(std::uint64_t hash) const;
  std::size_t slot_of(std::size_t at) const;
  void note(std::size_t at);
  void forget(std::size_t at);
  static std::size_t index_size(std::size_t entries);

  KeyedHash hash_of_;
  std::vector<std::unique_ptr<TagEntry>> entries_;
  std::vector<std::uint32_t> index_;  // power of two, entry + 1 or 0; empty while few
  std::size_t ports_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_TAG_TABLE_H
