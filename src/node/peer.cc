// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Links and epochs.
#include "node/peer.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "node/core.h"

namespace aemp {

Peer::Peer(NodeCore& core, detail::Name* name)
    : core_(core),
      name_(detail::ref(name)),
      queue_(core.network.pool()),
      watched_(0, PortKeyHash{core.random64()}),
      watchers_(0, PortKeyHash{core.random64()}),
      lost_ports_(0, PortKeyHash{core.random64()}),
      warnings_(core, *this),
      dialer_(core.network, *this) {}

Peer::~Peer() { detail::unref(name_); }

void Peer::make_testament() {
  OwnedMessage reason = message("transport_error", id(), "out of memory");
  testament_.emplace_back().reason = std::move(reason);
}

void Peer::adopt(Connection& link, std::vector<Endpoint> endpoints) noexcept {
  const Hello& hello = link.session->peer();
  if (hello.incarnation != incarnation_) {
    incarnation_ = hello.incarnation;
    last_spawn_ = 0;
    stillborn_.clear();
  }
  ++links_;
  last_link_ = link.session->link_id();
  peer_max_ = hello.max_message;
  endpoints_ = std::move(endpoints);
  link_ = &link;
  open_ = false;
  said_bye_ = false;
  invited_until_ = 0;
  link.session->hold(true);
  core_.reactor.disarm(wait_);
  dialer_.reset();
  schedule();
}

void Peer::try_again() noexcept {
  if (!retry_.armed()) core_.reactor.arm(retry_, core_.reactor.now() + kMemoryRetry);
}

void Peer::on_retry() noexcept {
  if (core_.left) return;
  if (std::exchange(lose_again_, false)) lose_for_memory();
  if (std::exchange(unmon_again_, false)) send_unmons();
  if (std::exchange(pump_again_, false)) {
    scheduled_ = false;
    pump();
  }
  if (core_.left || !std::exchange(drain_again_, false)) return;
  drain_scheduled_ = false;
  core_.dispatcher.call_drained(this);
}

void Peer::schedule() noexcept {
  if (std::exchange(scheduled_, true)) return;
  try {
    core_.dispatcher.later([this](NodeCore&) {
      scheduled_ = false;
      pump();
    });
  } catch (const std::bad_alloc&) {
    pump_again_ = true;
    try_again();
  }
}

void Peer::pump() noexcept {
  while (!firing_.empty()) {
    if (!fire_oldest()) return;
  }
  if (link_ != nullptr && !open_ && !reported_up_) open_link();
  if (core_.left) return;
  if (wants_link()) {
    want();
  } else {
    redial();
  }
  core_.network.forget_some();
}

// False when the pump must stop: the node left, or the rest comes in the next slice.
bool Peer::fire_oldest() noexcept {
  Firing& epoch = firing_.front();
  epoch.started = true;
  const bool done = core_.dispatcher.fire(epoch.list, epoch.reason, kFirePerTurn);
  if (core_.left) return false;
  if (!done) {
    schedule();
    return false;
  }
  if (epoch.report_down) report(false, epoch.reason);
  if (core_.left) return false;
  firing_.pop_front();
  return true;
}

// The monitors of one port. What does not fit into this turn still goes before "down".
void Peer::fire_port(MonitorList& list, Message reason) noexcept {
  // A callback may end the epoch, whose monitors come later.
  const auto place = firing_.empty() ? firing_.end() : std::prev(firing_.end());
  const bool first = firing_.empty();
  if (!core_.dispatcher.fire(list, reason, kFirePerTurn) && !core_.left) {
    try {
      std::list<Firing> rest(1);
      rest.back().reason = reason.copy();
      rest.back().started = true;
      core_.monitors->splice(rest.back().list, list);
      firing_.splice(first ? firing_.begin() : std::next(place), rest);
      schedule();
    } catch (const std::bad_alloc&) {
      core_.dispatcher.fire(list, reason, UINT32_MAX);
    }
  }
  if (!core_.left) core_.monitors->free_list(&list);
}

void Peer::open_link() noexcept {
  report(true, Message());
  // A callback may have ended the link, or the node.
  if (core_.left || link_ == nullptr || !firing_.empty()) return;
  open_ = true;
  if (largest_ > peer_max_) drop_oversized();
  if (link_ == nullptr) return;
  link_->last_use = core_.reactor.now();
  link_->session->attach(&queue_);
  link_->session->hold(false);
  if (!queue_.empty()) link_->session->wake();
}

void Peer::report(bool up, Message reason) noexcept {
  reported_up_ = up;
  core_.registrations->each<NodeWatch>([&](NodeWatch& watch) {
    if (core_.left) return;
    core_.dispatcher.guarded("mon_nodes callback", [&] { watch.call(id(), up, reason); });
  });
  if (core_.directory != nullptr) core_.directory->link_changed(*this, up);
}

void Peer::drop_watchers() noexcept {
  for (auto& [key, entry] : watchers_) {
    MonitorList* list = entry->list;
    core_.monitors->take(*entry);
    if (list->empty()) core_.unwatch(*list);
  }
  watchers_.clear();
}

// Takes all monitors on the peer's ports, in the order in which the ports were first monitored.
void Peer::join_monitors(MonitorList& all) noexcept {
  watched_.clear();
  lost_ports_.clear();
  while (!lists_.empty()) {
    MonitorList& list = lists_.pop_front();
    core_.monitors->splice(all, list);
    core_.monitors->free_list(&list);
  }
}

void Peer::end_epoch(std::string_view word, std::string_view sentence) noexcept {
  ++epoch_;
  stillborn_.clear();
  drop_watchers();
  queue_.clear();
  largest_ = 0;
  core_.reactor.disarm(wait_);
  if (!testament_.empty()) {
    Firing& last = testament_.front();
    join_monitors(last.list);
    last.report_down = std::exchange(reported_up_, false);
    last.started = last.list.empty();
    if (!last.list.empty() || last.report_down) {
      try {
        last.reason = message(word, id(), printable_utf8(sentence, 1024));
      } catch (const std::bad_alloc&) {
        // What it began with.
      }
      firing_.splice(firing_.end(), testament_);
    }
  }
  if (core_.registrations->any<DrainWatch>()) watch_drain();
  if (!firing_.empty()) schedule();
}

void Peer::link_lost(std::string_view word, std::string_view sentence) noexcept {
  link_ = nullptr;
  open_ = false;
  last_seen_ = core_.reactor.now();
  ++links_lost_;
  try {
    last_down_ = printable_utf8(sentence, kMostDown);
  } catch (const std::bad_alloc&) {
    last_down_ = "out of memory";  // so short that it lies within the string
  }
  end_epoch(word, sentence);
}

void Peer::link_idle() noexcept {
  std::list<Firing> told;
  if (reported_up_) {
    try {
      OwnedMessage reason = message("idle", id());
      told.emplace_back().reason = std::move(reason);
    } catch (const std::bad_alloc&) {
      return link_lost("transport_error", "out of memory");
    }
    told.back().started = told.back().report_down = true;
    reported_up_ = false;
  }
  link_ = nullptr;
  open_ = false;
  last_seen_ = core_.reactor.now();
  firing_.splice(firing_.end(), told);
  schedule();
}

void Peer::lose_for_memory() noexcept {
  if (core_.left) return;
  if (core_.router.is_writing()) {
    // Perhaps to this very peer.
    lose_again_ = true;
    return try_again();
  }
  if (link_ != nullptr) {
    core_.network.lose(*link_, "transport_error", "us", "out of memory");
  } else {
    end_epoch("transport_error", "out of memory");
  }
}

void Peer::suspend() {
  link_->session->attach(nullptr);
  open_ = false;
}

void Peer::resume() {
  open_ = true;
  if (largest_ > peer_max_) drop_oversized();
  if (link_ == nullptr) return;
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
  core_.reactor.disarm(retry_);
  warnings_.stop();
  dialer_.reset();
}

bool Peer::in_use() const {
  return !queue_.empty() || !watched_.empty() || !watchers_.empty() || !firing_.empty() ||
         !lost_ports_.empty();
}

bool Peer::wants_link() const { return !queue_.empty() || !watched_.empty(); }

bool Peer::dial_wanted() {
  return link_ == nullptr && !core_.left &&
         (wants_link() || kept_ || core_.reactor.now() < invited_until_);
}

void Peer::dial_failed() noexcept {
  if (core_.directory != nullptr && dial_wanted()) core_.directory->find(*this);
}

void Peer::keep(bool on) noexcept {
  kept_ = on;
  if (on) redial();
}

void Peer::invite(Nanos until) noexcept {
  invited_until_ = until;
  redial();
}

void Peer::learn(std::vector<Endpoint> endpoints) noexcept {
  if (link_ != nullptr || endpoints == endpoints_) return;
  endpoints_ = std::move(endpoints);
  redial();
}

void Peer::redial() noexcept {
  if (!endpoints_.empty() && firing_.empty() && dial_wanted()) dialer_.hurry();
}

void Peer::want() noexcept {
  if (link_ != nullptr || wait_.armed() || core_.left || !firing_.empty()) {
    if (link_ == nullptr && firing_.empty()) dialer_.start();
    return;
  }
  core_.reactor.arm(wait_, add_clamped(core_.reactor.now(), core_.settings.monitor_timeout));
  if (endpoints_.empty()) {
    core_.network.wants_unknown();
    if (core_.directory != nullptr) core_.directory->find(*this);
  } else {
    dialer_.start();
  }
}

void Peer::on_wait_over() noexcept {
  if (link_ != nullptr || !wants_link()) return;
  std::string sentence;
  try {
    sentence = fill_in("no connection to node % within % ms",
                       {id(), core_.settings.monitor_timeout / kMillisecond});
    if (endpoints_.empty()) {
      sentence += fill_in(": no address of it is known%", {core_.network.seeds().failures()});
    } else if (!dialer_.last_failure().empty()) {
      sentence += fill_in(": %", {dialer_.last_failure()});
    }
  } catch (const std::bad_alloc&) {
    // What there is of it will do.
  }
  core_.log.line(Log::kLink, sentence);
  give_up(sentence);
  core_.network.forget_later();
}

void Peer::give_up(std::string_view sentence) noexcept {
  end_epoch("transport_error", sentence);
  dialer_.reset();
  redial();
}

bool Peer::forgettable() const {
  return link_ == nullptr && !kept_ && !reported_up_ && !scheduled_ && !drain_scheduled_ &&
         !retry_.armed() && !in_use() && !warnings_.owes() && dialer_.attempts() == 0;
}

void Peer::Traffic::add(const Session& session) noexcept {
  bytes_in += session.bytes_in();
  bytes_out += session.bytes_out();
  messages_in += session.messages_in();
  messages_out += session.messages_out();
}

PeerStats Peer::stats() const {
  PeerStats s;
  Traffic total = before_;
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
    total.add(session);
  }
  s.total_bytes_in = total.bytes_in;
  s.total_bytes_out = total.bytes_out;
  s.total_messages_in = total.messages_in;
  s.total_messages_out = total.messages_out;
  s.reconnects = links_ == 0 ? 0 : links_ - 1;
  s.links_lost = links_lost_;
  s.last_down = last_down_;
  return s;
}

}  // namespace aemp
