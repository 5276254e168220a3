// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a workload is made of. Each case is run in two variants, a hand-written floor and aemp, that
// do the same work and report in the same units; a variant is one role, or two roles in two
// processes.
#ifndef AEMP_BENCH_WORKLOAD_H
#define AEMP_BENCH_WORKLOAD_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "options.h"

namespace bench {

class Talk;

// How a side of pingpong waits for the next message: asleep, or asking for it over and over. The
// floor has two ways to ask; aemp spins in its own way for both.
enum class Spin { kNo, kReceive, kPoll };

// For a run, whose processes get them with their Task.
struct Credentials {
  std::string secret;
  std::string server_key;  // private ones
  std::string client_key;
};

struct Task {
  Transport transport = Transport::kTcp;
  Secure secure = Secure::kPlain;
  Credentials credentials;
  Spin spin = Spin::kNo;
  std::size_t size = 0;            // payload bytes, 0 = the workload has no choice
  std::uint64_t n = 0;             // messages, ports or round trips that are measured
  std::uint64_t warm = 0;          // as many before them that are not
  std::chrono::seconds limit{60};  // a run that takes longer has failed
};

// One process: the messages of a batch are sent, or ports killed, before the first of them is
// handled. n and warm are multiples of it.
inline constexpr std::uint64_t kLocalBatch = 1000;
inline constexpr std::uint64_t kMonitorBatch = 1000;
inline constexpr std::size_t kLocalPayload = 16;
// A simulated network: so many nodes, each of which sends a message each time that so much virtual
// time has passed. n and warm are multiples of the nodes.
inline constexpr std::uint64_t kSimNodes = 1000;
inline constexpr std::chrono::nanoseconds kSimPause{10'000'000};

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

// What one role found out; the server of a pair reports its allocations only.
struct Report {
  double p50_ns = kNotMeasured;
  double p99_ns = kNotMeasured;
  double p999_ns = kNotMeasured;
  double msgs_per_s = kNotMeasured;
  double mb_per_s = kNotMeasured;        // 1 MB = 10^6 bytes of payload
  double bytes_per_port = kNotMeasured;  // resident; sim: per node, idle: per link
  double heap_per_port = kNotMeasured;
  double allocs = kNotMeasured;  // while the n were measured; warm-up excluded
};

// Runs in a process of its own. Throws when something went wrong or the result is not what it must
// be.
using Role = Report (*)(const Task&, Talk&);

struct Variant {
  Role client = nullptr;  // the one that measures
  Role server = nullptr;  // its counterpart, in another process; null = there is none
};

// How x_floor is formed from the two reports of a pair.
enum class Ratio { kP50, kRate, kTime, kBytes };

struct Case {
  std::string name;
  Task task;
  Ratio ratio;
  Variant floor;
  Variant aemp;                 // both null: only the floor is run
  std::vector<Secure> secures;  // aemp is run with each of them
};

[[nodiscard]] std::vector<Case> make_cases(const Options& options);

}  // namespace bench

#endif  // AEMP_BENCH_WORKLOAD_H
