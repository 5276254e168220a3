// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A node's figures, see <aemp/stats.h>.
#include <string>
#include <string_view>
#include <utility>

#include "node/core.h"

namespace aemp {
namespace {

constexpr std::size_t kMostSlow = 8;  // that are named
constexpr std::string_view kPort = "port ";

void add_loop(const LoopFigures& loop, Stats& s) {
  static_assert(Stats::kTurnTimes == LoopFigures::kTimes);
  for (std::size_t i = 0; i < Stats::kTurnTimes; ++i) {
    s.loop_turn_times[i] = loop.turns[i];
    s.loop_turns += loop.turns[i];
  }
  s.loop_busy = std::chrono::nanoseconds(loop.busy);
  s.loop_lag = std::chrono::nanoseconds(loop.lag);
  s.loop_lag_max = std::chrono::nanoseconds(loop.most_lag);
}

}  // namespace

Stats NodeCore::stats() const {
  Stats s;
  s.ports = ports.living();
  s.monitors = monitors->count();
  s.local_messages = dispatcher.delivered;
  s.run_queue_bytes = reactor.jobs().queued_bytes();
  network.fill(s);
  if (directory != nullptr) directory->fill(s);
  if (channels != nullptr) channels->fill(s);
  // Entries that stand for other nodes' monitors are not this node's own.
  s.monitors -= s.watchers;
  s.local_messages -= dispatcher.delivered_remote;
  add_loop(reactor.figures(), s);
  s.slowest = slowest_;
  s.slowest_time = std::chrono::nanoseconds(slowest_time_);
  s.slowest_callbacks = slowest_callbacks_;
  return s;
}

// `slow`: as they are logged, "port ID" or a function.
void NodeCore::note_slowest(Nanos took, std::size_t callbacks,
                            const std::vector<std::string>& slow) {
  if (took <= slowest_time_) return;
  std::string names;
  std::size_t left = kMostSlow;
  for (const std::string& culprit : slow) {
    if (left-- == 0) break;
    if (!names.empty()) names += ", ";
    names += culprit.c_str() + (culprit[0] == 'p' ? kPort.size() : 0);
  }
  if (names.empty()) names = "outside of ports";
  slowest_ = std::move(names);
  slowest_time_ = took;
  slowest_callbacks_ = callbacks;
}

}  // namespace aemp
