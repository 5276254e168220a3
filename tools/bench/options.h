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
#include <string>
#include <string_view>

namespace bench {

enum class Workload {
  kPingpong,
  kFlood,
  kHandshake,
  kIdle,
  kLocal,
  kPorts,
  kMonitors,
  kSim,
  kAll,
  kCrypto,  // not one of all
};
enum class Transport { kTcp, kUnix };
// What the two ends of a link prove to each other: nothing, that they have a secret (suite 1), a
// key each (suite 2), or both (suite 3). But for the first, links are encrypted.
enum class Secure { kPlain, kSecret, kKey, kBoth };

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
  std::string svg;                  // a file for a picture of the results; empty: none
  bool help = false;                // print help_text() and leave
  std::uint32_t pairs = 3;          // floor and aemp runs of each case, alternating
  std::optional<Secure> secure;     // beside plain; unset = the workload's own choice
  std::optional<std::size_t> size;  // payload bytes; unset = the workload's own sizes
  std::optional<std::uint64_t> n;   // messages (ports, round trips); unset = the workload's own
};

[[nodiscard]] Options parse_options(int argc, const char* const* argv);
[[nodiscard]] std::string_view name_of(Secure secure);  // "plain" and so on
[[nodiscard]] std::string_view help_text();

}  // namespace bench

#endif  // AEMP_BENCH_OPTIONS_H
