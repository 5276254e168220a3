// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/totals.h"

#include <cstdio>
#include <iterator>
#include <sstream>

namespace aemp::story {

namespace {

constexpr const char* kNeeded[] = {
    "links taken",
    "links lost",
    "crossed dials",
    "overruns",
    "idle closes",
    "faults: cut",
    "faults: one-way cut",
    "faults: reset",
    "faults: one-way reset",
    "faults: slow path",
    "faults: stop",
    "faults: consume",
    "faults: crash",
    "faults: vanish",
    "faults: leave",
    "ends in a callback",
    "faults: slow reader",
    "faults: descriptor limit",
    "faults: refused memory",
    "faults: rebirth",
    "refused allocations",
    "refused calls",
    "faults: signal",
    "faults: clock jump",
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

std::string Totals::missing() const {
  return missing({std::begin(kNeededEverywhere), std::end(kNeededEverywhere)}) +
         missing({std::begin(kNeeded), std::end(kNeeded)});
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
