// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The reason of what dies, or is told, when memory was refused for the reason that it should have.
#ifndef AEMP_NODE_NO_MEMORY_H
#define AEMP_NODE_NO_MEMORY_H

#include <aemp/value.h>

#include <cstdint>
#include <new>

namespace aemp {

// ["no_memory", "out of memory"], in static storage.
inline Message no_memory() noexcept {
  static constexpr char kItems[] =
      "\x69"
      "no_memory"
      "\x6d"
      "out of memory";
  return Message(reinterpret_cast<const std::uint8_t*>(kItems), sizeof kItems - 1);
}

// Calls use(reason) with what make() returns, an OwnedMessage, or with no_memory().
template <class Make, class Use>
void with_reason(Make&& make, Use&& use) {
  OwnedMessage made;
  bool refused = false;
  try {
    made = make();
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  use(refused ? no_memory() : Message(made));
}

}  // namespace aemp

#endif  // AEMP_NODE_NO_MEMORY_H
