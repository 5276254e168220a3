// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Backlog: what a node sends while it is writing a message (a user's aemp_encode that sends, spawns
// or monitors). Kept in the order of the calls, a message where it was opened, and sent when
// nothing is being written any more: whatever order holds without an encoder holds inside one.
#ifndef AEMP_NODE_BACKLOG_H
#define AEMP_NODE_BACKLOG_H

#include <aemp/detail/outgoing.h>
#include <aemp/port.h>

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "node/port_table.h"

namespace aemp {

class Peer;

class Backlog {
 public:
  using Verb = detail::Outgoing::Verb;

  struct Outbound {
    Verb verb;
    Port to;
    std::vector<std::uint8_t> items;
    bool wanted = false;  // false: its writer gave up
  };
  // MON or UNMON.
  struct Control {
    Peer* peer;
    std::uint8_t type;
    PortKey key;
    std::uint64_t epoch;  // of the peer
  };
  using Entry = std::variant<Outbound, Control>;

  bool empty() const { return entries_.empty(); }
  // Keeps a place for a message that is being written.
  std::size_t reserve(Verb verb, const Port& to) {
    entries_.push_back(Outbound{verb, to, {}});
    return entries_.size() - 1;
  }
  void fill(std::size_t place, std::vector<std::uint8_t> items) {
    auto& message = std::get<Outbound>(entries_[place]);
    message.items = std::move(items);
    message.wanted = true;
  }
  void add(const Control& control) { entries_.push_back(control); }
  std::vector<Entry> take() { return std::exchange(entries_, {}); }

 private:
  std::vector<Entry> entries_;
};

}  // namespace aemp

#endif  // AEMP_NODE_BACKLOG_H
