// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Dialer: tries the addresses of one target, the next one connect_interval after the last without
// waiting for it to fail, and pauses between rounds with full-jitter exponential back-off
// (0.1 s ... 30 s, at most monitor_timeout). Names of hosts are looked up anew in each round, one
// after the other beside the dialling, and their addresses go before those that still wait. A
// lookup is no attempt: one that takes long goes on while the addresses that there are have their
// next round.
#ifndef AEMP_NODE_DIALER_H
#define AEMP_NODE_DIALER_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "loop/resolver.h"
#include "loop/timer_heap.h"

namespace aemp {

class Network;
class Peer;

class DialTarget {
 public:
  virtual const std::vector<Endpoint>& dial_endpoints() = 0;
  // Who must answer there; empty: whoever does.
  virtual std::string_view dial_node() = 0;
  virtual bool dial_wanted() = 0;
  // Null for a seed.
  virtual Peer* dial_peer() = 0;
  // None of its addresses led to a link this time; they may be others at the next.
  virtual void dial_failed() noexcept {}

 protected:
  ~DialTarget() = default;
};

class Dialer final : private TimerNode, private LookupOwner {
 public:
  Dialer(Network& network, DialTarget& target) : network_(network), target_(target) {}
  ~Dialer() override;

  // None of these needs memory: an attempt that has none has failed.

  // Begins, or goes on at once, if the target is wanted and no attempt is planned.
  void start() noexcept;
  // The same, and does not wait for the end of a pause.
  void hurry() noexcept;
  // The target became reachable or unwanted: forgets back-off and failures. Attempts under way are
  // the network's to drop.
  void reset() noexcept;
  // One of the attempts ended without a link.
  void attempt_ended(std::string_view why) noexcept;
  const std::string& last_failure() const { return last_failure_; }
  unsigned attempts() const { return attempts_; }
  DialTarget& target() { return target_; }

 private:
  void on_timer() noexcept override;
  void on_looked_up(std::string_view why) noexcept override;
  void begin_round() noexcept;
  void look_up();
  const Address* next_address(Address& of_name);
  bool usable(const Address& at);
  bool found_more() const noexcept {
    return lookup_ && !looking_up_ && next_found_ < lookup_->found().size();
  }
  bool round_over() noexcept;
  void plan_round() noexcept;
  // Logged too, if `what` is given.
  void note_failure(std::string_view why, std::string_view what = {}) noexcept;

  Network& network_;
  DialTarget& target_;
  // Of this round: the next endpoint that is an address, the next that is a name, and of the last
  // one what it led to.
  std::size_t next_ = 0, next_name_ = 0;
  std::optional<Lookup> lookup_;
  bool looking_up_ = false;
  std::size_t next_found_ = 0;
  std::uint16_t found_port_ = 0;
  unsigned attempts_ = 0;  // under way
  unsigned round_ = 0;     // rounds that failed in a row
  bool pausing_ = false;   // between rounds
  bool tried_ = false;     // anything in this round
  std::string last_failure_;
};

}  // namespace aemp

#endif  // AEMP_NODE_DIALER_H
