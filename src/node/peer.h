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
// An epoch may span several links when a link was closed for being idle. What its end needs is made
// when it begins, so that it can end without memory: then the peer is lost rather than a message.
#ifndef AEMP_NODE_PEER_H
#define AEMP_NODE_PEER_H

#include <aemp/detail/outgoing.h>
#include <aemp/handle.h>
#include <aemp/port.h>
#include <aemp/stats.h>
#include <aemp/value.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/endpoint.h"
#include "node/backlog.h"
#include "node/dialer.h"
#include "node/log_quota.h"
#include "node/monitor_table.h"
#include "node/stillborn.h"
#include "session/out_buffer.h"
#include "wire/packet.h"

namespace aemp {

class Connection;
class NodeCore;
class Session;

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
  // Throws std::bad_alloc, with nothing sent.
  void commit(Writer& writer, const Port& to);
  void abort(Writer& writer);
  Monitor monitor(const Port& port, MonitorAction action);
  // The last monitor was taken from this list of ours.
  void unwatched(MonitorList& list) noexcept;
  // MON or UNMON that waited until a message was written. Dropped when it has lost its sense.
  void put_waiting(const Backlog::Control& control) noexcept;
  // A port of ours that this peer monitors is dead.
  void watched_port_died(PortKey key, Message reason) noexcept;
  std::size_t queued_bytes() const { return queue_.bytes(); }
  // Runs the program's on_drain callbacks when the queue is short.
  void watch_drain();

  // Receiving (peer_in.cc).
  // The port of this node that it names.
  PortKey key_of(const Dest& dest) const;
  void on_packet(Connection& link, const Packet& packet);
  // Ports that it spawned here.
  Stillborn& stillborn() { return stillborn_; }

  // Links and epochs (peer.cc).

  Connection* link() const { return link_; }
  std::uint64_t last_link() const { return last_link_; }
  // Before anything is queued, monitored or linked: makes what the end of the epoch needs. Throws
  // std::bad_alloc.
  void begin_epoch() {
    if (testament_.empty()) [[unlikely]]
      make_testament();
  }
  // A link that was just taken, with where the other end can be dialled. There must be none, and
  // begin_epoch() was called.
  void adopt(Connection& link, std::vector<Endpoint> endpoints) noexcept;
  // The link is gone, and with it the epoch. Monitors hear (word, node ID, sentence).
  void link_lost(std::string_view word, std::string_view sentence) noexcept;
  // The link is gone because both sides found it idle; the epoch goes on.
  void link_idle() noexcept;
  // No link within monitor_timeout, or too much was queued.
  void end_epoch(std::string_view word, std::string_view sentence) noexcept;
  // There was no memory for what this peer must get: it is lost.
  void lose_for_memory() noexcept;
  // leave(): what is queued goes out, then BYE.
  // Throws std::bad_alloc.
  void say_bye();
  // leave(): nothing is dialled or waited for any more.
  void stop();
  // The connection object of the link goes.
  void forget_link(const Connection& link) {
    if (link_ == &link) link_ = nullptr;
  }
  // What its link has carried: that is about to end.
  void count_traffic(const Session& session) noexcept { before_.add(session); }
  // False for a link whose "up" was not yet reported, or that is being closed for idleness.
  bool is_open() const { return open_; }
  bool reported_up() const { return reported_up_; }
  // Its last link ended because it left the network.
  bool said_bye() const { return said_bye_; }
  // It was up at least once.
  bool known() const { return incarnation_ != 0; }
  Nanos last_seen() const { return last_seen_; }  // when its last link ended
  std::uint64_t incarnation() const { return incarnation_; }
  // A link is of use: something is queued, watched or firing, on either side.
  bool in_use() const;
  bool wants_link() const;
  // Messages that nobody would miss wait for a link though no address is known; until then.
  bool waits_in_vain() const { return wait_.armed() && endpoints_.empty() && watched_.empty(); }
  Nanos waits_until() const { return wait_.deadline(); }
  // Ends the epoch for want of a link.
  void give_up(std::string_view sentence) noexcept;
  // From now on, or not any more: a link is made and made again, and not closed for being idle.
  void keep(bool on) noexcept;
  bool kept() const { return kept_; }
  bool dial_wanted() override;
  // A link is dialled for so long, for it was asked for from elsewhere.
  void invite(Nanos until) noexcept;
  // Where it can be dialled, for as long as there is no link that says it better.
  void learn(std::vector<Endpoint> endpoints) noexcept;
  std::uint64_t max_message() const { return peer_max_; }
  // Nothing here that anybody could miss.
  bool forgettable() const;
  // Writing stops (IDLE_ASK, IDLE_OK) or goes on (IDLE_NO).
  void suspend();
  void resume();
  Dialer& dialer() { return dialer_; }
  bool dialable() const { return !endpoints_.empty(); }
  PeerStats stats() const;

