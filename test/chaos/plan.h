// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Plan: which nodes there are in a round, what connects them, and what befalls them when. A
// function of the seed alone.
#ifndef AEMP_TEST_CHAOS_PLAN_H
#define AEMP_TEST_CHAOS_PLAN_H

#include <cstdint>
#include <string>
#include <vector>

namespace aemp::chaos {

// What is between two nodes: the relay, or nothing.
enum class Between : std::uint8_t { relay_tcp, relay_unix, tcp, local };

enum class FaultKind : std::uint8_t {
  kill,
  leave,
  start,  // under the same ID
  stop,
  go_on,
  reset,
  end,            // of connections, both ends
  one_way_reset,  // one end notices
  stall,
  swallow,  // the relay is a black hole
  deaf,     // in one direction
  refuse,
  lose_packets,
  black_hole,  // of the kernel
};
const char* word(FaultKind kind);

struct Fault {
  std::int64_t at_ms = 0;
  FaultKind kind = FaultKind::kill;
  int a = 0, b = 0;  // nodes; b of faults between two
  bool on = true;    // false: it is over
};

struct Plan {
  explicit Plan(std::uint64_t seed);

  int nodes = 0;
  std::vector<std::vector<Between>> between;  // [i][j] = [j][i]
  std::vector<Fault> faults;                  // in time
  std::int64_t length_ms = 0;
};

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_PLAN_H
