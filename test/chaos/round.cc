// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/round.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "chaos/crew.h"
#include "sim/dice.h"

namespace aemp::chaos {

namespace {

// What must come right does so within a second or two; this is for machines that are busy.
constexpr std::int64_t kPatience = 60'000 * kMs;

class Round {
 public:
  explicit Round(const RoundOptions& options);
  Verdict play();

 private:
  void start(int i);
  void suffer();
  void befall(const Fault& fault);
  bool befall_node(const Fault& fault);
  bool befall_path(const Fault& fault);
  bool befall_network(const Fault& fault);
  void start_when_gone(int i);
  bool one_starts() const;
  int fit(int i) const;
  bool all_of(bool Crew::Member::*what) const;
  void peace();
  void end();

  const RoundOptions& options_;
  Plan plan_;
  Crew crew_;
  std::vector<bool> wanted_;  // to be started again
  std::set<int> holes_;
  int losing_ = 0;
  std::map<int, int> stopped_for_;  // which node was stopped, by that of the plan
  story::Totals totals_;
};

Round::Round(const RoundOptions& options)
    : options_(options),
      plan_(options.seed),
      crew_(options.directory, plan_.between),
      wanted_(plan_.between.size()) {}

void Round::start(int i) {
  Crew::Member& member = crew_.members[std::size_t(i)];
  // A function of the seed, the node and the number of the start.
  const std::uint64_t row = static_cast<std::uint64_t>(member.starts * 16 + i);
  sim::Dice dice(sim::mix64(sim::mix64(options_.seed) + row));
  NodeRole& role = member.role;
  role.seed = dice.next();
  role.heartbeat_ms = 700 + static_cast<int>(dice.below(900));
  role.monitor_ms = 1'000 + static_cast<int>(dice.below(1'000));
  role.max_message = i % 2 == 0 ? 100'000 : 400'000;
  role.queue_limit = role.max_message * (2 + dice.below(3));
  if (member.starts > 0) totals_.add("restarts under the same ID");
  // Nobody can listen on an address that leads nowhere.
  if (holes_.erase(i) > 0) options_.net->black_hole(host_of(i), false);
  wanted_[std::size_t(i)] = false;
  crew_.start(i);
}

void Round::start_when_gone(int i) {
  const Crew::Member& member = crew_.members[std::size_t(i)];
  if (member.running() && !member.leaving) return;  // one that is not yet ready
  wanted_[std::size_t(i)] = true;
  if (!member.running() && !one_starts()) start(i);
}

// Two that start at once would not know where the other listens.
bool Round::one_starts() const {
  return std::any_of(crew_.members.begin(), crew_.members.end(),
                     [](const Crew::Member& m) { return m.running() && !m.ready; });
}

// That node, or the next one to which things can be done; -1: none.
int Round::fit(int i) const {
  const int n = plan_.nodes;
  for (int k = 0; k < n; ++k) {
    if (crew_.members[std::size_t((i + k) % n)].fit()) return (i + k) % n;
  }
  return -1;
}

bool Round::befall_node(const Fault& fault) {
  if (fault.kind == FaultKind::start) {
    for (int i = 0; i < plan_.nodes; ++i) {
      if (!crew_.members[std::size_t(i)].fit()) start_when_gone(i);
    }
    return false;  // counted where it happens
  }
  if (fault.kind == FaultKind::go_on) {
    const auto stopped = stopped_for_.find(fault.a);
    if (stopped == stopped_for_.end() || !crew_.members[std::size_t(stopped->second)].stopped) {
      return false;
    }
    crew_.stop(stopped->second, false);
    return true;
  }
  const int i = fit(fault.a);
  if (i < 0) return false;
  if (fault.kind == FaultKind::kill) {
    crew_.kill(i);
  } else if (fault.kind == FaultKind::leave) {
    crew_.stop(i, false);
    crew_.leave(i);
  } else {
    crew_.stop(i, true);
    stopped_for_[fault.a] = i;
  }
  return true;
}

bool Round::befall_path(const Fault& fault) {
  const auto tell = [&](const char* what, const std::string& how) {
    return crew_.relay(what, fault.a, fault.b, how);
  };
  const std::string on = fault.on ? "1" : "0";
  switch (fault.kind) {
    case FaultKind::reset:
      return tell("cut", "reset");
    case FaultKind::end:
      return tell("cut", "both");
    case FaultKind::one_way_reset:
      return tell("cut", "dialler");
    case FaultKind::stall:
      return tell("pause", on);
    case FaultKind::swallow:
      return tell("swallow", on);
    case FaultKind::deaf:
      return tell("deaf", on);
    default:
      // What is there goes too, or nobody would notice.
      return tell("refuse", on) && (!fault.on || tell("cut", "both"));
  }
}

bool Round::befall_network(const Fault& fault) {
  PrivateNet& net = *options_.net;
  if (!net.usable()) return false;
  if (fault.kind == FaultKind::lose_packets) {
    losing_ += fault.on ? 1 : -1;
    if (fault.on) return losing_ == 1 && net.lose_packets();
    if (losing_ == 0) totals_.add("packets lost", net.lose_no_packets());
    return false;
  }
  const Crew::Member& member = crew_.members[std::size_t(fault.a)];
  if (fault.on && member.running() && !member.ready) return false;  // it is about to listen
  if (fault.on != !holes_.contains(fault.a)) return false;
  if (!net.black_hole(host_of(fault.a), fault.on)) {
    crew_.went_wrong("no black hole for " + host_of(fault.a));
    return false;
  }
  if (fault.on) {
    holes_.insert(fault.a);
  } else {
    holes_.erase(fault.a);
  }
  return fault.on;
}

