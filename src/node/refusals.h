// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Refusals: the connections that came and never became links: how many, why, and a line per second
// about them.
#ifndef AEMP_NODE_REFUSALS_H
#define AEMP_NODE_REFUSALS_H

#include <aemp/stats.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "loop/timer_heap.h"
#include "node/sources.h"

namespace aemp {

class NodeCore;

// See Stats.
enum class Refusal : std::uint8_t {
  crowded,
  source_crowded,
  over_rate,
  blocked,
  failed,
  timed_out,
  x25519,
  descriptors,
  lost,
  declined,
};

class Refusals final : public TimerNode {
 public:
  explicit Refusals(NodeCore& core) noexcept : core_(core) {}

  void count(Refusal why, const Source& source) noexcept;
  // One whose source nobody asked for.
  void count(Refusal why) noexcept { count(why, Source()); }
  void fill(Stats& stats) const noexcept;
  // One more line about a single connection may be logged now. Those that may not are told of by
  // the line per second, as all of them are.
  bool may_log() noexcept;
  // The same of a warning or an error about a connection or its source. Apart from the others, so
  // that a flood of strangers does not hide it.
  bool may_warn() noexcept;
  // The node leaves: nothing is told any more.
  void stop() noexcept;

 private:
  static constexpr std::size_t kKinds = 10;
  static constexpr unsigned kLines = 100;
  static constexpr unsigned kWarnings = 10;
  using Counts = std::array<std::uint64_t, kKinds>;

  // The sources of most refusals of this second. When there are more than places, the smallest
  // place is taken over with its count (Metwally, Agrawal and El Abbadi's Space-Saving), so that
  // whoever caused more than one in kPlaces has one.
  struct Place {
    Source source;
    std::uint64_t count = 0;
  };
  static constexpr std::size_t kPlaces = 8;

  void on_timer() override;
  void note(const Source& source) noexcept;
  void begin() noexcept;
  std::uint64_t since_told() const noexcept;
  std::string line(std::uint64_t refused) const;

  NodeCore& core_;
  Counts all_{};
  Counts told_{};  // of all_, when the last line was logged
  std::array<Place, kPlaces> places_{};
  unsigned lines_ = 0;  // of single connections since then
  unsigned warnings_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_REFUSALS_H