 private:
  // Monitors to be called: those of an epoch that ended, and then the program's node event; or
  // what is left of those of one port.
  struct Firing {
    MonitorList list;
    OwnedMessage reason;
    bool started = false;      // or there was nothing to start
    bool report_down = false;  // "up" was reported for this epoch's link
  };
  // A port to which a message was lost: its monitors are about to be called.
  struct LostPort {
    MonitorList* list;
    OwnedMessage reason;
  };

  // What links have carried.
  struct Traffic {
    void add(const Session& session) noexcept;
    std::uint64_t bytes_in = 0, bytes_out = 0, messages_in = 0, messages_out = 0;
  };
  static constexpr std::size_t kMostDown = 255;  // bytes of last_down_

  bool losing_all() const { return !firing_.empty() && !firing_.back().started; }
  bool over_limit() const noexcept;
  void overrun() noexcept;
  void queued() noexcept;
  void wake() noexcept;
  std::size_t put_dest(PortKey key, std::uint8_t* out) const;
  void put_control(std::uint8_t type, PortKey key);
  void put_down(PortKey key, Message reason) noexcept;
  void drained() override;

  // peer_limits.cc
  void lose_port(PortKey key, std::size_t size);
  void fire_lost(PortKey key) noexcept;
  PortKey queued_key(const Dest& dest) const;
  void drop_oversized() noexcept;
  void drop_oversized_messages();

  // peer_in.cc
  void on_mon(PortKey key);
  void on_unmon(PortKey key);
  void on_down(const Packet& packet);
  void on_spawn(Connection& link, const Packet& packet);

  void make_testament();
  void schedule() noexcept;
  void pump() noexcept;
  void open_link() noexcept;
  void report(bool up, Message reason) noexcept;
  bool fire_oldest() noexcept;
  void fire_port(MonitorList& list, Message reason) noexcept;
  void join_monitors(MonitorList& all) noexcept;
  void drop_watchers() noexcept;
  void want() noexcept;
  void redial() noexcept;
  void on_wait_over() noexcept;
  // What had no memory is done again soon.
  void try_again() noexcept;
  void on_retry() noexcept;
  void send_unmons() noexcept;

  // DialTarget
  const std::vector<Endpoint>& dial_endpoints() override { return endpoints_; }
  std::string_view dial_node() override { return id(); }
  Peer* dial_peer() override { return this; }
  void dial_failed() noexcept override;

  NodeCore& core_;
  detail::Name* name_;
  OutBuffer queue_;
  Connection* link_ = nullptr;
  bool open_ = false;
  bool reported_up_ = false;
  bool kept_ = false;
  bool said_bye_ = false;
  Nanos invited_until_ = 0;
  bool scheduled_ = false;
  bool drain_scheduled_ = false;
  bool pump_again_ = false, drain_again_ = false;  // at the next try
  bool lose_again_ = false, unmon_again_ = false;
  std::uint64_t epoch_ = 0;        // how many there were
  std::uint64_t incarnation_ = 0;  // of the last link
  std::uint64_t last_link_ = 0;
  Nanos last_seen_ = 0;
  std::uint64_t links_ = 0, links_lost_ = 0;
  std::string last_down_;
  Traffic before_;                // of links that ended
  std::uint64_t last_spawn_ = 0;  // highest serial of that incarnation's calls
  std::uint64_t peer_max_ = UINT64_MAX;
  std::size_t largest_ = 0;  // payload queued since the queue was last empty
  // Its ports. A list that is empty waits for memory to send UNMON.
  std::unordered_map<PortKey, MonitorList*, PortKeyHash> watched_;
  std::unordered_map<PortKey, MonitorEntry*, PortKeyHash> watchers_;  // ours
  std::unordered_map<PortKey, LostPort, PortKeyHash> lost_ports_;
  LinkList<MonitorList, MonitorListTag> lists_;  // those of watched_ and lost_ports_, by age
  std::list<Firing> firing_;
  std::list<Firing> testament_;  // of this epoch: one or none
  Stillborn stillborn_;
  LogQuota warnings_;
  std::vector<Endpoint> endpoints_;
  Dialer dialer_;
  struct Wait final : TimerNode {
    explicit Wait(Peer& peer) : peer(peer) {}
    void on_timer() override { peer.on_wait_over(); }
    Peer& peer;
  } wait_{*this};
  struct Retry final : TimerNode {
    explicit Retry(Peer& peer) : peer(peer) {}
    void on_timer() override { peer.on_retry(); }
    Peer& peer;
  } retry_{*this};
};

}  // namespace aemp

#endif  // AEMP_NODE_PEER_H