void Round::befall(const Fault& fault) {
  const FaultKind kind = fault.kind;
  bool done = false;
  if (kind <= FaultKind::go_on) {
    done = befall_node(fault);
  } else if (kind <= FaultKind::refuse) {
    done = befall_path(fault) && fault.on;
  } else {
    done = befall_network(fault);
  }
  if (done) totals_.add(std::string("faults: ") + word(kind));
  if (!options_.tells) return;
  std::printf("%6lld ms  %s%s n%d n%d%s\n", static_cast<long long>(fault.at_ms), word(kind),
              fault.on ? "" : " over", fault.a, fault.b, done || !fault.on ? "" : " (not done)");
  std::fflush(stdout);
}

void Round::suffer() {
  for (int i = 0; i < plan_.nodes; ++i) {
    start(i);
    // All but the last know where the first listen, so that each pair has one that can dial.
    Crew::Member& member = crew_.members[std::size_t(i)];
    if (!crew_.run_until(monotonic_ns() + kPatience, [&] { return member.ready; })) {
      crew_.went_wrong("node " + std::to_string(i) + " does not start");
    }
  }
  const std::int64_t began = monotonic_ns();
  for (const Fault& fault : plan_.faults) {
    crew_.run_until(began + fault.at_ms * kMs);
    if (!crew_.ok()) return;
    for (int i = 0; i < plan_.nodes; ++i) {
      if (wanted_[std::size_t(i)]) start_when_gone(i);
    }
    befall(fault);
  }
  crew_.run_until(began + plan_.length_ms * kMs);
}

bool Round::all_of(bool Crew::Member::*what) const {
  return std::all_of(crew_.members.begin(), crew_.members.end(),
                     [what](const Crew::Member& m) { return m.*what; });
}

// What lasts is over by plan, but for holes that were in each other's way.
void Round::peace() {
  for (const int i : std::set<int>(holes_)) options_.net->black_hole(host_of(i), false);
  for (int i = 0; i < plan_.nodes; ++i) {
    crew_.stop(i, false);
  }
  crew_.hush();
  const bool met = crew_.run_until(monotonic_ns() + kPatience, [this] {
    for (int i = 0; i < plan_.nodes; ++i) {
      if (!crew_.members[std::size_t(i)].running()) start_when_gone(i);
    }
    return all_of(&Crew::Member::all);
  });
  if (met || !crew_.ok()) return;
  std::string who;
  for (int i = 0; i < plan_.nodes; ++i) {
    if (!crew_.members[std::size_t(i)].all) who += " n" + std::to_string(i);
  }
  crew_.went_wrong("in peace not all nodes see all others:" + who);
}

void Round::end() {
  crew_.say("finish");
  const bool settled = crew_.run_until(monotonic_ns() + kPatience,
                                       [this] { return all_of(&Crew::Member::settled); });
  if (!crew_.ok()) return;
  // What is pending nevertheless is told by the histories.
  crew_.settled();
  if (!settled) return crew_.went_wrong("monitors or calls are pending in the end");
  for (int i = 0; i < plan_.nodes; ++i) {
    if (crew_.ok()) crew_.leave(i);
  }
  const bool gone = crew_.run_until(monotonic_ns() + kPatience, [this] {
    return std::none_of(crew_.members.begin(), crew_.members.end(),
                        [](const Crew::Member& m) { return m.running(); });
  });
  if (!gone && crew_.ok()) crew_.went_wrong("a node that left does not end");
}

Verdict Round::play() {
  if (crew_.ok()) suffer();
  if (crew_.ok()) peace();
  if (crew_.ok()) end();
  // A node that is not running has an end in its history. No other may be missing it.
  for (int i = 0; i < plan_.nodes; ++i) {
    if (!crew_.ok() && crew_.members[std::size_t(i)].running()) crew_.kill(i);
  }
  std::string wrong;
  const std::vector<Record> records = read_histories(options_.directory, wrong);
  Verdict verdict = check(records);
  if (!wrong.empty()) verdict.violations.push_back(wrong);
  for (const std::string& sentence : crew_.wrong()) verdict.violations.push_back(sentence);
  verdict.totals.add(totals_);
  verdict.totals.add("rounds");
  verdict.totals.add("events", records.size());
  return verdict;
}

}  // namespace

Verdict play_round(const RoundOptions& options) { return Round(options).play(); }

std::vector<std::string> needed_in_rounds(const PrivateNet& net) {
  std::vector<std::string> all(std::begin(story::kNeededEverywhere),
                               std::end(story::kNeededEverywhere));
  for (const char* what : {"spawns", "last words", "words heard", "farewells", "monitors cancelled",
                           "nodes up", "nodes down"})
    all.emplace_back(what);
  for (int kind = 0; kind <= static_cast<int>(FaultKind::black_hole); ++kind) {
    const FaultKind fault = static_cast<FaultKind>(kind);
    if (fault == FaultKind::start) continue;
    if (fault >= FaultKind::lose_packets && !net.usable()) continue;
    all.push_back(std::string("faults: ") + word(fault));
  }
  if (net.usable()) all.emplace_back("packets lost");
  return all;
}

}  // namespace aemp::chaos
