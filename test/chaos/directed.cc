// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/directed.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "chaos/crew.h"

namespace aemp::chaos {

namespace {

constexpr std::int64_t kPatience = 60'000 * kMs;

std::string make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) throw std::runtime_error(path + ": " + strerror(errno));
  return path;
}

// Two nodes that do nothing but watch each other.
struct Two {
  Two(const std::string& path, Between between, int heartbeat_ms)
      : directory(make_directory(path)), crew(directory, {{between, between}, {between, between}}) {
    for (int i = 0; i < 2 && crew.ok(); ++i) {
      NodeRole& role = crew.members[std::size_t(i)].role;
      role.acts = false;
      role.heartbeat_ms = heartbeat_ms;
      role.monitor_ms = 30'000;
      role.max_message = 1'000'000;
      role.queue_limit = 2'000'000;
      crew.start(i);
      if (!crew.run_until(monotonic_ns() + kPatience, [&] { return crew.members[0].ready; })) {
        crew.went_wrong("a node does not start");
      }
    }
    if (!crew.run_until(monotonic_ns() + kPatience, [&] { return both_see(true); })) {
      crew.went_wrong("two nodes do not meet");
    }
  }
  bool both_see(bool up) const { return crew.members[0].all == up && crew.members[1].all == up; }
  std::vector<Record> history() {
    std::string wrong;
    std::vector<Record> records = read_histories(directory, wrong);
    if (!wrong.empty()) crew.went_wrong(wrong);
    return records;
  }

  std::string directory;
  Crew crew;
};

std::int64_t late_ms(const std::vector<Record>& records, int life, std::int64_t from,
                     std::int64_t to) {
  std::int64_t sum = 0;
  for (const Record& r : records) {
    if (r.word == "late" && r.numbers[0] == life && r.time >= from && r.time <= to) {
      sum += r.numbers[1];
    }
  }
  return sum;
}

// What each of them wrote down about the other's end.
void judge_hole(Two& two, int heartbeat_ms, std::int64_t since, const std::string& how,
                Directed& result) {
  const std::vector<Record> records = two.history();
  for (int life = 0; life < 2; ++life) {
    const auto down = std::find_if(records.begin(), records.end(), [&](const Record& r) {
      return r.word == "down" && r.numbers[0] == life;
    });
    const std::string who = how + ", heartbeat_timeout " + std::to_string(heartbeat_ms) + " ms: ";
    if (down == records.end()) {
      result.wrong.push_back(who + "never reported");
      continue;
    }
    const std::int64_t took = (down->time - since) / kMs;
    const std::int64_t late = late_ms(records, life, since, down->time);
    const std::string text = who + "reported after " + std::to_string(took) + " ms" +
                             (late > 0 ? ", itself late by " + std::to_string(late) : "");
    result.told.push_back(text);
    if (took > heartbeat_ms + 1'000 + late) result.wrong.push_back(text);
    if (down->text.find("silent for") == std::string::npos) {
      result.wrong.push_back(who + "not for its silence: " + down->text);
    }
  }
}

void add(Directed& result, const Crew& crew) {
  result.wrong.insert(result.wrong.end(), crew.wrong().begin(), crew.wrong().end());
}

// Into the hole with them, and wait for their news.
void report_one(Two& two, PrivateNet* net, int heartbeat_ms, Directed& result) {
  const std::string hosts[] = {host_of(0), host_of(1)};
  if (net == nullptr) {
    two.crew.relay("swallow", 0, 1, "1");
  } else {
    for (const std::string& host : hosts) net->black_hole(host, true);
  }
  const std::int64_t since = monotonic_ns();
  two.crew.run_until(since + kPatience, [&] { return two.both_see(false); });
  if (net != nullptr) {
    for (const std::string& host : hosts) net->black_hole(host, false);
  }
  judge_hole(two, heartbeat_ms, since, net == nullptr ? "relay" : "route", result);
  add(result, two.crew);
}

}  // namespace

Directed report_black_holes(const std::string& directory, PrivateNet& net) {
  Directed result;
  for (const int heartbeat_ms : {300, 1'000}) {
    Two two(directory + "/hole" + std::to_string(heartbeat_ms), Between::relay_tcp, heartbeat_ms);
    report_one(two, nullptr, heartbeat_ms, result);
  }
  if (!net.usable()) {
    result.told.push_back("not by route: " + net.missing());
    return result;
  }
  Two two(directory + "/route", Between::tcp, 500);
  report_one(two, &net, 500, result);
  return result;
}

Directed forgive_a_stop(const std::string& directory) {
  constexpr int kLimitMs = 6'000, kStopMs = 3'000, kTries = 3;
  Directed result;
  for (int n = 0; n < kTries; ++n) {
    const std::string path = directory + "/stop" + std::to_string(n);
    Two tcp(path + "t", Between::tcp, kLimitMs), local(path + "u", Between::local, kLimitMs);
    const std::int64_t since = monotonic_ns();
    for (Two* two : {&tcp, &local}) two->crew.stop(1, true);
    tcp.crew.run_until(since + kStopMs * kMs);
    for (Two* two : {&tcp, &local}) two->crew.stop(1, false);
    const std::int64_t stopped_ms = (monotonic_ns() - since) / kMs;
    // An answer on each link proves that it was used again.
    for (Two* two : {&tcp, &local}) {
      two->crew.say("ask");
      two->crew.run_until(monotonic_ns() + kPatience,
                          [&] { return two->crew.members[0].asked && two->crew.members[1].asked; });
      add(result, two->crew);
    }
    if (stopped_ms > kLimitMs - 1'500) continue;  // this process was late itself: says nothing
    for (Two* two : {&tcp, &local}) {
      const std::vector<Record> records = two->history();
      for (const Record& r : records) {
        if (r.word == "down") result.wrong.push_back("a false alarm: " + r.line());
      }
      if (late_ms(records, 1, since, monotonic_ns()) < kStopMs - 500) {
        result.wrong.push_back("the process was not stopped");
      }
    }
    result.told.push_back("stopped for " + std::to_string(stopped_ms) + " ms, no false alarm");
    return result;
  }
  result.wrong.push_back("in " + std::to_string(kTries) +
                         " tries no stop of about 3 s: this machine is too busy");
  return result;
}

}  // namespace aemp::chaos
