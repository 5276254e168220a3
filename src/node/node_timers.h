// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NodeTimers: Node::after. Dropped uncalled when the node leaves.
#ifndef AEMP_NODE_NODE_TIMERS_H
#define AEMP_NODE_NODE_TIMERS_H

#include <aemp/handle.h>
#include <aemp/receiver.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/nanos.h"
#include "loop/reactor.h"

namespace aemp {

class NodeCore;

class NodeTimers final : public detail::HandleTable {
 public:
  explicit NodeTimers(NodeCore& core) : core_(&core) {}

  Timer add(Nanos delay, detail::Function<void()> call);
  void retire();

  void cancel(std::uint32_t slot, std::uint32_t generation) override;
  bool active(std::uint32_t slot, std::uint32_t generation) const override;

 private:
  struct Entry final : TimerNode {
    explicit Entry(NodeTimers& timers) : timers(timers) {}
    void on_timer() override { timers.fire(*this); }

    NodeTimers& timers;
    detail::Function<void()> call;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    bool pending = false;
  };
  void fire(Entry& entry);
  detail::Function<void()> take(Entry& entry);

  NodeCore* core_;  // null once retired
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::uint32_t> free_;
};

}  // namespace aemp

#endif  // AEMP_NODE_NODE_TIMERS_H
