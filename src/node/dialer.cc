// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/dialer.h"

#include <algorithm>
#include <new>

#include "node/core.h"
#include "node/network.h"

namespace aemp {

Dialer::~Dialer() { network_.dialer_gone(*this); }

void Dialer::start() noexcept {
  if (armed() || attempts_ != 0 || !target_.dial_wanted()) return;
  next_ = 0;
  pausing_ = false;
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
  round_ = 0;
  next_ = 0;
  pausing_ = false;
  last_failure_.clear();
}

void Dialer::on_timer() noexcept {
  if (!target_.dial_wanted()) return;
  const std::vector<Address>& addresses = target_.dial_addresses();
  if (pausing_) {
    pausing_ = false;
    next_ = 0;
  }
  if (next_ >= addresses.size()) {
    if (attempts_ == 0 && !addresses.empty()) plan_round();
    return;
  }
  NodeCore& core = network_.core();
  try {
    network_.dial(*this, addresses[next_++]);
    ++attempts_;
  } catch (const std::bad_alloc&) {
    note_failure("out of memory");
  }
  core.reactor.arm(*this, core.reactor.now() + core.settings.connect_interval);
}

void Dialer::note_failure(std::string_view why) noexcept {
  try {
    if (!why.empty()) last_failure_ = why;
  } catch (const std::bad_alloc&) {
    last_failure_.clear();
  }
}

void Dialer::attempt_ended(std::string_view why) noexcept {
  if (attempts_ != 0) --attempts_;
  note_failure(why);
  if (attempts_ == 0 && !pausing_ && next_ >= target_.dial_addresses().size() &&
      target_.dial_wanted()) {
    plan_round();
  }
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
}

}  // namespace aemp
