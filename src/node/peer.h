// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Peer: one remote node, as seen from here: the queue of what is to be sent to it, the monitors
// on its ports, its monitors on ours. They belong to the peer and not to a connection; together
// they make an epoch, which ends when the link is lost (or none could be made in time):
//
//   link lost:  queue dropped, monitors move to a firing list, in one step
//   until the first of them is called:  sends are dropped, new monitors join the list
//   until the list is empty:  no frame of the next link is written or delivered
//
// so that between the first lost message and the monitors' call nothing arrives: no holes.
// An epoch may span several links when a link was closed for being idle.
#ifndef AEMP_NODE_PEER_H
#define AEMP_NODE_PEER_H

#include <aemp/detail/outgoing.h>
#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/stats.h>
#include <aemp/value.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "node/backlog.h"
#include "node/dialer.h"
#include "node/monitor_table.h"
#include "node/stillborn.h"
#include "session/out_buffer.h"
#include "wire/packet.h"

namespace aemp {

class Connection;
class NodeCore;

class Peer final : private DialTarget, private OutBuffer::DrainListener {
 public:
  using Verb = detail::Outgoing::Verb;

  // Takes a reference to the name.
  Peer(NodeCore& core, detail::Name* name);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  const std::string& id() const { return name_->node; }
  detail::Name* name() const { return name_; }

  // Sending (peer_out.cc).

  // What is sent to this port now would arrive behind a hole and is dropped.
  bool losing(const Port& to) const {
    return losing_all() ||
           (!lost_ports_.empty() && lost_ports_.contains({to.origin(), to.serial()}));
  }
  Writer open(Verb verb, const Port& to);
  void commit(Writer& writer, const Port& to);
  void abort(Writer& writer);
  Monitor monitor(PortKey key, MonitorAction action);
  // The last monitor was taken from this list of ours.
  void unwatched(MonitorList& list);
  // MON or UNMON that waited until a message was written. Dropped when it has lost its sense.
  void put_waiting(const Backlog::Control& control);
  // A port of ours that this peer monitors is dead.
  void watched_port_died(PortKey key, Message reason);
  std::size_t queued_bytes() const { return queue_.bytes(); }
  // Runs the program's on_drain callbacks when the queue is short.
  void watch_drain();

  // Receiving (peer_in.cc).
  void on_packet(Connection& link, const Packet& packet);
  // Ports that it spawned here.
  Stillborn& stillborn() { return stillborn_; }

  // Links and epochs (peer.cc).

  Connection* link() const { return link_; }
  std::uint64_t last_link() const { return last_link_; }
  // A link that was just taken. There must be none.
  void adopt(Connection& link);
  // The link is gone, and with it the epoch.
  void link_lost(Message reason);
  // The link is gone because both sides found it idle; the epoch goes on.
  void link_idle();
  // No link within monitor_timeout, or too much was queued.
  void end_epoch(Message reason);
  // leave(): what is queued goes out, then BYE.
  void say_bye();
  // leave(): nothing is dialled or waited for any more.
  void stop();
  // The connection object of the link goes.
  void forget_link(const Connection& link) {
    if (link_ == &link) link_ = nullptr;
  }
  // False for a link whose "up" was not yet reported, or that is being closed for idleness.
  bool is_open() const { return open_; }
  bool reported_up() const { return reported_up_; }
  // It was up at least once.
  bool known() const { return incarnation_ != 0; }
  Nanos last_seen() const { return last_seen_; }  // when its last link ended
  std::uint64_t incarnation() const { return incarnation_; }
  // A link is of use: something is queued, watched or firing, on either side.
  bool in_use() const;
  bool wants_link() const;
  // Messages that nobody would miss wait for a link though no address is known; until then.
  bool waits_in_vain() const { return wait_.armed() && addresses_.empty() && watched_.empty(); }
  Nanos waits_until() const { return wait_.deadline(); }
  // Ends the epoch for want of a link.
  void give_up(const std::string& sentence);
  // Nothing here that anybody could miss.
  bool forgettable() const;
  // Writing stops (IDLE_ASK, IDLE_OK) or goes on (IDLE_NO).
  void suspend();
  void resume();
  Dialer& dialer() { return dialer_; }
  bool dialable() const { return !addresses_.empty(); }
  PeerStats stats() const;

 private:
  // Monitors to be called: those of an epoch that ended, and then the program's node event; or
  // what is left of those of one port.
  struct Firing {
    MonitorList* list;
    OwnedMessage reason;
    bool started;      // or there was nothing to start
    bool report_down;  // "up" was reported for this epoch's link
  };
  // A port to which a message was lost: its monitors are about to be called.
  struct LostPort {
    MonitorList* list;
    OwnedMessage reason;
  };

  bool losing_all() const { return !firing_.empty() && !firing_.back().started; }
  void overrun();
  void queued();
  void wake();
  std::size_t put_dest(PortKey key, std::uint8_t* out) const;
  void put_control(std::uint8_t type, PortKey key);
  void put_down(PortKey key, Message reason);
  void drained() override;

  // peer_limits.cc
  void lose_port(PortKey key, std::size_t size);
  void fire_lost(PortKey key);
  PortKey queued_key(const Dest& dest) const;
  void drop_oversized();

  // peer_in.cc
  PortKey key_of(const Dest& dest) const;
  void on_mon(PortKey key);
  void on_unmon(PortKey key);
  void on_down(const Packet& packet);
  void on_spawn(Connection& link, const Packet& packet);

  void schedule();
  void pump();
  void open_link();
  void report(bool up, Message reason);
  bool fire_oldest();
  void fire_port(MonitorList& list, Message reason);
  MonitorList* join_monitors();
  void drop_watchers();
  void want();
  void on_wait_over();

  // DialTarget
  const std::vector<Address>& dial_addresses() override { return addresses_; }
  std::string_view dial_node() override { return id(); }
  bool dial_wanted() override;
  Peer* dial_peer() override { return this; }

  NodeCore& core_;
  detail::Name* name_;
  OutBuffer queue_;
  Connection* link_ = nullptr;
  bool open_ = false;
  bool reported_up_ = false;
  bool scheduled_ = false;
  bool drain_scheduled_ = false;
  std::uint64_t epoch_ = 0;        // how many there were
  std::uint64_t incarnation_ = 0;  // of the last link
  std::uint64_t last_link_ = 0;
  Nanos last_seen_ = 0;
  std::uint64_t last_spawn_ = 0;  // highest serial of that incarnation's calls
  std::uint64_t peer_max_ = UINT64_MAX;
  std::size_t largest_ = 0;  // payload queued since the queue was last empty
  std::unordered_map<PortKey, MonitorList*, PortKeyHash> watched_;    // its ports
  std::unordered_map<PortKey, MonitorEntry*, PortKeyHash> watchers_;  // ours
  std::unordered_map<PortKey, LostPort, PortKeyHash> lost_ports_;
  std::uint64_t lists_made_ = 0;
  std::deque<Firing> firing_;
  Stillborn stillborn_;
  std::vector<Address> addresses_;
  Dialer dialer_;
  struct Wait final : TimerNode {
    explicit Wait(Peer& peer) : peer(peer) {}
    void on_timer() override { peer.on_wait_over(); }
    Peer& peer;
  } wait_{*this};
};

}  // namespace aemp

#endif  // AEMP_NODE_PEER_H
