// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/crew.h"

#include <csignal>
#include <optional>
#include <utility>

namespace aemp::chaos {

namespace {

// For what takes milliseconds. Longer than that means that it never happens.
constexpr std::int64_t kPatience = 60'000 * kMs;

}  // namespace

Crew::Crew(std::string directory, std::vector<std::vector<Between>> between)
    : members(between.size()),
      directory_(std::move(directory)),
      between_(std::move(between)),
      history_(directory_ + "/driver.history") {
  std::vector<PathRole> paths;
  const int n = static_cast<int>(between_.size());
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const Between kind = between_[std::size_t(i)][std::size_t(j)];
      const std::string local = "unix:" + directory_ + "/p" + std::to_string(i * n + j);
      if (i == j || kind == Between::tcp || kind == Between::local) continue;
      paths.push_back({i, j, kind == Between::relay_tcp ? "127.0.0.1:0" : local});
    }
  }
  relay_ = Child(relay_argv(paths));
  const auto said = relay_.await_line(monotonic_ns() + kPatience);
  const std::vector<std::string> at = words(said.value_or(""));
  if (at.size() != paths.size() + 1) {
    went_wrong("the relay does not start");
    return;
  }
  for (std::size_t i = 0; i < paths.size(); ++i) paths_[{paths[i].from, paths[i].to}] = at[i + 1];
}

void Crew::went_wrong(const std::string& sentence) { wrong_.push_back(sentence); }

std::string Crew::address(int from, int to) const {
  const Member& target = members[std::size_t(to)];
  switch (between_[std::size_t(from)][std::size_t(to)]) {
    case Between::tcp:
      return target.tcp;
    case Between::local:
      return "unix:" + directory_ + "/" + name(to);
    default:
      return paths_.at({from, to});
  }
}

void Crew::start(int i) {
  Member& member = members[std::size_t(i)];
  NodeRole& role = member.role;
  role.life = lives_++;
  role.history = directory_ + "/" + std::to_string(role.life) + ".history";
  role.id = name(i);
  role.binds = {host_of(i) + ":0", "unix:" + directory_ + "/" + name(i)};
  role.names.clear();
  role.seeds.clear();
  for (int j = 0; j < static_cast<int>(members.size()); ++j) {
    role.names.push_back(name(j));
    // A node that listens on a port of its own is known when it has started; it dials this one.
    if (j != i && !address(i, j).empty()) role.seeds.push_back(address(i, j));
  }
  member.ready = member.leaving = member.stopped = member.all = member.settled = false;
  ++member.starts;
  history_.tell("life", {role.life}, role.id);
  member.child = Child(role.argv());
  if (hushed_) member.child.say("hush");
}

void Crew::kill(int i) {
  Member& member = members[std::size_t(i)];
  member.child.kill();
  member.stopped = false;
  history_.tell("end", {member.role.life});
}

void Crew::leave(int i) {
  members[std::size_t(i)].child.say("leave");
  members[std::size_t(i)].leaving = true;
}

void Crew::stop(int i, bool on) {
  members[std::size_t(i)].child.signal(on ? SIGSTOP : SIGCONT);
  members[std::size_t(i)].stopped = on && members[std::size_t(i)].running();
}

bool Crew::relay(const char* what, int i, int j, const std::string& how) {
  if (!paths_.contains({i, j})) return false;
  relay_.say(std::string(what) + " " + std::to_string(i) + " " + std::to_string(j) + " " + how);
  if (relay_.await_line(monotonic_ns() + kPatience) == "ok") return true;
  went_wrong(std::string("the relay does not answer to ") + what);
  return false;
}

void Crew::hush() {
  hushed_ = true;
  say("hush");
}

void Crew::say(const std::string& line) {
  for (Member& member : members) {
    if (member.running()) member.child.say(line);
  }
}

void Crew::hear(int i) {
  Member& member = members[std::size_t(i)];
  while (const auto line = member.child.line()) {
    const std::vector<std::string> said = words(*line);
    if (said.size() == 3 && said[0] == "ready") {
      member.ready = true;
      member.tcp = said[1];
      member.local = said[2];
      relay_.say("target " + std::to_string(i) + " " + member.tcp + " " + member.local);
      if (relay_.await_line(monotonic_ns() + kPatience) != "ok") {
        went_wrong("the relay does not answer to target");
      }
    } else if (said[0] == "all") {
      member.all = said[1] == "1";
    } else if (said[0] == "settled") {
      member.settled = true;
    } else if (said[0] == "asked") {
      member.asked = true;
    } else {
      went_wrong(name(i) + " says " + *line);
    }
  }
}

void Crew::reap(int i) {
  Member& member = members[std::size_t(i)];
  const std::optional<int> status = member.child.reap(false);
  if (!status) return;
  history_.tell("end", {member.role.life});
  if (!member.leaving || *status != 0) {
    went_wrong(name(i) + " (life " + std::to_string(member.role.life) + ") ended by itself, " +
               how_it_ended(*status));
  }
}

void Crew::serve(std::int64_t deadline) {
  std::vector<const Child*> children;
  for (const Member& member : members) children.push_back(&member.child);
  wait_for(children, deadline);
  for (int i = 0; i < static_cast<int>(members.size()); ++i) {
    if (!members[std::size_t(i)].running()) continue;
    hear(i);
    reap(i);
  }
}

void Crew::run_until(std::int64_t deadline) {
  while (ok() && monotonic_ns() < deadline) serve(deadline);
}

}  // namespace aemp::chaos
