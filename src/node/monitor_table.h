// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// MonitorTable: what watches ports. All monitors of one port form a list in the order they were
// set; when the port dies the list is handed over whole and fired one by one.
#ifndef AEMP_NODE_MONITOR_TABLE_H
#define AEMP_NODE_MONITOR_TABLE_H

#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/receiver.h>
#include <aemp/value.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <variant>
#include <vector>

#include "loop/link.h"
#include "node/port_table.h"

namespace aemp {

class Peer;
struct MonitorEntry;

// Where the list hangs: at a living local port, at a port of a peer, or nowhere (it fires).
struct MonitorListTag;
struct MonitorList : Link<MonitorListTag> {
  MonitorEntry* head = nullptr;
  MonitorEntry* tail = nullptr;
  PortSlot* slot = nullptr;
  Peer* peer = nullptr;
  PortKey key{};        // of the peer's port
  bool normal = false;  // it fires without memory for the reason, which is empty
  bool empty() const { return head == nullptr; }
};

// What a monitor does when it fires.
struct MonitorSend {
  Port to;
  OwnedMessage prefix;
};
struct MonitorLink {
  Port to;
};
struct MonitorKeep {
  detail::Function<void()> objects;
};
struct MonitorPeer {  // another node watches this port of ours; it gets a DOWN
  Peer* peer;
  PortKey key;
};
using MonitorAction = std::variant<std::monostate, Receiver, MonitorLink,
                                   std::unique_ptr<MonitorSend>, MonitorKeep, MonitorPeer>;

struct MonitorEntry {
  MonitorEntry* next = nullptr;
  MonitorEntry* previous = nullptr;
  MonitorList* list = nullptr;  // null: free
  MonitorAction action;
  Port port;  // that is watched, for log lines; empty where the action calls nothing of the program
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
};

class MonitorTable final : public detail::HandleTable {
 public:
  // Told when cancel() took the last monitor from a list, which still hangs where it was.
  class Owner {
   public:
    virtual void on_unwatched(MonitorList& list) = 0;

   protected:
    ~Owner() = default;
  };

  explicit MonitorTable(Owner& owner) : owner_(&owner) {}

  MonitorList* make_list();
  void free_list(MonitorList* list) noexcept;  // must be empty

  // Throws std::bad_alloc, with `action` untouched.
  MonitorEntry& add(MonitorList& list, MonitorAction&& action, Port port);
  Monitor handle(MonitorEntry& entry) { return Monitor(this, entry.index, entry.generation); }
  // Takes the first entry off the list and frees it; its action is returned.
  MonitorAction take_first(MonitorList& list) noexcept;
  // Takes this entry off; does not tell the owner. Returns its action.
  MonitorAction take(MonitorEntry& entry) noexcept;
  // Appends all of `from` to `to`.
  void splice(MonitorList& to, MonitorList& from) noexcept;

  std::uint64_t count() const { return count_; }
  // The node goes: actions are destroyed, handles become inert.
  void retire();

  void cancel(std::uint32_t slot, std::uint32_t generation) override;
  bool active(std::uint32_t slot, std::uint32_t generation) const override;

 private:
  MonitorEntry* entry(std::uint32_t slot, std::uint32_t generation) const;

  Owner* owner_;
  std::deque<MonitorEntry> entries_;  // never move
  std::vector<std::uint32_t> free_;
  std::deque<MonitorList> lists_;
  std::vector<MonitorList*> free_lists_;
  std::uint64_t count_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_MONITOR_TABLE_H
