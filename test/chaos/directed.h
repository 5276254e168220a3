// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What is promised about time, with real processes and the real clock: a peer that is in a black
// hole is reported within its heartbeat_timeout and a second; one that is stopped for half of it is
// not. Judged by what the processes wrote down, less the time that they themselves were late.
#ifndef AEMP_TEST_CHAOS_DIRECTED_H
#define AEMP_TEST_CHAOS_DIRECTED_H

#include <string>
#include <vector>

#include "chaos/private_net.h"

namespace aemp::chaos {

struct Directed {
  std::vector<std::string> wrong;
  std::vector<std::string> told;  // what was measured
};

// In directories of their own below that one.
Directed report_black_holes(const std::string& directory, PrivateNet& net);
Directed forgive_a_stop(const std::string& directory);

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_DIRECTED_H
