// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/checker.h"

#include <aemp/aemp.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace aemp::chaos {

namespace {

// What a history says is wrong in itself: not a rule of the network is broken, but the tools are.
struct Nonsense : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Checker {
 public:
  void feed(const Record& r);
  story::Oracle& oracle() { return oracle_; }
  story::Totals totals();
  // Its name in the Oracle's sentences; -1: not known there.
  int port_in_sentences(std::int64_t port) const;

 private:
  using Numbers = std::unordered_map<std::int64_t, int>;
  using Feeder = void (Checker::*)(const Record&);

  static int find(const Numbers& numbers, std::int64_t n, const char* what);
  static void add(Numbers& numbers, std::int64_t n, int index, const char* what);
  int life(const Record& r, std::size_t i = 0) const { return find(lives_, r.numbers[i], "life"); }
  int port(const Record& r, std::size_t i) const { return find(ports_, r.numbers[i], "port"); }

  void about_lives(const Record& r);
  void about_ports(const Record& r);
  void about_messages(const Record& r);
  void about_monitors(const Record& r);
  void send(const Record& r);

  story::Oracle oracle_;
  story::Totals totals_;
  Numbers lives_, ports_, monitors_, calls_, words_;
};

int Checker::find(const Numbers& numbers, std::int64_t n, const char* what) {
  const auto found = numbers.find(n);
  if (found == numbers.end()) {
    throw Nonsense(std::string("an unknown ") + what + ": " + std::to_string(n));
  }
  return found->second;
}

void Checker::add(Numbers& numbers, std::int64_t n, int index, const char* what) {
  if (!numbers.emplace(n, index).second) {
    throw Nonsense(std::string("the same ") + what + " twice: " + std::to_string(n));
  }
}

int Checker::port_in_sentences(std::int64_t port) const {
  const auto found = ports_.find(port);
  return found == ports_.end() ? -1 : found->second;
}

OwnedMessage reason_of(std::string_view json) {
  try {
    return parse_json(json);
  } catch (const Error& e) {
    throw Nonsense("no reason: " + std::string(e.what()));
  }
}

void Checker::feed(const Record& r) {
  struct Row {
    std::size_t numbers;
    Feeder feed;
  };
  static const std::unordered_map<std::string, Row> kRows = {
      {"life", {1, &Checker::about_lives}},        {"end", {1, &Checker::about_lives}},
      {"up", {1, &Checker::about_lives}},          {"down", {1, &Checker::about_lives}},
      {"settled", {0, &Checker::about_lives}},     {"log", {2, &Checker::about_lives}},
      {"late", {2, &Checker::about_lives}},        {"port", {2, &Checker::about_ports}},
      {"spawn", {2, &Checker::about_ports}},       {"begun", {2, &Checker::about_ports}},
      {"doomed", {1, &Checker::about_ports}},      {"may", {1, &Checker::about_ports}},
      {"linked", {1, &Checker::about_ports}},      {"too_big", {1, &Checker::about_ports}},
      {"dies", {1, &Checker::about_ports}},        {"send", {3, &Checker::about_messages}},
      {"recv", {5, &Checker::about_messages}},     {"words", {3, &Checker::about_messages}},
      {"farewell", {3, &Checker::about_messages}}, {"heard", {1, &Checker::about_messages}},
      {"mon", {3, &Checker::about_monitors}},      {"unmon", {1, &Checker::about_monitors}},
      {"fire", {1, &Checker::about_monitors}},     {"wrong", {1, &Checker::about_lives}},
      {"call", {2, &Checker::about_monitors}},     {"answer", {2, &Checker::about_monitors}},
  };
  const auto row = kRows.find(r.word);
  try {
    if (row == kRows.end()) throw Nonsense("an unknown event");
    if (row->second.numbers != r.count) throw Nonsense("a wrong number of numbers");
    (this->*row->second.feed)(r);
  } catch (const Nonsense& e) {
    oracle_.violated(std::string("the history tells of ") + e.what());
  }
}

void Checker::about_lives(const Record& r) {
  if (r.word == "life") {
    const int index = oracle_.add_life(r.text);
    add(lives_, r.numbers[0], index, "life");
    return;
  }
  if (r.word == "settled") return oracle_.check_settled();
  const int index = life(r);
  if (r.word == "end") {
    oracle_.end_life(index);
  } else if (r.word == "up") {
    oracle_.node_event(index, r.text, true, OwnedMessage());
    totals_.add("nodes up");
  } else if (r.word == "down") {
    const std::size_t blank = r.text.find(' ');
    if (blank == std::string::npos) throw Nonsense("a node down without a reason");
    oracle_.node_event(index, r.text.substr(0, blank), false, reason_of(r.text.substr(blank + 1)));
    totals_.add("nodes down");
  } else if (r.word == "log") {
    oracle_.logged(index, r.text);
    if (r.text.find("another connection between these nodes") != std::string::npos) {
      totals_.add("crossed dials");
    }
  } else if (r.word == "wrong") {
    oracle_.violated(r.text);
  } else {
    totals_.add("late turns");
  }
}

void Checker::about_ports(const Record& r) {
  if (r.word == "port") {
    // Its name is not needed: messages say which port they were meant for.
    add(ports_, r.numbers[1], oracle_.add_port(life(r), oracle_.node(life(r)), Port()), "port");
  } else if (r.word == "spawn") {
    add(ports_, r.numbers[1], oracle_.add_spawned(life(r), r.text), "port");
    totals_.add("spawns");
  } else if (r.word == "begun") {
    oracle_.begun(life(r), port(r, 1));
  } else if (r.word == "doomed" && r.text.empty()) {
    oracle_.doomed(port(r, 0));
  } else if (r.word == "doomed") {
    oracle_.doomed(port(r, 0), r.text);
  } else if (r.word == "may") {
    oracle_.may_die_of(port(r, 0), r.text);
  } else if (r.word == "linked") {
    oracle_.linked(port(r, 0));
  } else if (r.word == "too_big") {
    oracle_.too_big(port(r, 0));
  } else {
    oracle_.dies(port(r, 0), reason_of(r.text));
  }
}

void Checker::send(const Record& r) {
  const int number = oracle_.send(life(r), port(r, 1));
  if (number != r.numbers[2]) {
    throw Nonsense("message " + std::to_string(r.numbers[2]) + " sent as number " +
                   std::to_string(number));
  }
}

void Checker::about_messages(const Record& r) {
  if (r.word == "send") {
    send(r);
  } else if (r.word == "recv") {
    oracle_.received(life(r), port(r, 1), life(r, 2), port(r, 3), static_cast<int>(r.numbers[4]));
  } else if (r.word == "words") {
    add(words_, r.numbers[1], oracle_.last_words(port(r, 0), r.text, port(r, 2)), "words");
    totals_.add("last words");
  } else if (r.word == "farewell") {
    add(words_, r.numbers[2], oracle_.farewell(life(r), port(r, 1)), "words");
    totals_.add("farewells");
  } else {
    oracle_.heard(find(words_, r.numbers[0], "words"));
    totals_.add("words heard");
  }
}

void Checker::about_monitors(const Record& r) {
  if (r.word == "mon") {
    add(monitors_, r.numbers[2], oracle_.monitor(life(r), port(r, 1)), "monitor");
  } else if (r.word == "unmon") {
    oracle_.cancel(find(monitors_, r.numbers[0], "monitor"));
    totals_.add("monitors cancelled");
  } else if (r.word == "fire") {
    oracle_.fired(find(monitors_, r.numbers[0], "monitor"), reason_of(r.text));
  } else if (r.word == "call") {
    add(calls_, r.numbers[1], oracle_.call(life(r)), "call");
  } else {
    oracle_.answered(find(calls_, r.numbers[0], "call"), r.numbers[1] != 0, reason_of(r.text));
  }
}

story::Totals Checker::totals() {
  story::Totals all = totals_;
  all.add("deliveries", oracle_.deliveries);
  all.add("remote deliveries", oracle_.remote_deliveries);
  all.add("lost messages", oracle_.gaps);
  all.add("calls answered", oracle_.calls_ok);
  for (const auto& [reason, count] : oracle_.fired_per_reason) all.add("fired: " + reason, count);
  return all;
}

// Whether it names one of those ports, monitors, calls and words (lives have smaller numbers).
bool concerns(const Record& r, const std::set<std::int64_t>& ports) {
  return std::any_of(r.numbers.begin(), r.numbers.begin() + static_cast<std::ptrdiff_t>(r.count),
                     [&](std::int64_t n) { return n >= kNumbersOfLife && ports.contains(n); });
}

// The last events that name a port, monitor or call that the one at `end` names, and what its life
// saw of other nodes.
std::vector<std::string> last_events(const std::vector<Record>& records, std::size_t end,
                                     const Checker& checker) {
  constexpr std::size_t kMost = 60;
  const Record& last = records[end];
  std::set<std::int64_t> named(last.numbers.begin(),
                               last.numbers.begin() + static_cast<std::ptrdiff_t>(last.count));
  for (std::size_t i = 0; i <= end; ++i) {  // a monitor or call was set on a port
    const Record& r = records[i];
    if (r.word == "mon" && named.contains(r.numbers[2])) named.insert(r.numbers[1]);
  }
  std::vector<std::string> lines;
  for (std::size_t i = end + 1; i-- > 0 && lines.size() < kMost;) {
    const Record& r = records[i];
    const bool of_a_life = r.word == "life" || r.word == "end" || r.word == "up" ||
                           r.word == "down" || r.word == "log";
    if (concerns(r, named) || (of_a_life && named.contains(r.numbers[0]))) {
      lines.push_back(r.line());
    }
  }
  std::reverse(lines.begin(), lines.end());
  for (const std::int64_t n : named) {
    const int index =
        n >= kNumbersOfLife || last.word == "port" ? checker.port_in_sentences(n) : -1;
    if (index < 0) continue;
    lines.push_back("(port " + std::to_string(index) + " above is " + std::to_string(n) +
                    " in these events)");
  }
  return lines;
}

}  // namespace

Verdict check(const std::vector<Record>& records) {
  Checker checker;
  Verdict verdict;
  for (std::size_t i = 0; i < records.size() && checker.oracle().ok(); ++i) {
    checker.feed(records[i]);
    if (!checker.oracle().ok()) verdict.last_events = last_events(records, i, checker);
  }
  verdict.violations = checker.oracle().violations;
  verdict.totals = checker.totals();
  return verdict;
}

}  // namespace aemp::chaos
