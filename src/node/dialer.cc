// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/dialer.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "node/core.h"
#include "node/network.h"

namespace aemp {

Dialer::~Dialer() { network_.dialer_gone(*this); }

void Dialer::begin_round() noexcept {
  next_ = 0;
  pausing_ = tried_ = false;
  if (looking_up_) return;
  next_name_ = next_found_ = 0;
  lookup_.reset();
}

void Dialer::start() noexcept {
  if (armed() || attempts_ != 0 || looking_up_ || !target_.dial_wanted()) return;
  begin_round();
  on_timer();
}

void Dialer::hurry() noexcept {
  if (pausing_ && attempts_ == 0 && target_.dial_wanted()) {
    network_.core().reactor.disarm(*this);
    on_timer();
  } else {
    start();
  }
}

void Dialer::reset() noexcept {
  network_.core().reactor.disarm(*this);
  looking_up_ = false;
  round_ = 0;
  begin_round();
  last_failure_.clear();
}

void Dialer::on_timer() noexcept {
  if (!target_.dial_wanted()) return;
  if (pausing_) begin_round();
  NodeCore& core = network_.core();
  try {
    look_up();
    Address of_name;
    const Address* address = next_address(of_name);
    if (address == nullptr) {
      if (round_over()) plan_round();
      return;
    }
    tried_ = true;
    network_.dial(*this, *address);
    ++attempts_;
  } catch (const std::bad_alloc&) {
    note_failure("out of memory");
  }
  core.reactor.arm(*this, core.reactor.now() + core.settings.connect_interval);
}

// Begins with the next name when the addresses of the last one have been tried.
void Dialer::look_up() {
  const std::vector<Endpoint>& endpoints = target_.dial_endpoints();
  while (!looking_up_ && !found_more() && next_name_ < endpoints.size()) {
    const Endpoint& endpoint = endpoints[next_name_++];
    if (!endpoint.is_named()) continue;
    found_port_ = endpoint.address.port;
    lookup_.emplace(network_.core().reactor, endpoint.host, static_cast<LookupOwner&>(*this));
    looking_up_ = true;
    next_found_ = 0;
  }
}

void Dialer::on_looked_up(std::string_view why) noexcept {
  looking_up_ = false;
  if (!why.empty()) note_failure(why, "dial failed");
  // What it found is of this round, whatever waits for the next.
  if (found_more()) pausing_ = false;
  if (!armed() || (found_more() && attempts_ == 0)) on_timer();
}

// Null: there is none now. One that a name led to is put there.
const Address* Dialer::next_address(Address& of_name) {
  while (found_more()) {
    of_name = lookup_->found()[next_found_++].at(found_port_);
    if (usable(of_name)) return &of_name;
  }
  const std::vector<Endpoint>& endpoints = target_.dial_endpoints();
  while (next_ < endpoints.size()) {
    const Endpoint& endpoint = endpoints[next_++];
    if (!endpoint.is_named()) return &endpoint.address;
  }
  return nullptr;
}

// Of what a name led to: who answers for names does not decide whom this node links with.
bool Dialer::usable(const Address& at) {
  if (network_.core().settings.may_reach(at)) return true;
  note_failure(
      fill_in("% is not on this machine: links to others need a secret or a key", {at.str()}),
      "not dialled");
  return false;
}

bool Dialer::round_over() noexcept {
  const std::size_t endpoints = target_.dial_endpoints().size();
  const bool named_left = looking_up_ ? !tried_ : next_name_ < endpoints;
  return endpoints != 0 && attempts_ == 0 && next_ >= endpoints && !named_left && !found_more();
}

void Dialer::note_failure(std::string_view why, std::string_view what) noexcept {
  if (!what.empty()) {
    network_.core().log.say(Log::kLink, [&] { return fill_in("%: %", {what, why}); });
  }
  try {
    if (!why.empty()) last_failure_ = why;
  } catch (const std::bad_alloc&) {
    last_failure_.clear();
  }
}

void Dialer::attempt_ended(std::string_view why) noexcept {
  if (attempts_ != 0) --attempts_;
  note_failure(why);
  if (!pausing_ && round_over() && target_.dial_wanted()) plan_round();
}

void Dialer::plan_round() noexcept {
  NodeCore& core = network_.core();
  const Nanos cap = std::min<Nanos>(30 * kSecond, core.settings.monitor_timeout);
  const Nanos ceiling =
      std::min<Nanos>(cap, (100 * kMillisecond) << std::min<unsigned>(round_, 10));
  ++round_;
  pausing_ = true;
  const Nanos delay =
      static_cast<Nanos>(core.random64() % static_cast<std::uint64_t>(ceiling)) + kMillisecond;
  core.reactor.arm(*this, core.reactor.now() + delay);
  target_.dial_failed();
}

}  // namespace aemp
