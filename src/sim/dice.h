// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Dice: a small generator (SplitMix64), the same everywhere.
#ifndef AEMP_SIM_DICE_H
#define AEMP_SIM_DICE_H

#include <cstddef>
#include <cstdint>

#include "base/keyed_hash.h"

namespace aemp::sim {

using aemp::mix64;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept { return mix64(state_ += 0x9e3779b97f4a7c15u); }
  // 0 ... n - 1
  std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_DICE_H
