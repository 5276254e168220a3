// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NameTable: the node names a node has met, each as one shared record, so that ports are decoded
// without allocating.
//
// Holds a reference on every record; those that nobody else holds are swept before the table
// grows, so that its size follows the names in use. Belongs to one thread. Nothing depends on the
// order of the slots.
#ifndef AEMP_BASE_NAME_TABLE_H
#define AEMP_BASE_NAME_TABLE_H

#include <aemp/port.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/keyed_hash.h"

namespace aemp::detail {

class NameTable {
 public:
  // `key`: random bits that no other node knows; anything where only the program chooses names.
  explicit NameTable(std::uint64_t key = 0) noexcept : hash_of_(key) {}
  ~NameTable();
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  // The record of a node name, without alias. Borrowed: ref() it to keep it, at the latest before
  // the next intern().
  Name* intern(std::string_view node) {
    if (last_ != nullptr && last_->node == node) return last_;
    return find_or_add(node);
  }
  std::size_t size() const noexcept { return used_; }
  // Drops the records that nobody else holds.
  void sweep();

 private:
  struct Slot {
    std::uint64_t hash;
    Name* name;
  };

  Name* find_or_add(std::string_view node);
  Slot* slot_for(std::uint64_t hash, std::string_view node) noexcept;
  void make_room();
  void rebuild(std::size_t capacity);
  void move_to(std::vector<Slot>& fresh) noexcept;

  KeyedHash hash_of_;
  Name* last_ = nullptr;
  std::size_t used_ = 0;
  std::vector<Slot> slots_;  // open addressing, a power of two of them, at most 3/4 used
};

}  // namespace aemp::detail

#endif  // AEMP_BASE_NAME_TABLE_H
