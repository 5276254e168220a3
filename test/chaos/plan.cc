// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/plan.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "sim/dice.h"

namespace aemp::chaos {

namespace {

// How often each happens in a round.
constexpr std::pair<FaultKind, int> kEach[] = {
    {FaultKind::kill, 3},  {FaultKind::leave, 1},         {FaultKind::stop, 3},
    {FaultKind::reset, 5}, {FaultKind::one_way_reset, 2}, {FaultKind::end, 2},
    {FaultKind::stall, 2}, {FaultKind::swallow, 1},       {FaultKind::deaf, 1},
    {FaultKind::refuse, 1}};
constexpr int kLosses = 2, kHoles = 2;

bool is_between(FaultKind kind) { return kind >= FaultKind::reset && kind <= FaultKind::refuse; }

bool lasts(FaultKind kind) { return kind >= FaultKind::stall; }

class Planner {
 public:
  Planner(Plan& plan, std::uint64_t seed) : plan_(plan), dice_(sim::mix64(seed + 0xc4a05)) {}
  void draw();

 private:
  int below(int n) { return static_cast<int>(dice_.below(static_cast<std::uint64_t>(n))); }
  void draw_between();
  void draw_fault(FaultKind kind);
  void add(std::int64_t at, FaultKind kind, int a, int b = 0, bool on = true) {
    plan_.faults.push_back({at, kind, a, b, on});
  }

  Plan& plan_;
  sim::Dice dice_;
  std::vector<std::pair<int, int>> relayed_;
};

void Planner::draw_between() {
  using enum Between;
  constexpr Between kKinds[] = {relay_tcp, relay_unix, tcp, relay_tcp, local, relay_tcp};
  std::vector<std::pair<int, int>> pairs;
  for (int i = 0; i < plan_.nodes; ++i) {
    for (int j = 0; j < i; ++j) pairs.emplace_back(i, j);
  }
  for (std::size_t i = pairs.size(); i > 1; --i) std::swap(pairs[i - 1], pairs[dice_.below(i)]);
  const std::size_t n = static_cast<std::size_t>(plan_.nodes);
  plan_.between.assign(n, std::vector<Between>(n, local));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [a, b] = pairs[i];
    const Between kind = kKinds[i % std::size(kKinds)];
    plan_.between[std::size_t(a)][std::size_t(b)] = kind;
    plan_.between[std::size_t(b)][std::size_t(a)] = kind;
    if (kind == relay_tcp || kind == relay_unix) relayed_.push_back(pairs[i]);
  }
}

void Planner::draw_fault(FaultKind kind) {
  const std::int64_t at = 300 + below(2'400);
  int a = below(plan_.nodes), b = 0;
  if (is_between(kind)) {
    std::tie(a, b) = relayed_[dice_.below(relayed_.size())];
    if (dice_.one_in(2)) std::swap(a, b);
  }
  add(at, kind, a, b);
  if (kind == FaultKind::kill || kind == FaultKind::leave) {
    // Half of the time the next life is there before others know of the end of the last one.
    add(at + (dice_.one_in(2) ? 1 : below(700)), FaultKind::start, a);
  }
  const std::int64_t until = std::min(at + 30 + below(1'600), plan_.length_ms);
  if (kind == FaultKind::stop) add(until, FaultKind::go_on, a);
  if (lasts(kind)) add(until, kind, a, b, false);
}

void Planner::draw() {
  plan_.nodes = 4 + below(2);
  plan_.length_ms = 3'000;
  draw_between();
  for (const auto& [kind, count] : kEach) {
    for (int i = 0; i < count; ++i) draw_fault(kind);
  }
  for (int i = 0; i < kLosses; ++i) draw_fault(FaultKind::lose_packets);
  for (int i = 0; i < kHoles; ++i) draw_fault(FaultKind::black_hole);
  std::stable_sort(plan_.faults.begin(), plan_.faults.end(),
                   [](const Fault& x, const Fault& y) { return x.at_ms < y.at_ms; });
}

}  // namespace

Plan::Plan(std::uint64_t seed) { Planner(*this, seed).draw(); }

const char* word(FaultKind kind) {
  constexpr const char* kWords[] = {"SIGKILL",
                                    "leave",
                                    "restart",
                                    "SIGSTOP",
                                    "SIGCONT",
                                    "reset",
                                    "end",
                                    "one-way reset",
                                    "stall",
                                    "black hole (relay)",
                                    "one-way black hole",
                                    "refuse",
                                    "packet loss",
                                    "black hole (route)"};
  return kWords[static_cast<std::size_t>(kind)];
}

}  // namespace aemp::chaos
