// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Messages over the limit that the peer announced: each is a loss for its port.
#include <new>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/fill_in.h"
#include "node/core.h"
#include "node/peer.h"

namespace aemp {

void Peer::lose_port(PortKey key, std::size_t size) {
  if (const auto it = watched_.find(key); it != watched_.end()) {
    LostPort lost{it->second, message("too_big", static_cast<std::uint64_t>(size), peer_max_)};
    const auto place = lost_ports_.emplace(key, std::move(lost)).first;
    const std::uint64_t epoch = epoch_;
    try {
      core_.dispatcher.later([this, key](NodeCore&) { fire_lost(key); });
      if (key.serial != 0) put_control(kFrameUnmon, key);
    } catch (...) {
      lost_ports_.erase(place);
      throw;
    }
    if (epoch == epoch_) {
      place->second.list->peer = nullptr;
      watched_.erase(key);
    }
  }  // else a silent loss
  core_.log.say(Log::kWarning, [&] {
    return fill_in("a message of % bytes to node % was lost: it takes at most %",
                   {size, id(), peer_max_});
  });
}

// Sends to the port are possible again from the moment the first monitor is called.
void Peer::fire_lost(PortKey key) noexcept {
  const auto it = lost_ports_.find(key);
  if (it == lost_ports_.end()) return;  // the epoch has ended and has them
  const LostPort lost = std::move(it->second);
  lost_ports_.erase(it);
  lost.list->unlink();
  fire_port(*lost.list, lost.reason);
}

// Where a message in the queue goes.
PortKey Peer::queued_key(const Dest& dest) const {
  switch (dest.form) {
    case Dest::Form::home:
      return {incarnation_, dest.serial};
    case Dest::Form::spawned:
      return {core_.incarnation, dest.serial};
    case Dest::Form::full:
      return {dest.origin, dest.serial};
    case Dest::Form::node:
      break;
  }
  return {0, 0};
}

// What was queued before the link told how large messages may be: those that are larger go, and
// all that is behind them for the same port.
void Peer::drop_oversized() noexcept {
  try {
    drop_oversized_messages();
  } catch (const std::bad_alloc&) {
    lose_for_memory();
  }
}

void Peer::drop_oversized_messages() {
  std::vector<std::pair<PortKey, std::size_t>> lost;
  std::unordered_set<PortKey, PortKeyHash> dropped(0, PortKeyHash{core_.random64()});
  queue_.filter([&](const OutBuffer::Queued& message) {
    const bool to_port =
        message.type == kFrameData || message.type == kFrameKil || message.type == kFrameSpawn;
    if (!to_port) return true;
    const PortKey key = queued_key(message.dest);
    if (dropped.contains(key)) return false;
    if (message.payload <= peer_max_) return true;
    dropped.insert(key);
    lost.emplace_back(key, message.payload);
    return false;
  });
  largest_ = 0;
  for (const auto& [key, size] : lost) lose_port(key, size);
}

}  // namespace aemp
