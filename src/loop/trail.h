// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Trail: what ran since the loop last looked at the clock. Who runs the program's code notes it
// here, the newest last. (Cheaper than a clock read for each callback.)
#ifndef AEMP_LOOP_TRAIL_H
#define AEMP_LOOP_TRAIL_H

#include <cstddef>
#include <cstdint>

namespace aemp {

struct Trail {
  static constexpr std::size_t kSize = 64;
  struct Entry {
    const void* owner;
    std::uint64_t origin, serial;  // what the owner makes of them
  };
  void add(const void* owner, std::uint64_t origin, std::uint64_t serial) noexcept {
    Entry& entry = entries[count++ % kSize];
    entry.owner = owner;
    entry.origin = origin;
    entry.serial = serial;
  }
  bool empty() const noexcept { return count == 0; }
  const Entry* begin() const noexcept { return entries; }
  const Entry* end() const noexcept { return entries + (count < kSize ? count : kSize); }

  Entry entries[kSize];
  std::size_t count = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_TRAIL_H
