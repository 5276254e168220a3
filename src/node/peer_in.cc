// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What comes in from a peer. Packets are decoded and checked already; what is left to refuse is
// what only a node can know.
#include "base/fill_in.h"
#include "node/core.h"
#include "node/peer.h"

namespace aemp {
namespace {

bool is_reason(std::uint8_t type) {
  return type == kFrameKil || type == kFrameDown || type == kFrameBye;
}

}  // namespace

PortKey Peer::key_of(const Dest& dest) const {
  switch (dest.form) {
    case Dest::Form::home:
      return {core_.incarnation, dest.serial};
    case Dest::Form::spawned:
      return {incarnation_, dest.serial};
    case Dest::Form::full:
      return {dest.origin, dest.serial};
    case Dest::Form::node:
      break;
  }
  return {0, 0};
}

void Peer::on_packet(Connection& link, const Packet& packet) {
  link.last_use = core_.reactor.now();
  if (packet.size > kMaxReason && is_reason(packet.type)) {
    link.session->protocol_error(
        fill_in("% with a reason over % bytes", {frame_word(packet.type), kMaxReason}));
    return;
  }
  if (core_.tracer != nullptr) [[unlikely]]
    core_.tracer->came(*this, packet);
  const Message items(packet.items, packet.size, &core_.names);
  const Log::Cause cause(core_.log, warnings_);
  switch (packet.type) {
    case kFrameData:
      ++core_.network.remote_messages;
      if (packet.dest.form == Dest::Form::node) {
        core_.node_port.take(items, false, this);
      } else if (PortSlot* slot = core_.ports.find(key_of(packet.dest))) {
        ++core_.dispatcher.delivered_remote;
        core_.dispatcher.deliver(*slot, items);
      }
      break;
    case kFrameKil:
      if (PortSlot* slot = core_.ports.find(key_of(packet.dest))) {
        core_.dispatcher.die(*slot, items);
      }
      break;
    case kFrameMon:
      if (packet.dest.form != Dest::Form::node) on_mon(key_of(packet.dest));
      break;
    case kFrameUnmon:
      on_unmon(key_of(packet.dest));
      break;
    case kFrameDown:
      on_down(packet);
      break;
    case kFrameSpawn:
      on_spawn(link, packet);
      break;
    case kFrameBye:
      said_bye_ = true;
      core_.network.lose(link, "transport_error", "peer", "left the network");
      break;
    default:
      core_.network.on_idle_frame(link, packet.type);
      break;
  }
}

void Peer::on_mon(PortKey key) {
  PortSlot* slot = core_.ports.find(key);
  if (slot == nullptr) {
    if (const OwnedMessage* death = stillborn_.find(key)) {
      put_down(key, *death);
    } else {
      const Port port(detail::ref(core_.own_name), key.origin, key.serial);
      put_down(key, message("no_such_port", fill_in("no port %", {port.str()})));
    }
    return;
  }
  const auto [place, added] = watchers_.emplace(key, nullptr);
  if (!added) return;
  try {
    place->second = &core_.watch_slot(*slot, MonitorPeer{this, key}, Port());
  } catch (...) {
    watchers_.erase(place);
    throw;
  }
}

void Peer::on_unmon(PortKey key) {
  auto it = watchers_.find(key);
  if (it == watchers_.end()) return;
  MonitorEntry& entry = *it->second;
  watchers_.erase(it);
  MonitorList* list = entry.list;
  core_.monitors->take(entry);
  if (list->empty()) core_.unwatch(*list);
}

void Peer::on_down(const Packet& packet) {
  PortKey key{incarnation_, packet.dest.serial};
  if (packet.dest.form == Dest::Form::full) key.origin = packet.dest.origin;
  auto it = watched_.find(key);
  if (it == watched_.end() || key.serial == 0) return;
  MonitorList* list = it->second;
  watched_.erase(it);
  list->peer = nullptr;
  list->unlink();
  fire_port(*list, Message(packet.items, packet.size, &core_.names));
}

void Peer::on_spawn(Connection& link, const Packet& packet) {
  if (packet.serial <= last_spawn_) {
    link.session->protocol_error(
        fill_in("SPAWN with serial %: expected more than %", {packet.serial, last_spawn_}));
    return;
  }
  last_spawn_ = packet.serial;
  if (core_.ports.find({incarnation_, packet.serial}) != nullptr) {
    link.session->protocol_error("SPAWN of a port that exists");
    return;
  }
  PortSlot& slot = core_.ports.create_spawned({incarnation_, packet.serial});
  core_.node_port.start(slot, packet.function, Message(packet.items, packet.size, &core_.names),
                        this);
}

}  // namespace aemp
