// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What happened in many stories: a kind of event that never happens is not tested.
#ifndef AEMP_TEST_SIM_TOTALS_H
#define AEMP_TEST_SIM_TOTALS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace aemp::story {

// What must happen wherever nodes run under faults, simulated or real.
inline constexpr const char* kNeededEverywhere[] = {
    "deliveries",         "remote deliveries",          "lost messages",  "calls answered",
    "fired: normal",      "fired: transport_error",     "fired: overrun", "fired: too_big",
    "fired: die",         "fired: no_such_port",        "fired: k",       "fired: timeout",
    "fired: no_receiver", "restarts under the same ID",
};

class Totals {
 public:
  void add(const std::string& what, std::uint64_t count = 1) { counts_[what] += count; }
  void add(const Totals& other);
  std::uint64_t of(const std::string& what) const;
  // One line each.
  std::string table() const;
  // What never happened, of what must: one line each. Empty: all did.
  std::string missing(const std::vector<std::string>& needed) const;
  // What happened less often in stories than it must, which is about a tenth of what it does.
  std::string too_rare() const;
  // As text and back, for processes that share the work.
  std::string pack() const;
  void unpack(const std::string& text);

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_TOTALS_H
