// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// NodeCore: what a node is made of. Each part has one job; the core owns them and outlives the
// program's Node object until the last link said goodbye and the last queued job was dropped.
#ifndef AEMP_NODE_CORE_H
#define AEMP_NODE_CORE_H

#include <aemp/config.h>
#include <aemp/node.h>
#include <aemp/stats.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_table.h"
#include "loop/reactor.h"
#include "node/calls.h"
#include "node/channel_service.h"
#include "node/directory.h"
#include "node/dispatcher.h"
#include "node/log.h"
#include "node/monitor_table.h"
#include "node/network.h"
#include "node/node_port.h"
#include "node/node_timers.h"
#include "node/port_table.h"
#include "node/registrations.h"
#include "node/router.h"
#include "node/settings.h"
#include "node/tracer.h"

namespace aemp {

struct Unref {
  void operator()(detail::HandleTable* table) const noexcept { table->unref(); }
  void operator()(detail::Anchor* anchor) const noexcept { detail::unref(anchor); }
};

class NodeCore final : public Reaped, private MonitorTable::Owner, private SlowListener {
 public:
  // A purely local node called "anon/" and random text. Throws Error(system) without randomness.
  explicit NodeCore(Reactor& reactor);

  // Ports die, nothing is called back any more; links are flushed. Then the core deletes itself.
  void leave();
  // The program's Node object is gone.
  void abandon();

  Port port_of(const PortSlot& slot) const;
  Port node_port_of(std::string_view node);  // any node, its ID checked
  Port dead_port();                          // the name of a port that was
  bool is_local(const detail::Name* name) const {
    return name == own_name ||
           (name->hash == own_name->hash && name->node == own_name->node && name->alias.empty());
  }
  const std::string& id() const { return own_name->node; }
  std::string random_text();  // 22 base-62 digits: 128 random bits
  // Not for secrets that others try to guess: jitter, link IDs, keys of hash tables.
  std::uint64_t random64();

  // The local port, null when it is dead. Throws Error(empty_port), Error(not_local),
  // Error(node_port).
  PortSlot* own_slot(const Port& port, std::string_view what);
  // A monitor of any port. Throws Error(empty_port).
  Monitor monitor(const Port& port, MonitorAction action);
  MonitorEntry& watch_slot(PortSlot& slot, MonitorAction&& action, Port port);
  // The last monitor left this list.
  void unwatch(MonitorList& list) { on_unwatched(list); }

  Stats stats() const;

  // Called when the last link is gone after leave().
  void network_gone();

  Reactor& reactor;
  const std::uint64_t incarnation;
  detail::NameTable names;
  detail::Name* own_name;  // borrowed from names
  Settings settings;
  bool configured = false;
  bool left = false;
  bool leave_later = false;  // leave() was called while a message was being written

  // Kept alive by their handles.
  std::unique_ptr<Registrations, Unref> registrations;
  Log log;
  PortTable ports;
  std::unique_ptr<MonitorTable, Unref> monitors;
  MonitorList* own_node_port_monitors;  // never fires: the node port lives as long as the node
  std::unique_ptr<NodeTimers, Unref> timers;
  Dispatcher dispatcher;
  Router router;
  Calls calls;
  NodePort node_port;
  Network network;
  std::unique_ptr<Directory> directory;      // from configure() to leave()
  std::unique_ptr<ChannelService> channels;  // from the first that has to do with them to leave()
  const std::unique_ptr<Tracer> tracer;      // null: none is wanted
  // Counted by contexts; points back here until the node left.
  std::unique_ptr<detail::Anchor, Unref> anchor;

 private:
  ~NodeCore() override;
  void on_unwatched(MonitorList& list) override;
  void on_slow(Nanos took, std::size_t callbacks, const Trail& trail) override;
  void tell_slow(Nanos took, std::size_t callbacks, const Trail& trail);
  void note_slowest(Nanos took, std::size_t callbacks, const std::vector<std::string>& slow);
  void maybe_end();
  void end();

  // See Stats.
  std::string slowest_;
  Nanos slowest_time_ = 0;
  std::size_t slowest_callbacks_ = 0;
  bool abandoned_ = false;
  bool network_gone_ = false;
  bool ending_ = false;
  struct Retry final : TimerNode {
    explicit Retry(NodeCore& core) : core(core) {}
    void on_timer() override { core.end(); }
    NodeCore& core;
  } retry_{*this};
  std::uint64_t random_state_;
};

}  // namespace aemp

#endif  // AEMP_NODE_CORE_H
