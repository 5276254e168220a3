// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// PortTable: the living ports of a node. Home ports are found by index with the serial checked,
// spawned ones (named by their spawner) through a map.
//
//   serial of a home port:   generation (32 bits) << 26 | slot index (1 ...)
//
// A slot whose generations are used up is retired, so that a name is never given twice. Slots lie
// in slabs that never move, the first ones small since most of many nodes have few ports; a row is
// a 16th part of a slab or less, so that one table of rows finds them all:
//
//   rows:   | 0 | 1 | 2 | 3 | 4 ...       slabs: 16 slots, 16, 32, 64, ... 1024, 1024, ...
#ifndef AEMP_NODE_PORT_TABLE_H
#define AEMP_NODE_PORT_TABLE_H

#include <aemp/receiver.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.h"
#include "node/tag_table.h"

namespace aemp {

struct MonitorList;

// A port's name without the node: origin and serial.
struct PortKey {
  std::uint64_t origin;
  std::uint64_t serial;
  bool operator==(const PortKey&) const = default;
};

// Keyed, since peers choose the serials of the ports that they spawn.
struct PortKeyHash {
  explicit PortKeyHash(std::uint64_t key) : hash(key) {}
  std::size_t operator()(const PortKey& port) const noexcept {
    return static_cast<std::size_t>(hash(port.origin, port.serial));
  }
  KeyedHash hash;
};

// What only ports with tags, spawned ports and ports in unusual states pay for.
struct PortExtra {
  explicit PortExtra(const KeyedHash& hash) : tags(hash) {}

  TagTable tags;
  std::optional<PortKey> spawned;  // the name given by the spawner
  bool silent = false;             // its death is never logged
};

struct PortSlot {
  std::uint64_t serial = 0;  // 0: no living port
  Receiver receiver;
  MonitorList* monitors = nullptr;
  std::unique_ptr<PortExtra> extra;
  std::uint32_t generation = 0;
  std::uint16_t running = 0;  // how often one of its receivers or its context is on the stack
  bool replaced = false;      // a new default receiver waits for the running one to return
  bool in_use = false;        // living, or dead with a receiver still on the stack
};
static_assert(sizeof(PortSlot) <= 64);

class PortTable {
 public:
  static constexpr unsigned kIndexBits = 26;

  // `key`: see KeyedHash.
  PortTable(std::uint64_t incarnation, std::uint64_t key);

  // A new living port. Throws Error(system) when all slots are taken (67 million).
  PortSlot& create();
  PortSlot& create_spawned(PortKey name);  // the name must be free

  // The living port, or null.
  PortSlot* at(std::uint64_t serial) const {
    std::uint64_t index = serial & kIndexMask;
    if (index >= end_) return nullptr;
    PortSlot& found = slot(static_cast<std::uint32_t>(index));
    return found.serial == serial && serial != 0 ? &found : nullptr;
  }
  PortSlot* find(PortKey key) const;
  PortKey key(const PortSlot& slot) const {
    return slot.extra && slot.extra->spawned ? *slot.extra->spawned
                                             : PortKey{incarnation_, slot.serial};
  }

  // The slot's extra, made if there is none yet.
  PortExtra& extra(PortSlot& slot);

  // Ends the name: from here on the port is not found. The slot keeps receiver and extra until
  // release().
  void unname(PortSlot& slot);
  void release(std::uint32_t index);
  static std::uint32_t index_of(std::uint64_t serial) {
    return static_cast<std::uint32_t>(serial & kIndexMask);
  }
  PortSlot& slot(std::uint32_t index) const { return rows_[index >> kRowBits][index & kRowMask]; }

  std::uint64_t living() const { return living_; }
  std::uint32_t end() const { return end_; }  // indexes 1 ... end() - 1 have been used

 private:
  void add_slab();

  static constexpr unsigned kRowBits = 4;
  static constexpr std::uint32_t kRowMask = (1u << kRowBits) - 1;
  static constexpr std::size_t kMaxSlab = 1024;
  static constexpr std::uint64_t kIndexMask = (1u << kIndexBits) - 1;

  std::uint64_t incarnation_;
  std::vector<PortSlot*> rows_;
  std::vector<std::unique_ptr<PortSlot[]>> slabs_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 1;
  std::uint64_t living_ = 0;
  PortKeyHash hash_;
  std::unordered_map<PortKey, std::uint32_t, PortKeyHash> spawned_;
};

}  // namespace aemp

#endif  // AEMP_NODE_PORT_TABLE_H
