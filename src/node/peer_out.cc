// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What goes out to a peer: messages, monitors, and the limits of its queue.
#include <algorithm>
#include <new>

#include "base/fill_in.h"
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

inline void Peer::wake() noexcept {
  if (open_) {
    link_->session->wake();
  } else {
    want();
  }
}

// Messages of some sizes fill their blocks badly: then it is memory that counts. One block more is
// never the reason.
inline bool Peer::over_limit() const noexcept {
  const std::size_t limit = core_.settings.queue_limit;
  return queue_.bytes() > limit || queue_.memory() > limit + limit / 10 + kBlockBytes;
}

inline void Peer::queued() noexcept {
  if (over_limit()) [[unlikely]] {
    overrun();
  } else {
    wake();
  }
}

Writer Peer::open(Verb verb, const Port& to) {
  begin_epoch();
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

void Peer::overrun() noexcept {
  ++core_.network.overruns;
  const std::size_t limit = core_.settings.queue_limit;
  const std::size_t bytes = queue_.bytes();
  std::string sentence;
  try {
    sentence = fill_in("% bytes queued for node %", {bytes, id()});
    if (bytes <= limit) sentence += fill_in(" in % bytes of memory", {queue_.memory()});
    sentence += fill_in(": expected at most queue_limit, %", {limit});
  } catch (const std::bad_alloc&) {
    sentence = "out of memory";
  }
  if (link_ == nullptr) {
    core_.log.line(Log::kLink, sentence);
    end_epoch("overrun", sentence);
    return;
  }
  link_->session->last_word(CloseCode::overrun, sentence);
  core_.network.lose(*link_, "overrun", "us", sentence);
}

void Peer::put_control(std::uint8_t type, PortKey key) {
  if (core_.router.is_writing()) {
    core_.router.put_later({this, type, key, epoch_});
    return;
  }
  begin_epoch();
  std::uint8_t dest[kMaxDestBytes];
  queue_.frame(type, dest, put_dest(key, dest));
  queued();
}

void Peer::put_waiting(const Backlog::Control& control) noexcept {
  // What was written may have ended the epoch, or have been lost with the port's monitors.
  if (control.epoch != epoch_) return;
  if (control.type == kFrameMon && !watched_.contains(control.key)) return;
  try {
    put_control(control.type, control.key);
  } catch (const std::bad_alloc&) {
    lose_for_memory();
  }
}

// A death that its watcher does not hear of would be the end of all trust.
void Peer::put_down(PortKey key, Message reason) noexcept {
  // In DOWN a destination names a port of the sender: "home" are those that this node named.
  Dest dest;
  dest.serial = key.serial;
  dest.origin = key.origin;
  dest.form = open_ && key.origin == core_.incarnation ? Dest::Form::home : Dest::Form::full;
  queue_.set_limit(SIZE_MAX);
  try {
    begin_epoch();
    Writer writer =
        queue_.open(kFrameDown, [&](std::uint8_t* at) { return encode_dest(dest, at); });
    try {
      writer.raw(reason.data(), reason.size_bytes());
      queue_.commit(writer);
    } catch (...) {
      queue_.abort(writer);
      throw;
    }
  } catch (const std::bad_alloc&) {
    return lose_for_memory();
  }
  queued();
}

Monitor Peer::monitor(const Port& port, MonitorAction action) {
  const PortKey key{port.origin(), port.serial()};
  const auto add_to = [&](MonitorList& list) -> MonitorEntry& {
    return core_.monitors->add(list, std::move(action), port);
  };
  if (losing_all()) return core_.monitors->handle(add_to(firing_.back().list));
  const auto lost = lost_ports_.find(key);
  if (lost != lost_ports_.end()) return core_.monitors->handle(add_to(*lost->second.list));
  begin_epoch();
  const auto watched = watched_.find(key);
  if (watched != watched_.end()) return core_.monitors->handle(add_to(*watched->second));
  MonitorList* list = core_.monitors->make_list();
  try {
    MonitorEntry& entry = add_to(*list);
    watched_.emplace(key, list);
    list->peer = this;
    list->key = key;
    lists_.push_back(*list);
    Monitor handle = core_.monitors->handle(entry);
    if (key.serial != 0) {
      put_control(kFrameMon, key);
    } else {
      wake();
    }
    return handle;
  } catch (...) {
    watched_.erase(key);
    if (!list->empty()) core_.monitors->take_first(*list);
    core_.monitors->free_list(list);
    throw;
  }
}

void Peer::unwatched(MonitorList& list) noexcept {
  const PortKey key = list.key;
  if (key.serial != 0) {
    try {
      const std::uint64_t epoch = epoch_;
      put_control(kFrameUnmon, key);
      if (epoch != epoch_) return;
    } catch (const std::bad_alloc&) {
      unmon_again_ = true;
      return try_again();
    }
  }
  watched_.erase(key);
  core_.monitors->free_list(&list);
}

void Peer::send_unmons() noexcept {
  for (bool found = true; found && !unmon_again_;) {
    MonitorList* empty = nullptr;
    lists_.each([&](MonitorList& list) {
      if (list.peer == this && list.empty()) empty = &list;
    });
    found = empty != nullptr;
    if (found) unwatched(*empty);
  }
}

void Peer::watched_port_died(PortKey key, Message reason) noexcept {
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
  try {
    core_.dispatcher.later([this](NodeCore& core) {
      drain_scheduled_ = false;
      core.dispatcher.call_drained(this);
    });
  } catch (const std::bad_alloc&) {
    drain_again_ = true;
    try_again();
  }
}

}  // namespace aemp
