// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Dispatcher: runs receivers in their port's context and lets ports die.
#ifndef AEMP_NODE_DISPATCHER_H
#define AEMP_NODE_DISPATCHER_H

#include <aemp/receiver.h>
#include <aemp/value.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "loop/reactor.h"
#include "node/monitor_table.h"
#include "node/no_memory.h"
#include "node/port_table.h"

namespace aemp {

class NodeCore;

// Monitors of one port that are fired before others have their turn.
inline constexpr unsigned kFirePerTurn = 256;

class Dispatcher {
 public:
  explicit Dispatcher(NodeCore& core) : core_(core) {}

  // Runs the receiver that fits; where none does, or it throws, the port dies.
  void deliver(PortSlot& slot, const Message& message);
  // Runs thunk(arg) in the port's context. False when it threw, which kills the port.
  bool run_in(PortSlot& slot, void (*thunk)(void*), void* arg);
  // Runs f in no context; an exception is logged with `what` (and the port that it is about) at
  // level 1 and swallowed.
  template <class F>
  void guarded(std::string_view what, F&& f, const Port& about = Port()) {
    outside(
        what, about, [](void* b) { (*static_cast<std::remove_reference_t<F>*>(b))(); }, &f);
  }
  // Runs f(core) from the loop, unless the node has left by then.
  void later(detail::Function<void(NodeCore&)> f);

  // Runs f, and tells the reason if that port died meanwhile. Does not nest.
  template <class F>
  std::optional<OwnedMessage> death_during(const PortSlot& slot, F&& f) {
    Birth birth(*this, slot.serial);
    f();
    return std::move(birth.death);
  }

  // The port dies now; its monitors fire from the loop. Needs no memory: where there is none for
  // the reason it is no_memory(), unless it is empty.
  void die(PortSlot& slot, Message reason) noexcept;
  // The same with what make() returns, an OwnedMessage.
  template <class Make>
  void die_of(PortSlot& slot, Make&& make) noexcept {
    with_reason(make, [&](Message reason) { die(slot, reason); });
  }
  // Fires a list, from the loop. Throws std::bad_alloc; the second does not, see die().
  void fire_later(MonitorList* list, Message reason);
  void surely_fire_later(MonitorList* list, Message reason) noexcept;
  // leave(): what has not fired will not.
  void stop();
  // Fires up to `limit` of a list's monitors now; true when the list is empty.
  bool fire(MonitorList& list, Message reason, unsigned limit);

  void set_default(PortSlot& slot, Receiver receiver);
  void set_tag(PortSlot& slot, std::unique_ptr<TagEntry> entry);
  void remove_tag(PortSlot& slot, const TagEntry* entry);

  // The serial of the slot whose context this is, 0 for none.
  std::uint64_t context() const;
  // The name of that port, which may be dead by now; the empty port for none.
  Port self() const;
  // Calls the program's on_drain callbacks for the run queue once it is short.
  void watch_local_drain();
  // Calls those that wait for a peer's queue (null: for the run queue).
  void call_drained(Peer* peer);
  std::uint64_t delivered = 0;         // messages
  std::uint64_t delivered_remote = 0;  // of them, from other nodes

 private:
  class Frame;
  struct Birth {
    Birth(Dispatcher& d, std::uint64_t port) : d(d), port(port) { d.birth_ = this; }
    ~Birth() { d.birth_ = nullptr; }
    // Without memory nobody will know why.
    void died(Message reason) noexcept {
      try {
        death = reason.copy();
      } catch (const std::bad_alloc&) {
        death.reset();
      }
    }
    Dispatcher& d;
    const std::uint64_t port;  // serial of its slot
    std::optional<OwnedMessage> death;
  };

  bool offer_tagged(PortSlot& slot, const Message& message);
  void empty_graveyard();
  void unhandled(PortSlot& slot, Message message);
  void threw(PortSlot& slot, std::uint64_t serial, const char* what) noexcept;
  void outside(std::string_view what, const Port& about, void (*thunk)(void*), void* arg);
  void settle(std::uint32_t index);
  void act(MonitorAction action, const Port& watched, Message reason);
  void bury(std::unique_ptr<TagEntry> entry) noexcept;

  void fire_unfired();

  NodeCore& core_;
  LinkList<MonitorList, MonitorListTag> unfired_;  // for want of memory, in order
  struct Retry final : TimerNode {
    explicit Retry(Dispatcher& d) : d(d) {}
    void on_timer() override { d.fire_unfired(); }
    Dispatcher& d;
  } retry_{*this};
  Frame* context_ = nullptr;  // the innermost activation
  Birth* birth_ = nullptr;    // of the port that is being set up
  unsigned depth_ = 0;
  bool draining_ = false;
  std::vector<std::pair<std::uint32_t, Receiver>> replacements_;  // by slot index
  std::vector<std::unique_ptr<TagEntry>> graveyard_;              // tags removed while running
};

}  // namespace aemp

#endif  // AEMP_NODE_DISPATCHER_H
