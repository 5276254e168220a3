// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public Network and Process.
#include <aemp/sim.h>

#include <algorithm>
#include <utility>

#include "base/throw_error.h"
#include "sim/process.h"
#include "sim/world.h"

namespace aemp::sim {

namespace {

Route route_of(const Path& path) {
  Route route;
  route.delay = std::max<Nanos>(path.delay.count(), 0);
  route.jitter = std::max<Nanos>(path.jitter.count(), 0);
  route.bandwidth = path.bandwidth;
  route.loss = path.loss;
  return route;
}

Nanos not_negative(Nanoseconds span) { return std::max<Nanos>(span.count(), 0); }

Nanos end_of(World& world, Nanoseconds span) {
  if (world.turning > 0) {
    throw_error(Errc::busy, "the network was run from inside a callback of one of its processes");
  }
  return add_clamped(world.now(), not_negative(span));
}

// Ids are a network's own: those of another one's process would name somebody else here.
const ProcessCore& own(const ProcessCore& process, const World& world) {
  if (&process.world == &world) return process;
  throw_error(Errc::bad_value, "the process is one of another network");
}

}  // namespace

Network::Network(std::uint64_t seed) : world_(new World(seed)) {}
Network::~Network() { delete world_; }

Nanoseconds Network::now() const noexcept { return Nanoseconds(world_->now() - 1'000 * kSecond); }

void Network::run_for(Nanoseconds span) {
  const Nanos end = end_of(*world_, span);
  while (world_->step(end)) {
  }
}

bool Network::step(Nanoseconds limit) { return world_->step(end_of(*world_, limit)); }

void Network::set_path(const Process& from, const Process& to, const Path& path) {
  Route& route = world_->route(own(*from.core_, *world_).id, own(*to.core_, *world_).id);
  const Route before = route;
  route = route_of(path);
  route.altered = before.altered;
  route.held = before.held;
  route.chosen = true;
}

void Network::set_default_path(const Path& path) { world_->set_default_route(route_of(path)); }

void Network::cut(const Process& a, const Process& b) {
  cut_one_way(a, b);
  cut_one_way(b, a);
}
void Network::cut_one_way(const Process& from, const Process& to) {
  world_->hold(own(*from.core_, *world_).id, own(*to.core_, *world_).id, true);
}
void Network::alter(const Process& from, const Process& to, std::uint64_t one_in) {
  world_->route(own(*from.core_, *world_).id, own(*to.core_, *world_).id).altered = one_in;
}
void Network::heal(const Process& a, const Process& b) {
  const std::uint32_t one = own(*a.core_, *world_).id;
  const std::uint32_t two = own(*b.core_, *world_).id;
  world_->hold(one, two, false);
  world_->hold(two, one, false);
}
void Network::heal_all() { world_->heal_all(); }
void Network::reset(const Process& a, const Process& b) {
  world_->reset(own(*a.core_, *world_), own(*b.core_, *world_), true);
}
void Network::reset_all(const Process& process) { world_->reset_all(own(*process.core_, *world_)); }
void Network::reset_one_way(const Process& here, const Process& there) {
  world_->reset(own(*here.core_, *world_), own(*there.core_, *world_), false);
}

void Network::unruly(bool on) { world_->set_unruly(on); }

void Network::explore(Nanoseconds window, detail::Function<std::size_t(std::size_t)> choose) {
  world_->set_unruly(false);
  world_->window = not_negative(window);
  world_->choose = std::move(choose);
}

std::uint64_t Network::seed() const noexcept { return world_->seed; }
std::uint64_t Network::history() const noexcept { return world_->history; }
Counts Network::counts() const { return world_->all_counts(); }
void Network::trace(detail::Function<void(std::string_view)> cb) { world_->trace = std::move(cb); }

Process::Process(Network& network, std::string_view machine, std::uint32_t uid)
    : core_(new ProcessCore(*network.world_, machine, uid)) {}
Process::~Process() { delete core_; }

Loop& Process::loop() { return core_->loop(); }
Host& Process::host() noexcept { return *core_; }

void Process::consume(Nanoseconds span) { core_->consume(span.count()); }
void Process::crash() { core_->end(false); }
void Process::vanish() { core_->end(true); }
bool Process::crashed() const noexcept { return core_->crashed(); }
void Process::stop() { core_->set_stopped(true); }
void Process::cont() { core_->set_stopped(false); }
void Process::raise(int signo) { core_->raise(signo); }
void Process::jump_clock(Nanoseconds by) { core_->jump_clock(by.count()); }
void Process::set_descriptor_limit(std::size_t most) { core_->sockets().limit = most; }
void Process::set_read_rate(std::uint64_t bytes_per_second) {
  core_->sockets().read_rate = bytes_per_second;
  core_->sockets().touch_all();
}

void Process::set_env(std::string_view name, std::string_view value) {
  core_->variables[std::string(name)] = value;
}
void Process::write_file(std::string_view path, std::string_view text, std::uint32_t mode) {
  core_->machine().files[std::string(path)] = {std::string(text), mode};
}
int Process::pid() const noexcept { return core_->pid(); }
std::uint32_t Process::uid() const noexcept { return core_->uid(); }
const std::string& Process::machine() const noexcept { return core_->machine().name; }
std::string Process::address() const {
  const std::string text = core_->machine().ip.str();
  return text.substr(0, text.rfind(':'));
}
std::size_t Process::open_descriptors() const noexcept { return core_->sockets().open_count(); }
const std::vector<std::string>& Process::error_lines() const noexcept {
  return core_->error_lines();
}

}  // namespace aemp::sim
