// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Stillborn: why spawned ports died in the very call that was to set them up. Whoever spawned one
// may monitor it at once and is to hear that reason, but its request may come when the port is gone
// already. The newest are kept, of one spawner, in bounded memory.
#ifndef AEMP_NODE_STILLBORN_H
#define AEMP_NODE_STILLBORN_H

#include <aemp/value.h>

#include <cstddef>
#include <list>

#include "node/port_table.h"
#include "node/settings.h"

namespace aemp {

class Stillborn {
 public:
  static constexpr std::size_t kMost = 1024;                 // ports
  static constexpr std::size_t kMostBytes = 2 * kMaxReason;  // of their reasons

  // Throws std::bad_alloc.
  void add(PortKey port, OwnedMessage reason);
  // Null: not one that is remembered. Valid until the next add().
  const OwnedMessage* find(PortKey port) const;
  void clear() noexcept;

 private:
  struct Entry {
    PortKey port;
    OwnedMessage reason;
  };
  void drop_oldest() noexcept;

  std::list<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_STILLBORN_H
