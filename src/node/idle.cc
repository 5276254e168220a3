// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Closing links that nobody uses. Both ends agree: IDLE_ASK, then IDLE_OK or IDLE_NO. From the
// question on the asker queues; after IDLE_OK its sender sends nothing more. The link ends, the
// epoch does not.
#include <algorithm>
#include <new>

#include "base/fill_in.h"
#include "node/core.h"
#include "node/network.h"

namespace aemp {

void Network::on_link_timer(Connection& link) {
  const bool up = link.phase == Connection::Phase::up;
  try {
    if (up) {
      check_idle(link);
    } else if (link.phase == Connection::Phase::deciding && !probe_goes_on(link)) {
      probe_failed(link);
    }
  } catch (const std::bad_alloc&) {
    // A session that is not up has a time-out of its own.
    if (up) core_.reactor.arm(link, core_.reactor.now() + kMemoryRetry);
  }
}

bool Network::hello_owed_before(const Connection& link) const {
  return std::any_of(links_.begin(), links_.end(), [&](const auto& other) {
    return !other->initiator && other->number < link.number &&
           other->phase == Connection::Phase::opening;
  });
}

bool Network::keeps(const Peer& peer) const {
  return peer.kept() || (wants_seeds() && seeds_.include(peer.id()));
}

bool Network::may_idle(const Connection& link) const {
  return link.peer->is_open() && !link.peer->in_use() && link.peer->dialable() &&
         !keeps(*link.peer) && !hello_owed_before(link);
}

void Network::check_idle(Connection& link) {
  const Nanos now = core_.reactor.now();
  // What went out is not noted message by message.
  if (const std::uint64_t sent = link.session->messages_out(); sent != link.sent_before) {
    link.sent_before = sent;
    link.last_use = now;
  }
  const Nanos due = add_clamped(link.last_use, core_.settings.link_idle);
  if (now < due || link.idle != Connection::Idle::no || !may_idle(link)) {
    core_.reactor.arm(link, std::max(due, add_clamped(now, core_.settings.link_idle)));
    return;
  }
  link.peer->suspend();
  try {
    link.session->control(kFrameIdleAsk);
  } catch (...) {
    link.peer->resume();
    throw;
  }
  link.idle = Connection::Idle::asked;
}

void Network::on_idle_frame(Connection& link, std::uint8_t type) {
  if (type == kFrameIdleAsk) {
    const bool crossing = link.idle == Connection::Idle::asked;
    const bool ok = crossing ? !link.peer->in_use() && !hello_owed_before(link) : may_idle(link);
    link.session->control(ok ? kFrameIdleOk : kFrameIdleNo);
    if (ok && !crossing) link.peer->suspend();
    if (ok) link.idle = Connection::Idle::ok;
  } else if (link.idle == Connection::Idle::no) {
    link.session->protocol_error("an answer to IDLE_ASK without the question");
  } else if (type == kFrameIdleOk) {
    end_idle(link);
  } else if (link.idle == Connection::Idle::asked) {
    link.idle = Connection::Idle::no;
    core_.reactor.arm(link, add_clamped(core_.reactor.now(), core_.settings.link_idle));
    link.peer->resume();
  }
}

void Network::end_idle(Connection& link) noexcept {
  Peer& peer = *link.peer;
  core_.log.say(Log::kLink, [&] { return fill_in("link to % closed: idle", {peer.id()}); });
  peer.count_traffic(*link.session);
  drop(link);
  peer.link_idle();
  after_link_end(peer);
}

}  // namespace aemp
