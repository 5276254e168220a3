// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/seeds.h"

#include <algorithm>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/reserve.h"
#include "node/core.h"

namespace aemp {

Seeds::Seed::Seed(Network& owner, Endpoint endpoint)
    : network(owner), endpoints{std::move(endpoint)}, dialer(owner, *this) {}

bool Seeds::Seed::dial_wanted() {
  if (is_self || !network.wants_seeds()) return false;
  Peer* peer = node.empty() ? nullptr : network.peers().find(node);
  return peer == nullptr || peer->link() == nullptr;
}

void Seeds::start(const std::vector<Endpoint>& endpoints) {
  for (const Endpoint& endpoint : endpoints) {
    reserve_one(seeds_);
    seeds_.push_back(std::make_unique<Seed>(network_, endpoint));
  }
  for (std::size_t i = seeds_.size(); i > 1; --i) {
    std::swap(seeds_[i - 1], seeds_[network_.core().random64() % i]);
  }
  hurry();
}

void Seeds::clear() {
  network_.core().reactor.disarm(*this);
  seeds_.clear();
}

bool Seeds::add(const Endpoint& endpoint) {
  const bool known = std::any_of(seeds_.begin(), seeds_.end(),
                                 [&](const auto& seed) { return seed->endpoints[0] == endpoint; });
  if (known || seeds_.size() >= kMost) return false;
  start({endpoint});
  return true;
}

void Seeds::remove(const Endpoint& endpoint) noexcept {
  std::erase_if(seeds_, [&](const auto& seed) {
    return seed->endpoints[0] == endpoint && (seed->node.empty() || seed->dial_wanted());
  });
  next_ = std::min(next_, seeds_.size());
}

void Seeds::hurry() {
  if (armed()) return;
  next_ = 0;
  on_timer();
}

void Seeds::on_timer() noexcept {
  const Directory::Seeds wanted = network_.wanted_seeds();
  if (wanted == Directory::Seeds::none) return;
  const std::size_t end =
      wanted == Directory::Seeds::all ? seeds_.size() : std::min(next_ + 1, seeds_.size());
  while (next_ < end) seeds_[next_++]->dialer.hurry();
  if (next_ == seeds_.size()) return;
  NodeCore& core = network_.core();
  core.reactor.arm(*this, add_clamped(core.reactor.now(), core.settings.connect_interval));
}

Seeds::Seed* Seeds::of(const Dialer* dialer) const {
  for (auto& seed : seeds_) {
    if (&seed->dialer == dialer) return seed.get();
  }
  return nullptr;
}

bool Seeds::answered(const Dialer* dialer, std::string_view node) {
  Seed* seed = of(dialer);
  if (seed != nullptr) seed->node = node;
  return seed != nullptr;
}

bool Seeds::answered_by_self(const Dialer* dialer) {
  Seed* seed = of(dialer);
  if (seed == nullptr || seed->endpoints[0].is_named()) return false;
  return seed->is_self = true;
}

void Seeds::lost(std::string_view node) {
  for (auto& seed : seeds_) {
    if (seed->node == node) seed->dialer.start();
  }
}

bool Seeds::include(std::string_view node) const {
  return std::any_of(seeds_.begin(), seeds_.end(),
                     [&](const auto& seed) { return seed->node == node; });
}

std::vector<std::string> Seeds::nodes() const {
  std::vector<std::string> out;
  for (const auto& seed : seeds_) {
    if (!seed->node.empty()) out.push_back(seed->node);
  }
  return out;
}

std::string Seeds::failures() {
  constexpr std::size_t kMost = 3, kMostText = 200;
  std::string text;
  std::size_t count = 0;
  for (auto& seed : seeds_) {
    const std::string& failure = seed->dialer.last_failure();
    if (failure.empty() || !seed->dial_wanted() || ++count > kMost) continue;
    const std::string& host = seed->endpoints[0].host;
    text +=
        fill_in("; seed %%%", {host, host.empty() ? "" : ": ", printable_utf8(failure, kMostText)});
  }
  if (count > kMost) text += fill_in("; % more seeds cannot be reached", {count - kMost});
  return text;
}

}  // namespace aemp
