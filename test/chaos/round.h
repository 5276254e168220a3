// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Round: a few nodes, each in a process of its own, what they do and what befalls them for some
// seconds, planned from a seed; then peace, in which everything must come right; then the end. What
// their histories say is judged by the rules of the simulator.
#ifndef AEMP_TEST_CHAOS_ROUND_H
#define AEMP_TEST_CHAOS_ROUND_H

#include <cstdint>
#include <string>
#include <vector>

#include "chaos/checker.h"
#include "chaos/private_net.h"

namespace aemp::chaos {

struct RoundOptions {
  std::uint64_t seed = 1;
  std::string directory;  // an empty one, for sockets and histories
  PrivateNet* net = nullptr;
  bool tells = false;  // every fault as it happens
};

// Throws std::runtime_error when the system refuses what is needed.
Verdict play_round(const RoundOptions& options);

// What must have happened in some rounds; where the network can lose packets, that too.
std::vector<std::string> needed_in_rounds(const PrivateNet& net);

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_ROUND_H
