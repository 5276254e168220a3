// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Checker: tells the Oracle of the simulator what the histories of real processes say.
#ifndef AEMP_TEST_CHAOS_CHECKER_H
#define AEMP_TEST_CHAOS_CHECKER_H

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "chaos/history.h"
#include "sim/oracle.h"
#include "sim/totals.h"

namespace aemp::chaos {

struct Verdict {
  std::vector<std::string> violations;   // of the first event that violated anything
  std::vector<std::string> last_events;  // of those concerned, up to that one
  story::Totals totals;
};

Verdict check(const std::vector<Record>& records);

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_CHECKER_H
