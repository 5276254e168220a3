// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/totals.h"

#include <cstdio>
#include <sstream>

namespace aemp::story {

namespace {

struct Minimum {
  const char* what;
  std::uint64_t in_1000_stories;
};

constexpr Minimum kMinima[] = {
    {"calls answered", 500},
    {"crossed dials", 10},
    {"deliveries", 100000},
    {"ended by a signal", 20},
    {"ends in a callback", 90},
    {"faults: altered bytes", 80},
    {"faults: clock jump", 80},
    {"faults: consume", 90},
    {"faults: crash", 200},
    {"faults: cut", 100},
    {"faults: descriptor limit", 80},
    {"faults: heal", 100},
    {"faults: leave", 100},
    {"faults: one-way cut", 100},
    {"faults: one-way reset", 100},
    {"faults: rebirth", 90},
    {"faults: refused memory", 300},
    {"faults: reset", 300},
    {"faults: signal", 80},
    {"faults: slow path", 100},
    {"faults: slow reader", 90},
    {"faults: stop", 80},
    {"faults: vanish", 80},
    {"fired: die", 700},
    {"fired: end", 500},
    {"fired: k", 1000},
    {"fired: no_memory", 2},
    {"fired: no_receiver", 500},
    {"fired: no_such_port", 10000},
    {"fired: normal", 300},
    {"fired: overrun", 1000},
    {"fired: timeout", 100},
    {"fired: too_big", 60},
    {"fired: transport_error", 20000},
    {"floods", 100},
    {"idle closes", 1000},
    {"last words", 600},
    {"links lost", 2000},
    {"links taken", 5000},
    {"lost messages", 5000},
    {"overruns", 600},
    {"refused allocations", 10000},
    {"refused calls", 10000},
    {"refused connections", 1000},
    {"remote deliveries", 70000},
    {"restarts under the same ID", 600},
    {"reunions", 50},
    {"stories with a secret", 200},
    {"stories with keys", 150},
};

}  // namespace

void Totals::add(const Totals& other) {
  for (const auto& [what, count] : other.counts_) counts_[what] += count;
}

std::uint64_t Totals::of(const std::string& what) const {
  const auto found = counts_.find(what);
  return found == counts_.end() ? 0 : found->second;
}

std::string Totals::table() const {
  std::string text;
  for (const auto& [what, count] : counts_) {
    char line[128];
    std::snprintf(line, sizeof line, "  %-28s %12llu\n", what.c_str(),
                  static_cast<unsigned long long>(count));
    text += line;
  }
  return text;
}

std::string Totals::missing(const std::vector<std::string>& needed) const {
  std::string text;
  for (const std::string& what : needed) {
    if (of(what) == 0) text += "never happened: " + what + "\n";
  }
  return text;
}

std::string Totals::too_rare() const {
  const std::uint64_t stories = of("stories");
  std::string text;
  for (const auto& [what, minimum] : kMinima) {
    if (of(what) * 1000 >= minimum * stories && of(what) > 0) continue;
    text += "too rare: " + std::string(what) + ": " + std::to_string(of(what)) + " in " +
            std::to_string(stories) + " stories, at least " + std::to_string(minimum) +
            " in 1000\n";
  }
  return text;
}

std::string Totals::pack() const {
  std::string text;
  for (const auto& [what, count] : counts_) text += std::to_string(count) + " " + what + "\n";
  return text;
}

void Totals::unpack(const std::string& text) {
  std::istringstream in(text);
  std::uint64_t count;
  std::string what;
  while (in >> count && in.get() && std::getline(in, what)) {
    if (count > 0) counts_[what] += count;
  }
}

}  // namespace aemp::story
