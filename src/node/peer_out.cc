// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What goes out to a peer: messages, monitors, and the limits of its queue.
#include <algorithm>

#include "node/core.h"
#include "node/peer.h"
#include "wire/dest.h"
#include "wire/frame.h"

namespace aemp {
namespace {

std::uint8_t frame_type(Peer::Verb verb) {
  if (verb == Peer::Verb::kill) return kFrameKil;
  return verb == Peer::Verb::spawn ? kFrameSpawn : kFrameData;
}

}  // namespace

inline std::size_t Peer::put_dest(PortKey key, std::uint8_t* out) const {
  Dest dest;
  dest.serial = key.serial;
  dest.origin = key.origin;
  if (open_ && key.origin == incarnation_) {
    dest.form = Dest::Form::home;
  } else if (open_ && key.origin == core_.incarnation) {
    dest.form = Dest::Form::spawned;
  } else {
    dest.form = Dest::Form::full;
  }
  return encode_dest(dest, out);
}

inline void Peer::wake() {
  if (open_) {
    link_->session->wake();
  } else {
    want();
  }
}

inline void Peer::queued() {
  if (queue_.bytes() > core_.settings.queue_limit) [[unlikely]] {
    overrun();
  } else {
    wake();
  }
}

Writer Peer::open(Verb verb, const Port& to) {
  queue_.set_limit(verb == Verb::kill ? kMaxReason : core_.settings.max_message);
  return queue_.open(frame_type(verb), [&](std::uint8_t* at) {
    return verb == Verb::spawn ? store_varint(at, to.serial())
                               : put_dest({to.origin(), to.serial()}, at);
  });
}

void Peer::commit(Writer& writer, const Port& to) {
  const std::size_t size = writer.size();
  if (open_ && size > peer_max_) [[unlikely]] {
    abort(writer);
    lose_port({to.origin(), to.serial()}, size);
    return;
  }
  if (queue_.empty()) largest_ = 0;
  largest_ = std::max(largest_, size);
  queue_.commit(writer);
  queued();
}

void Peer::abort(Writer& writer) { queue_.abort(writer); }

void Peer::overrun() {
  ++core_.network.overruns;
  const std::string sentence = std::to_string(queue_.bytes()) + " bytes queued for node " + id() +
                               ": expected at most queue_limit, " +
                               std::to_string(core_.settings.queue_limit);
  const OwnedMessage reason = message("overrun", id(), sentence);
  if (link_ == nullptr) {
    core_.log.line(Log::kLink, sentence);
    end_epoch(reason);
    return;
  }
  core_.network.lose(*link_, reason, "us", sentence);
}

void Peer::put_control(std::uint8_t type, PortKey key) {
  if (core_.router.is_writing()) {
    core_.router.put_later({this, type, key, epoch_});
    return;
  }
  std::uint8_t dest[kMaxDestBytes];
  queue_.frame(type, dest, put_dest(key, dest));
  queued();
}

void Peer::put_waiting(const Backlog::Control& control) {
  // What was written may have ended the epoch, or have been lost with the port's monitors.
  if (control.epoch != epoch_) return;
  if (control.type == kFrameMon && !watched_.contains(control.key)) return;
  put_control(control.type, control.key);
}

void Peer::put_down(PortKey key, Message reason) {
  // In DOWN a destination names a port of the sender: "home" are those that this node named.
  Dest dest;
  dest.serial = key.serial;
  dest.origin = key.origin;
  dest.form = open_ && key.origin == core_.incarnation ? Dest::Form::home : Dest::Form::full;
  queue_.set_limit(SIZE_MAX);
  Writer writer = queue_.open(kFrameDown, [&](std::uint8_t* at) { return encode_dest(dest, at); });
  writer.raw(reason.data(), reason.size_bytes());
  queue_.commit(writer);
  queued();
}

Monitor Peer::monitor(PortKey key, MonitorAction action) {
  if (losing_all()) {
    return core_.monitors->handle(core_.monitors->add(*firing_.back().list, std::move(action)));
  }
  if (const auto lost = lost_ports_.find(key); lost != lost_ports_.end()) {
    return core_.monitors->handle(core_.monitors->add(*lost->second.list, std::move(action)));
  }
  MonitorList*& list = watched_[key];
  const bool first = list == nullptr;
  if (first) {
    list = core_.monitors->make_list();
    list->peer = this;
    list->key = key;
    list->order = lists_made_++;
  }
  Monitor handle = core_.monitors->handle(core_.monitors->add(*list, std::move(action)));
  if (first && key.serial != 0) {
    put_control(kFrameMon, key);
  } else if (first) {
    wake();
  }
  return handle;
}

void Peer::unwatched(MonitorList& list) {
  const PortKey key = list.key;
  watched_.erase(key);
  core_.monitors->free_list(&list);
  if (key.serial != 0) put_control(kFrameUnmon, key);
}

void Peer::watched_port_died(PortKey key, Message reason) {
  if (watchers_.erase(key) != 0) put_down(key, reason);
}

void Peer::watch_drain() {
  if (queue_.bytes() < core_.settings.drained_below) {
    drained();
  } else {
    queue_.notify_below(core_.settings.drained_below, this);
  }
}

void Peer::drained() {
  if (std::exchange(drain_scheduled_, true)) return;
  core_.dispatcher.later([this](NodeCore& core) {
    drain_scheduled_ = false;
    core.dispatcher.call_drained(this);
  });
}

}  // namespace aemp
