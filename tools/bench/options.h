// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command line of aemp-bench. Parsing is pure: no output, no exit. Bad options throw
// UsageError, whose text names the culprit and what was expected; main() turns that into exit
// status 2.
#ifndef AEMP_BENCH_OPTIONS_H
#define AEMP_BENCH_OPTIONS_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace bench {

enum class Workload { kPingpong, kFlood, kLocal, kPorts, kMonitors, kSim, kAll };
enum class Transport { kTcp, kUnix };

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Options {
  Workload workload = Workload::kAll;
  bool floor_only = false;
  Transport transport = Transport::kTcp;
  bool pin = false;                 // one processor for each process
  bool spin = false;                // pingpong: only the spinning variant
  bool json = false;                // one object per line instead of the table
  bool help = false;                // print help_text() and leave
  std::uint32_t pairs = 3;          // floor and aemp runs of each case, alternating
  std::optional<std::size_t> size;  // payload bytes; unset = the workload's own sizes
  std::optional<std::uint64_t> n;   // messages (ports, round trips); unset = the workload's own
};

[[nodiscard]] Options parse_options(int argc, const char* const* argv);
[[nodiscard]] std::string_view help_text();

}  // namespace bench

#endif  // AEMP_BENCH_OPTIONS_H
