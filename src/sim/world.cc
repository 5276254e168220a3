// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/world.h"

#include <algorithm>
#include <cstdio>

#include "base/fill_in.h"
#include "base/throw_error.h"
#include "sim/process.h"

namespace aemp::sim {

World::World(std::uint64_t s) : seed(s), dice_(s) {
  default_route_.delay = Path().delay.count();
  default_route_.jitter = Path().jitter.count();
}

bool World::step(Nanos until) {
  if (agenda_.empty() || agenda_.next() > until) {
    now_ = std::max(now_, until);
    return false;
  }
  const Agenda::Event event = choose ? agenda_.pop_chosen(window, until, choose) : agenda_.pop();
  now_ = std::max(now_, event.at);
  ++counts.events;
  const std::uint32_t id = event.subject.id();
  switch (event.subject.kind()) {
    case Subject::Kind::process:
      run(*processes_[id]);
      break;
    case Subject::Kind::end:
      arrive(connections_[id / 2]->ends[id % 2]);
      break;
    case Subject::Kind::datagram:
      arrive_datagram(id);
      break;
  }
  return true;
}

void World::run(ProcessCore& process) {
  if (!process.may_run()) return;
  ++counts.turns;
  record(&process, "turn", 0);
  process.turn();
}

void World::want_run(ProcessCore& process, Nanos at) {
  const SystemCall call;
  at = std::max({at, process.free_at(), now_});
  const Subject subject = Subject::process(process.id);
  if (at < agenda_.at(subject)) agenda_.set(subject, at, order());
}

int World::wait(ProcessCore& process, Nanos timeout, std::span<Ready> ready) {
  const Nanos deadline = timeout < 0 ? kNever : add_clamped(process.time(), timeout);
  struct Waiting {
    ProcessCore& process;
    explicit Waiting(ProcessCore& p) : process(p) { process.waiting = true; }
    ~Waiting() {
      process.waiting = false;
      // What the owner leaves undone is the world's.
      process.world.want_run(process, 0);
    }
  } waiting(process);
  process.spend_turn();
  const Nanos free_at = process.free_at();
  while (step(free_at)) {
  }
  for (;;) {
    // A stopped one sees time pass, and nothing else.
    const int count = process.stopped() ? 0 : process.collect(ready);
    if (count != 0 || process.crashed() || now_ >= deadline) return count;
    if (!process.stopped() && process.take_wake()) return 0;
    if (agenda_.empty() && deadline == kNever) {
      throw_error(Errc::system, "nothing will ever happen: all loops wait without limit");
    }
    step(deadline);
  }
}

Counts World::all_counts() const {
  Counts all = counts;
  for (ProcessCore* process : processes_) {
    if (process != nullptr) all.descriptors += process->sockets().open_count();
  }
  return all;
}

std::uint32_t World::add(ProcessCore* process) {
  processes_.push_back(process);
  return static_cast<std::uint32_t>(processes_.size() - 1);
}

void World::remove(std::uint32_t process) {
  processes_[process] = nullptr;
  agenda_.remove(Subject::process(process));
}

Machine& World::machine(std::string_view name) {
  const auto found = machines_.find(name);
  if (found != machines_.end()) return found->second;
  Machine& made = machines_[std::string(name)];
  made.name = name;
  const std::size_t number = machines_.size();
  made.ip =
      Address::tcp4(10, static_cast<std::uint8_t>(number >> 16),
                    static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number), 0);
  return made;
}

Machine* World::machine_at(const Address& ip) {
  for (auto& [name, machine] : machines_) {
    if (machine.ip.family == ip.family && machine.ip.ip == ip.ip) return &machine;
  }
  return nullptr;
}

Route& World::route(std::uint32_t from, std::uint32_t to) {
  const SystemCall call;
  return routes_.try_emplace({from, to}, default_route_).first->second;
}

void World::set_default_route(const Route& route) {
  default_route_ = route;
  for (auto& [key, existing] : routes_) {
    const Route before = existing;
    if (!existing.chosen) existing = route;
    existing.altered = before.altered;
    existing.held = before.held;
  }
}

void World::hold(std::uint32_t from, std::uint32_t to, bool on) {
  Route& changed = route(from, to);
  changed.held = on;
  if (!on) changed.altered = 0;
  note(nullptr, on ? "cut" : "heal", from, to);
  if (on) return;
  for (auto& connection : connections_) {
    if (connection == nullptr) continue;
    for (End& end : connection->ends) {
      if (end.route == &changed) schedule(end);
    }
  }
}

void World::heal_all() {
  for (auto& [key, route] : routes_) {
    if (route.held || route.altered > 0) hold(key.first, key.second, false);
  }
}

void World::record(const ProcessCore* who, std::string_view what, std::uint64_t a,
                   std::uint64_t b) noexcept {
  const std::uint64_t id = who == nullptr ? 0 : who->id + 1;
  const auto time = static_cast<std::uint64_t>(now_);
  history = mix64(history ^ mix64(time + id * 0x9e3779b97f4a7c15u + hash(what)) ^
                  (a * 0xff51afd7ed558ccdu + b * 0xc4ceb9fe1a85ec53u + 1));
}

void World::note(const ProcessCore* who, std::string_view what, std::uint64_t a, std::uint64_t b) {
  record(who, what, a, b);
  if (!trace) return;
  const SystemCall call;
  print(who, what, b == 0 ? fill_in("%", {a}) : fill_in("% %", {a, b}));
}

void World::note_text(const ProcessCore* who, std::string_view what, std::string_view text) {
  record(who, what, hash(text));
  if (!trace) return;
  const SystemCall call;
  print(who, what, text);
}

void World::print(const ProcessCore* who, std::string_view what, std::string_view text) {
  const Nanos since = now_ - 1'000 * kSecond;
  char head[64];
  std::snprintf(head, sizeof head, "%4lld.%06lld ", static_cast<long long>(since / kSecond),
                static_cast<long long>(since % kSecond / kMicrosecond));
  const std::string name = who == nullptr ? "-" : fill_in("p%", {who->id});
  trace(fill_in("%% % %", {head, name, what, text}));
}

}  // namespace aemp::sim
