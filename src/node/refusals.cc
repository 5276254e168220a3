// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/refusals.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/fill_in.h"
#include "node/core.h"

namespace aemp {
namespace {

struct Figure {
  std::string_view words;  // empty: nothing that anybody need look at
  std::uint64_t Stats::*member;
};

// In the order of Refusal.
constexpr Figure kFigures[] = {
    {"made room for newer ones", &Stats::refused_crowded},
    {"made room for newer ones of their source", &Stats::refused_source},
    {"over accept_rate", &Stats::refused_rate},
    {"of blocked sources", &Stats::refused_blocked},
    {"failed the handshake", &Stats::refused_failed},
    {"too slow", &Stats::refused_timeout},
    {"over x25519_rate", &Stats::refused_x25519},
    {"for want of descriptors", &Stats::refused_descriptors},
    {"", &Stats::refused_lost},
    {"", &Stats::refused_declined},
};

}  // namespace

void Refusals::count(Refusal why, const Source& source) noexcept {
  static_assert(std::size(kFigures) == Refusals::kKinds);
  const auto kind = static_cast<std::size_t>(why);
  ++all_[kind];
  if (kFigures[kind].words.empty()) return;
  if (source.kind != Source::Kind::none) note(source);
  begin();
}

// A second, unless one has begun.
void Refusals::begin() noexcept {
  if (!armed()) core_.reactor.arm(*this, add_clamped(core_.reactor.now(), kSecond));
}

void Refusals::note(const Source& source) noexcept {
  const auto known = std::find_if(places_.begin(), places_.end(),
                                  [&](const Place& place) { return place.source == source; });
  Place& place =
      known != places_.end()
          ? *known
          : *std::min_element(places_.begin(), places_.end(),
                              [](const Place& a, const Place& b) { return a.count < b.count; });
  place.source = source;
  ++place.count;
}

void Refusals::fill(Stats& stats) const noexcept {
  stats.refused = 0;
  for (std::size_t i = 0; i < kKinds; ++i) {
    stats.*kFigures[i].member = all_[i];
    stats.refused += all_[i];
  }
}

bool Refusals::may_log() noexcept {
  begin();
  return lines_++ < kLines;
}

bool Refusals::may_warn() noexcept {
  begin();
  return warnings_++ < kWarnings;
}

void Refusals::stop() noexcept { core_.reactor.disarm(*this); }

void Refusals::on_timer() {
  const std::uint64_t refused = since_told();
  if (refused > 0) core_.log.say(Log::kWarning, [&] { return line(refused); });
  told_ = all_;
  places_ = {};
  lines_ = warnings_ = 0;
}

std::uint64_t Refusals::since_told() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (!kFigures[i].words.empty()) sum += all_[i] - told_[i];
  }
  return sum;
}

std::string Refusals::line(std::uint64_t refused) const {
  std::string why;
  for (std::size_t i = 0; i < kKinds; ++i) {
    const std::uint64_t n = all_[i] - told_[i];
    if (n == 0 || kFigures[i].words.empty()) continue;
    why += fill_in("%% %", {why.empty() ? ": " : ", ", n, kFigures[i].words});
  }
  std::string from;
  const auto most =
      std::max_element(places_.begin(), places_.end(),
                       [](const Place& a, const Place& b) { return a.count < b.count; });
  if (most->count > 0) {
    from = fill_in(", % of them from %", {most->count, most->source.str()});
  }
  return fill_in("% connections refused within 1 s%%", {refused, from, why});
}

}  // namespace aemp
