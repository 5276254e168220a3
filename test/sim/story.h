// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A story: a network of 2 to 50 nodes, what they do and what befalls them, all drawn from a seed;
// then peace, in which everything must come right; then the end, after which nothing may be left.
#ifndef AEMP_TEST_SIM_STORY_H
#define AEMP_TEST_SIM_STORY_H

#include <cstdint>
#include <string>
#include <vector>

#include "sim/life.h"
#include "sim/totals.h"

namespace aemp::story {

struct Outcome {
  std::vector<std::string> violations;  // none: all is well
  std::uint64_t history = 0;
  std::uint64_t events = 0;
  Totals totals;
};

// `narrate`, if not empty, is told everything.
Outcome play(std::uint64_t seed, detail::Function<void(const std::string&)> narrate = {});

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_STORY_H
