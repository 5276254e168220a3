// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Two nodes that dial each other, in every order in which what they send can arrive, with at most
// one fault at every point: "Who may connect" and the epochs, to the depth that is asked for.
#ifndef AEMP_TEST_SIM_EXPLORE_H
#define AEMP_TEST_SIM_EXPLORE_H

#include <aemp/detail/function.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aemp::story {

enum class Fault : std::uint8_t { none, reset, one_way_reset, crash, vanish, cut, leave };

struct Exploration {
  Fault fault = Fault::none;
  std::size_t depth = 64;  // arrivals whose order is chosen, and behind which a fault may come
  std::size_t after = 2;   // of those, arrivals behind the fault
  std::uint64_t seed = 1;  // also says which incarnation is the smaller
  std::size_t most = 0;    // runs; 0 = all there are
};

struct Explored {
  std::size_t runs = 0;
  std::size_t deepest = 0;  // choices in one run
  bool complete = false;    // all orders to that depth
  bool a_smaller = false;
  std::vector<std::string> violations;  // of the first run that had any, and its choices
};

// `narrate`, if not empty, is told everything; for one run only.
Explored explore(const Exploration& what, std::vector<std::size_t> choices = {},
                 detail::Function<void(const std::string&)> narrate = {});

// Everything there is without a fault, and to that depth with each; one line each to `lines`. False
// if anything was violated, or not all orders were there.
bool explore_all(std::size_t depth, std::vector<std::string>& lines);

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_EXPLORE_H
