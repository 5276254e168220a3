// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// LoopFigures: how a loop did since it was made, see Stats. Made of what the loop reads anyway.
#ifndef AEMP_LOOP_FIGURES_H
#define AEMP_LOOP_FIGURES_H

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/nanos.h"

namespace aemp {

struct LoopFigures {
  static constexpr std::size_t kTimes = 24;
  // By the binary logarithm of microseconds, rounded up.
  void add_turn(Nanos took) noexcept {
    busy += took;
    const auto whole = static_cast<std::uint64_t>(took > 0 ? took - 1 : 0) / kMicrosecond;
    ++turns[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(whole)), kTimes - 1)];
  }
  void add_lag(Nanos late) noexcept {
    lag = late;
    most_lag = std::max(most_lag, late);
  }

  std::uint64_t turns[kTimes] = {};
  Nanos busy = 0, lag = 0, most_lag = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_FIGURES_H
