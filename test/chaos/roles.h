// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Roles: what the processes of a chaos run are. Each hears commands on its standard input, one a
// line, says what has come of them on its standard output, and ends when the input does.
#ifndef AEMP_TEST_CHAOS_ROLES_H
#define AEMP_TEST_CHAOS_ROLES_H

#include <aemp/aemp.h>

#include <cstdint>
#include <string>
#include <vector>

namespace aemp::chaos {

// One node. Says "ready ADDRESS..." and, whenever that changes, "all 1" (it sees all others up) or
// "all 0"; hears:
//   hush     does nothing more of its own accord
//   finish   nothing new is begun, and all its ports die; says "settled" when nothing is pending
//   ask      calls all others; says "asked" when all have answered, "unasked WHY" if one did not
//   leave    leaves and ends
struct NodeRole {
  std::string history;  // the file
  int life = 0;
  std::uint64_t seed = 0;
  bool acts = true;
  std::string id;
  int heartbeat_ms = 0, monitor_ms = 0;
  std::uint64_t max_message = 0, queue_limit = 0;
  std::vector<std::string> names, binds, seeds;

  std::vector<std::string> argv() const;
  explicit NodeRole(const std::vector<std::string>& argv);
  NodeRole() = default;
};
int play_node(const NodeRole& role);

// Stands between pairs of nodes. A path from i to j is an address that i dials when it wants j.
// Says "ready ADDRESS..." in the order of its arguments; hears, and answers each with "ok":
//   target J TCP UNIX   where J really listens
//   cut I J HOW         both, reset, dialler or target; see Cut
//   pause|swallow|refuse I J 0|1   in both directions
//   deaf I J 0|1        what I says is thrown away, what J says is not
//                       (the end of this, or of swallow, resets the connections)
// All but `target` go for both paths, I to J and J to I.
struct PathRole {
  int from = 0, to = 0;
  std::string listen;
};
std::vector<std::string> relay_argv(const std::vector<PathRole>& paths);
int play_relay(const std::vector<std::string>& argv);

// Calls f for every line of standard input, and stops the loop at its end.
Watch hear_lines(Loop& loop, detail::Function<void(const std::string&)> f);
void say_line(const std::string& line);

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_ROLES_H
