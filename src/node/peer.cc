// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Links and epochs.
#include "node/peer.h"

#include <algorithm>

#include "node/core.h"

namespace aemp {

Peer::Peer(NodeCore& core, detail::Name* name)
    : core_(core),
      name_(detail::ref(name)),
      queue_(core.network.pool()),
      watched_(0, PortKeyHash{core.random64()}),
      watchers_(0, PortKeyHash{core.random64()}),
      lost_ports_(0, PortKeyHash{core.random64()}),
      dialer_(core.network, *this) {}

Peer::~Peer() { detail::unref(name_); }

void Peer::adopt(Connection& link) {
  const Hello& hello = link.session->peer();
  if (hello.incarnation != incarnation_) {
    incarnation_ = hello.incarnation;
    last_spawn_ = 0;
    stillborn_.clear();
  }
  last_link_ = link.session->link_id();
  peer_max_ = hello.max_message;
  addresses_.clear();
  for (const std::string& bind : hello.binds) {
    Result<Address> address = parse_address(bind, 0);
    if (address && !address->any_host) addresses_.push_back(*address);
  }
  link_ = &link;
  open_ = false;
  link.session->hold(true);
  core_.reactor.disarm(wait_);
  dialer_.reset();
  schedule();
}

void Peer::schedule() {
  if (scheduled_) return;
  scheduled_ = true;
  core_.dispatcher.later([this](NodeCore&) {
    scheduled_ = false;
    pump();
  });
}

void Peer::pump() {
  while (!firing_.empty()) {
    if (!fire_oldest()) return;
  }
  if (link_ != nullptr && !open_ && !reported_up_) open_link();
  if (core_.left) return;
  if (wants_link()) want();
  core_.network.forget_some();
}

// False when the pump must stop: the node left, or the rest comes in the next slice.
bool Peer::fire_oldest() {
  Firing& epoch = firing_.front();
  epoch.started = true;
  const OwnedMessage reason = epoch.reason;
  const bool done = core_.dispatcher.fire(*epoch.list, reason, kFirePerTurn);
  if (core_.left) return false;
  if (!done) {
    schedule();
    return false;
  }
  core_.monitors->free_list(epoch.list);
  const bool report_down = epoch.report_down;
  if (report_down) report(false, reason);
  if (core_.left) return false;
  firing_.pop_front();
  return true;
}

// The monitors of one port. What does not fit into this turn still goes before "down".
void Peer::fire_port(MonitorList& list, Message reason) {
  // A callback may end the epoch, whose monitors come later.
  const auto place = static_cast<std::ptrdiff_t>(firing_.size());
  if (core_.dispatcher.fire(list, reason, kFirePerTurn)) {
    core_.monitors->free_list(&list);
  } else if (!core_.left) {
    firing_.insert(firing_.begin() + place, Firing{&list, reason.copy(), true, false});
    schedule();
  }
}

void Peer::open_link() {
  report(true, Message());
  // A callback may have ended the link, or the node.
  if (core_.left || link_ == nullptr || !firing_.empty()) return;
  open_ = true;
  if (largest_ > peer_max_) drop_oversized();
  link_->last_use = core_.reactor.now();
  link_->session->attach(&queue_);
  link_->session->hold(false);
  if (!queue_.empty()) link_->session->wake();
}

void Peer::report(bool up, Message reason) {
  reported_up_ = up;
  core_.registrations->each<NodeWatch>([&](NodeWatch& watch) {
    if (core_.left) return;
    core_.dispatcher.guarded("mon_nodes callback", [&] { watch.call(id(), up, reason); });
  });
}

void Peer::drop_watchers() {
  for (auto& [key, entry] : watchers_) {
    MonitorList* list = entry->list;
    core_.monitors->take(*entry);
    if (list->empty()) core_.unwatch(*list);
  }
  watchers_.clear();
}

// Takes all monitors on the peer's ports, in the order in which the ports were first monitored.
MonitorList* Peer::join_monitors() {
  std::vector<MonitorList*> lists;
  for (auto& [key, list] : watched_) lists.push_back(list);
  for (auto& [key, lost] : lost_ports_) lists.push_back(lost.list);
  std::sort(lists.begin(), lists.end(),
            [](const MonitorList* a, const MonitorList* b) { return a->order < b->order; });
  watched_.clear();
  lost_ports_.clear();
  MonitorList* all = core_.monitors->make_list();
  for (MonitorList* list : lists) {
    core_.monitors->splice(*all, *list);
    core_.monitors->free_list(list);
  }
  return all;
}

void Peer::end_epoch(Message reason) {
  ++epoch_;
  Firing epoch{join_monitors(), reason.copy(), false, false};
  stillborn_.clear();
  drop_watchers();
  queue_.clear();
  largest_ = 0;
  core_.reactor.disarm(wait_);
  epoch.report_down = std::exchange(reported_up_, false);
  epoch.started = epoch.list->empty();
  if (epoch.list->empty() && !epoch.report_down) {
    core_.monitors->free_list(epoch.list);
  } else {
    firing_.push_back(std::move(epoch));
  }
  if (core_.registrations->any<DrainWatch>()) watch_drain();
  if (!firing_.empty()) schedule();
}

void Peer::link_lost(Message reason) {
  link_ = nullptr;
  open_ = false;
  last_seen_ = core_.reactor.now();
  end_epoch(reason);
}

void Peer::link_idle() {
  link_ = nullptr;
  open_ = false;
  last_seen_ = core_.reactor.now();
  if (std::exchange(reported_up_, false)) {
    firing_.push_back(Firing{core_.monitors->make_list(), message("idle", id()), true, true});
  }
  schedule();
}

void Peer::suspend() {
  link_->session->attach(nullptr);
  open_ = false;
}

void Peer::resume() {
  open_ = true;
  if (largest_ > peer_max_) drop_oversized();
  link_->session->attach(&queue_);
  if (!queue_.empty()) link_->session->wake();
}

void Peer::say_bye() {
  std::uint8_t none = 0;
  const OwnedMessage reason = message("left the network");
  const Message view = reason;
  if (!open_) link_->session->attach(&queue_);
  open_ = true;
  queue_.frame(kFrameBye, &none, 0, {view.data(), view.size_bytes()});
  link_->session->hold(false);
  link_->bye_sent = true;
  link_->session->finish();
}

void Peer::stop() {
  core_.reactor.disarm(wait_);
  dialer_.reset();
}

bool Peer::in_use() const {
  return !queue_.empty() || !watched_.empty() || !watchers_.empty() || !firing_.empty() ||
         !lost_ports_.empty();
}

bool Peer::wants_link() const { return !queue_.empty() || !watched_.empty(); }

bool Peer::dial_wanted() { return link_ == nullptr && wants_link() && !core_.left; }

void Peer::want() {
  if (link_ != nullptr || wait_.armed() || core_.left || !firing_.empty()) {
    if (link_ == nullptr && firing_.empty()) dialer_.start();
    return;
  }
  core_.reactor.arm(wait_, add_clamped(core_.reactor.now(), core_.settings.monitor_timeout));
  if (addresses_.empty()) {
    core_.network.wants_unknown();
  } else {
    dialer_.start();
  }
}

void Peer::on_wait_over() {
  if (link_ != nullptr || !wants_link()) return;
  std::string sentence = "no connection to node " + id() + " within " +
                         std::to_string(core_.settings.monitor_timeout / kMillisecond) + " ms";
  if (addresses_.empty()) {
    sentence += ": no address of it is known" + core_.network.seeds().failures();
  } else if (!dialer_.last_failure().empty()) {
    sentence += ": " + dialer_.last_failure();
  }
  core_.log.line(Log::kLink, sentence);
  give_up(sentence);
  core_.dispatcher.later([](NodeCore& core) { core.network.forget_some(); });
}

void Peer::give_up(const std::string& sentence) {
  end_epoch(message("transport_error", id(), sentence));
  dialer_.reset();
}

bool Peer::forgettable() const {
  return link_ == nullptr && !reported_up_ && !scheduled_ && !drain_scheduled_ && !in_use() &&
         dialer_.attempts() == 0;
}

PeerStats Peer::stats() const {
  PeerStats s;
  s.node = id();
  s.up = reported_up_;
  s.queued_bytes = queue_.bytes();
  for (const auto& [key, list] : watched_) {
    for (const MonitorEntry* e = list->head; e != nullptr; e = e->next) ++s.monitors;
  }
  s.watchers = watchers_.size();
  if (link_ != nullptr && link_->session != nullptr) {
    Session& session = *link_->session;
    s.address = session.address().str();
    s.bytes_in = session.bytes_in();
    s.bytes_out = session.bytes_out();
    s.messages_in = session.messages_in();
    s.messages_out = session.messages_out();
    s.rtt = std::chrono::nanoseconds(session.rtt());
    s.age = std::chrono::nanoseconds(session.age());
  }
  return s;
}

}  // namespace aemp
