// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Who may connect. Nothing but its hello leaves an initiator (I) before READY; the responder (R)
// decides:
//   (a) R has no link to I: READY; but if a dial of R got a hello from the same incarnation of I,
//       and R's incarnation is the smaller, CLOSE(crossed): the dial will do.
//   (b) R has a link to the same incarnation: if I says that it lost that very link, R takes the
//       new one; else CLOSE(crossed).
//   (c) R has a link to another incarnation of I: R probes it. An answer: CLOSE(id_in_use). None
//       within min(1 s, heartbeat_timeout): that link is over.
// An initiator that finds by R's hello that it has a link to that incarnation closes before its
// last hello; one that has a link to another incarnation probes it in the same way.
#include <algorithm>

#include "base/fill_in.h"
#include "node/core.h"
#include "node/network.h"

namespace aemp {

void Network::on_hello(Connection& link, const Hello& hello) {
  link.incarnation = hello.incarnation;
  if (!link.initiator) known(link);
  if (hello.node_id == core_.id()) {
    const std::string text = fill_in("node ID % is in use by two nodes: this one and %",
                                     {core_.id(), link.session->address().str()});
    if (link.initiator) ++id_conflicts;
    if (link.initiator) {
      // The other end refuses it, so that both ends say so.
      link.phase = Connection::Phase::offered;
      link.session->proceed(0);
    } else {
      if (refusals_.may_warn()) core_.log.line(Log::kError, text);
      refuse(link, CloseCode::id_in_use, text);
    }
    return;
  }
  if (hello.service != kServiceMessages) {
    const ChannelService* channels = core_.channels.get();
    if (!link.initiator && channels != nullptr && channels->expects(hello)) return hand_over(link);
    const std::string text = hello.service.starts_with(kServiceData)
                                 ? "nobody waits for that data connection"
                                 : fill_in("service '%': expected 'mp'", {hello.service});
    if (link.initiator || refusals_.may_log()) {
      core_.log.line(Log::kLink,
                     fill_in("%%: %", {link.initiator ? "dial failed: " : "connection from ",
                                       link.session->address().str(), text}));
    }
    if (link.initiator) {
      give_up_dial(link, text);
    } else {
      refuse(link, CloseCode::refused, text);
    }
    return;
  }
  link.peer = &peers_.get(core_.names.intern(hello.node_id));
  link.phase = Connection::Phase::deciding;
  if (seeds_.answered(link.dialer, hello.node_id) && link.peer->is_open() &&
      core_.directory != nullptr) {
    core_.directory->seed_found(*link.peer);
  }
  decide(link);
}

// A data connection: it has nothing to do with the link of these two nodes.
void Network::hand_over(Connection& link) {
  link.session->accept(core_.random64() | 1);
  if (!link.session->is_up()) return;
  Session& session = *std::exchange(link.session, nullptr);
  remove(link);
  core_.channels->adopt(session);
}

void Network::on_ready(Connection& link) {
  if (link.peer != nullptr) {
    take(link);
  } else {
    // It has this node's ID and does not mind.
    link.session->close_with(CloseCode::id_in_use,
                             fill_in("node ID % is in use by two nodes", {core_.id()}));
  }
}

void Network::decide(Connection& link) {
  link.probe = 0;
  core_.reactor.disarm(link);
  if (link.initiator) {
    decide_dialled(link);
  } else {
    decide_accepted(link);
  }
}

void Network::decide_dialled(Connection& link) {
  Peer& peer = *link.peer;
  Connection* current = peer.link();
  if (current == nullptr) {
    link.phase = Connection::Phase::offered;
    link.session->proceed(peer.last_link());
  } else if (current->incarnation == link.incarnation) {
    give_up_dial(link, {});
  } else {
    probe(link, *current);
  }
}

void Network::decide_accepted(Connection& link) {
  Peer& peer = *link.peer;
  if (peer.link() != nullptr && peer.link()->idle == Connection::Idle::ok) {
    // Its hello counts as the end of the link that we agreed to close.
    Connection& old = *peer.link();
    taking_ = &link;
    end_idle(old);
    taking_ = nullptr;
  }
  Connection* current = peer.link();
  if (current == nullptr) {
    if (crossed(link)) {
      refuse(link, CloseCode::crossed, "another connection between these nodes is being made");
      return;
    }
  } else if (current->incarnation != link.incarnation) {
    probe(link, *current);
    return;
  } else if (link.session->peer().last_link != current->session->link_id()) {
    refuse(link, CloseCode::crossed, "these nodes have a link already");
    return;
  } else {
    lose_for(*current, link, "the other end lost this link and has made a new one");
  }
  link.session->accept(core_.random64() | 1);
  if (link.session != nullptr && link.session->is_up()) take(link);
}

bool Network::crossed(const Connection& link) const {
  if (core_.incarnation >= link.incarnation) return false;
  return std::any_of(links_.begin(), links_.end(), [&](const auto& dial) {
    return dial->initiator && dial->peer == link.peer && dial->incarnation == link.incarnation &&
           (dial->phase == Connection::Phase::offered ||
            dial->phase == Connection::Phase::deciding);
  });
}

void Network::probe(Connection& link, Connection& old) {
  link.probe = next_probe_++;
  link.probe_late = core_.reactor.late_total();
  link.probe_extensions = 0;
  old.session->ping(link.probe);
  const Nanos wait = std::min<Nanos>(kSecond, core_.settings.heartbeat_timeout);
  core_.reactor.arm(link, core_.reactor.now() + wait);
}

// An answer to a later probe answers the earlier ones too.
void Network::on_pong(Connection& old, std::uint64_t nonce) {
  for (std::size_t i = 0; i < links_.size();) {
    Connection& link = *links_[i++];
    if (link.probe == 0 || link.probe > nonce || link.phase != Connection::Phase::deciding ||
        link.peer != old.peer) {
      continue;
    }
    const std::string text =
        fill_in("node ID % is in use: % has it, % claims it too",
                {old.peer->id(), old.session->address().str(), link.session->address().str()});
    if (link.initiator || refusals_.may_warn()) core_.log.line(Log::kError, text);
    if (link.initiator) {
      give_up_dial(link, text);
      i = 0;
    } else {
      refuse(link, CloseCode::id_in_use, text);
    }
  }
}

// What the own loop was late does not count against the other end.
bool Network::probe_goes_on(Connection& link) {
  const Nanos late = core_.reactor.late_total() - link.probe_late;
  if (late <= 0 || link.probe_extensions++ >= kProbeExtensions) return false;
  link.probe_late += late;
  core_.reactor.arm(link, core_.reactor.now() + late);
  return true;
}

void Network::probe_failed(Connection& link) {
  if (Connection* old = link.peer->link(); old != nullptr && old->incarnation != link.incarnation) {
    lose_for(*old, link, "another incarnation of the node came and this one does not answer");
  }
  decide(link);
}

void Network::decide_waiting(Peer& peer) noexcept {
  if (taking_ != nullptr) return;
  try {
    try_decide_waiting(peer);
  } catch (const std::bad_alloc&) {
    core_.log.say(Log::kLink, [&] { return fill_in("a connection of % must wait", {peer.id()}); });
  }
}

void Network::try_decide_waiting(Peer& peer) {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Connection& link = *links_[i];
    if (link.peer == &peer && link.phase == Connection::Phase::deciding && link.probe != 0) {
      decide(link);
      i = static_cast<std::size_t>(-1);  // links may have come and gone: from the start
      if (link.phase == Connection::Phase::deciding) return;
    }
  }
}

// The link stays until its session has sent the refusal.
void Network::refuse(Connection& link, CloseCode code, const std::string& text) {
  refusals_.count(Refusal::declined, link.source);
  link.phase = Connection::Phase::refused;
  link.peer = nullptr;
  core_.reactor.disarm(link);
  link.session->refuse(code, text);
}

void Network::give_up_dial(Connection& link, const std::string& why) {
  Dialer* dialer = std::exchange(link.dialer, nullptr);
  Peer* peer = link.peer;
  drop(link);
  if (dialer == nullptr) return;
  dialer->attempt_ended(why);
  if (peer != nullptr && peer->link() != nullptr) dialer->reset();
}

}  // namespace aemp
