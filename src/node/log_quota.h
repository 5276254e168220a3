// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// LogQuota: how many warnings one peer can cause by what it sends. A few are logged as they come;
// the others of the same while are counted, and one line tells how many there were.
#ifndef AEMP_NODE_LOG_QUOTA_H
#define AEMP_NODE_LOG_QUOTA_H

#include <cstdint>

#include "base/nanos.h"
#include "loop/timer_heap.h"

namespace aemp {

class NodeCore;
class Peer;

class LogQuota final : public TimerNode {
 public:
  static constexpr unsigned kLines = 16;  // as they come, in
  static constexpr Nanos kWindow = 10 * kSecond;

  LogQuota(NodeCore& core, const Peer& peer) : core_(core), peer_(peer) {}

  // One more line is to be logged. False: it is left out.
  bool admit() noexcept;
  // Lines were left out and not yet told of.
  bool owes() const { return left_out_ != 0; }
  // The node leaves: nothing is told any more.
  void stop() noexcept;

 private:
  void on_timer() override;

  NodeCore& core_;
  const Peer& peer_;
  Nanos window_ = 0;  // its start
  unsigned lines_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_LOG_QUOTA_H
