// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/network.h"

#include <aemp/version.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/fill_in.h"
#include "base/report.h"
#include "base/reserve.h"
#include "node/core.h"

namespace aemp {

Network::Network(NodeCore& core) : core_(core), peers_(core), refusals_(core) {}

Network::~Network() {
  for (auto& link : links_) {
    link->dialer = nullptr;
    if (link->session != nullptr) std::exchange(link->session, nullptr)->abandon();
  }
  links_.clear();
  seeds_.clear();
  peers_.clear();
}

void Network::make_session_config() {
  const Settings& s = core_.settings;
  Hello& own = session_config_.own;
  own.node_id = core_.id();
  own.incarnation = core_.incarnation;
  own.software = "aemp " AEMP_VERSION;
  own.binds = advertised();
  own.max_message = static_cast<std::uint32_t>(s.max_message);
  own.heartbeat_ms = static_cast<std::uint32_t>(s.heartbeat_timeout / kMillisecond);
  session_config_.credentials = s.credentials;
  session_config_.encrypt = s.encrypt;
  session_config_.insecure = s.insecure;
  session_config_.uid = core_.reactor.host().identity().uid();
  session_config_.heartbeat_timeout = s.heartbeat_timeout;
  session_config_.message1_timeout = s.limits.first_message_timeout;
  session_config_.handshake_timeout = s.limits.handshake_timeout;
  session_config_.nodelay = s.nodelay;
  session_config_.max_message = s.max_message;
}

std::vector<std::string> Network::advertised() const {
  const std::vector<Endpoint>& given = core_.settings.advertise;
  if (given.empty()) return binds();
  std::vector<std::string> out;
  const auto put = [&](Address at, std::uint16_t port) {
    at.port = port;
    out.push_back(at.str());
  };
  for (const Endpoint& endpoint : given) {
    const Address& at = endpoint.address;
    if (!at.any_host) {
      out.push_back(endpoint.str());
      continue;
    }
    for (const Address& own : core_.reactor.host().identity().interfaces()) {
      if (own.is_link_local()) continue;
      if (at.port != 0) put(own, at.port);
      for (const auto& listener : listeners_) {
        const Address& bound = listener->address();
        const bool there =
            bound.is_unspecified() || (bound.family == own.family && bound.ip == own.ip);
        if (at.port == 0 && there) put(own, bound.port);
      }
    }
  }
  return out;
}

void Network::use(CredentialsRef credentials) {
  session_config_.credentials = std::move(credentials);
  for (std::size_t i = 0; i < links_.size();) {
    Connection& link = *links_[i++];
    if (link.phase == Connection::Phase::up) close_revoked(link);
  }
  if (core_.channels != nullptr) core_.channels->credentials_changed();
}

// Whether it was: the present credentials do not admit it. Its monitors hear of it from the loop.
bool Network::close_revoked(Connection& link) {
  const Session& session = *link.session;
  if (!is_revoked(session.address(), session.peer_key(), link.peer->id())) return false;
  link.session->close_with(CloseCode::refused, "its key is not allowed any more");
  return true;
}

bool Network::is_revoked(const Address& at, const std::optional<crypto::PublicKey>& key,
                         std::string_view node) const {
  const CredentialsRef& now = session_config_.credentials;
  if (!now || !now->has_keys() || at.is_local()) return false;
  return !key || !now->allows(*key, node);
}

Status Network::start() {
  try {
    return listen_and_dial();
  } catch (...) {
    close_listeners();
    seeds_.clear();
    throw;
  }
}

Status Network::listen_and_dial() {
  sources_.emplace(core_.settings.limits, core_.random64());
  for (const Address& bind : core_.settings.binds) {
    auto listener = std::make_unique<Listener>(core_.reactor, static_cast<ListenerOwner&>(*this));
    Status status = listener->open(bind);
    if (!status.ok()) {
      close_listeners();
      return status;
    }
    reserve_one(listeners_);
    listeners_.push_back(std::move(listener));
  }
  make_session_config();
  if (core_.directory != nullptr) core_.directory->start(session_config_.own.binds);
  seeds_.start(core_.settings.seeds);
  return Status();
}

void Network::close_listeners() {
  for (auto& listener : listeners_) {
    listener->close();
    core_.reactor.reap(std::move(listener));
  }
  listeners_.clear();
}

void Network::forget_some() noexcept {
  if (!peers_.crowded()) return;
  try {
    std::vector<const Peer*> needed;
    for (const auto& link : links_) needed.push_back(link->peer);
    peers_.forget_some(needed);
  } catch (const std::bad_alloc&) {
    // Another time.
  }
}

void Network::forget_later() noexcept {
  try {
    core_.dispatcher.later([this](NodeCore&) { forget_some(); });
  } catch (const std::bad_alloc&) {
    // Another time.
  }
}

Connection& Network::add(bool initiator) {
  reserve_one(links_);
  links_.push_back(std::make_unique<Connection>(*this));
  Connection& link = *links_.back();
  link.initiator = initiator;
  link.number = next_number_++;
  return link;
}

// The object lives to the end of the turn: its session may be calling it.
void Network::remove(Connection& link) noexcept {
  link.phase = Connection::Phase::ended;
  half_open_.remove(link);
  if (link.peer != nullptr) link.peer->forget_link(link);
  core_.reactor.disarm(link);
  auto it =
      std::find_if(links_.begin(), links_.end(), [&](const auto& l) { return l.get() == &link; });
  if (it == links_.end()) return;
  core_.reactor.reap(std::move(*it));
  links_.erase(it);
  maybe_stopped();
}

void Network::drop(Connection& link) noexcept {
  if (link.session != nullptr) std::exchange(link.session, nullptr)->abandon();
  Dialer* dialer = std::exchange(link.dialer, nullptr);
  remove(link);
  if (dialer != nullptr) dialer->attempt_ended({});
}

void Network::dial(Dialer& dialer, const Address& address) {
  Connection& link = add(true);
  try {
    std::string node(dialer.target().dial_node());
    std::unique_ptr<Stream> stream;
    if (address.is_relay()) stream = core_.directory->dial(address.path, node);
    link.session = Session::dial(core_.reactor, *pool_, session_config_, address, std::move(node),
                                 link, std::move(stream));
  } catch (...) {
    remove(link);
    throw;
  }
  link.dialer = &dialer;
}

void Network::dialer_gone(Dialer& dialer) {
  for (auto& link : links_) {
    if (link->dialer == &dialer) link->dialer = nullptr;
  }
}

Directory::Seeds Network::wanted_seeds() const {
  if (stopping_) return Directory::Seeds::none;
  return core_.directory == nullptr ? Directory::Seeds::all : core_.directory->wanted_seeds();
}

void Network::wants_unknown() noexcept {
  seeds_.hurry();
  if (!peers_.count_unknown()) return;
  // Not here: the program may be writing to one of those that have to go.
  try {
    core_.dispatcher.later([this](NodeCore&) {
      peers_.give_up_some();
      forget_some();
    });
  } catch (const std::bad_alloc&) {
    peers_.count_again();
  }
}

void Network::on_closed(Connection& link, const CloseInfo& info) noexcept {
  if (stopping_ || link.phase == Connection::Phase::refused) {
    link.session = nullptr;
    remove(link);
    return;
  }
  static constexpr std::string_view kWho[] = {"peer", "us", "network"};
  const std::string_view who = kWho[static_cast<std::size_t>(info.by)];
  if (link.phase == Connection::Phase::up) {
    if (link.idle == Connection::Idle::ok) {
      end_idle(link);
      return;
    }
    link.over = true;
    lose(link, "transport_error", who, info.text);
    return;
  }
  std::string what;
  try {
    what = fill_in("%: %", {link.session->address().str(), info.text});
  } catch (const std::bad_alloc&) {
    what = "out of memory";
  }
  if (!link.initiator) count_refusal(link, info);
  link.session = nullptr;
  Peer* peer = link.peer;
  Dialer* dialer = std::exchange(link.dialer, nullptr);
  if (link.initiator) {
    note_dial_failure(dialer, info, what);
  } else if (refusals_.may_log()) {
    core_.log.say(Log::kLink, [&] { return fill_in("connection from %", {what}); });
  }
  remove(link);
  if (dialer != nullptr) dialer->attempt_ended(what);
  if (peer != nullptr) decide_waiting(*peer);
}

void Network::note_dial_failure(Dialer* dialer, const CloseInfo& info,
                                std::string_view what) noexcept {
  // Only what this end found by comparing incarnations: anybody can say it.
  if (info.code == CloseCode::self && info.by == CloseInfo::By::us) {
    const bool for_ever = seeds_.answered_by_self(dialer);
    core_.log.say(Log::kDebug, [&] {
      return fill_in("seed % (ignored%)", {what, for_ever ? " from now on" : " this time"});
    });
    return;
  }
  if (info.code == CloseCode::id_in_use) ++id_conflicts;
  core_.log.say(info.code == CloseCode::id_in_use ? Log::kError : Log::kLink,
                [&] { return fill_in("dial failed: %", {what}); });
}

void Network::lose(Connection& link, std::string_view word, std::string_view who,
                   std::string_view why) noexcept {
  Peer& peer = *link.peer;
  Session& s = *link.session;
  core_.log.say(Log::kLink, [&] {
    return fill_in(
        "link to % (%) at % is down: ended by %: %; age % ms, in % bytes % messages, "
        "out % bytes % messages, % bytes lost in the queue, last byte % ms ago, own lag % ms",
        {peer.id(), base62(link.incarnation), s.address().str(), who, why, s.age() / kMillisecond,
         s.bytes_in(), s.messages_in(), s.bytes_out(), s.messages_out(), peer.queued_bytes(),
         s.silent() / kMillisecond, s.late() / kMillisecond});
  });
  ++links_lost;
  peer.count_traffic(s);
  // A session that is over may still have its last frame to send.
  if (link.over) link.session = nullptr;
  drop(link);
  peer.link_lost(word, why);
  after_link_end(peer);
}

void Network::after_link_end(Peer& peer) noexcept {
  if (taking_ != nullptr) return;
  decide_waiting(peer);
  seeds_.lost(peer.id());
}

std::vector<Endpoint> Network::endpoints_of(const Hello& hello) {
  std::vector<Endpoint> endpoints;
  for (const std::string& bind : hello.binds) {
    Endpoint& endpoint = endpoints.emplace_back();
    const Status status = parse_endpoint(bind, 0, endpoint);
    if (!status.ok() || endpoint.address.any_host) endpoints.pop_back();
  }
  return endpoints;
}

void Network::take(Connection& link) noexcept {
  try {
    try_take(link);
  } catch (const std::bad_alloc&) {
    core_.log.say(Log::kLink, [&] {
      return fill_in("connection of % at % was given up: out of memory",
                     {link.peer->id(), link.session->address().str()});
    });
    if (!link.initiator) refusals_.count(Refusal::lost, link.source);
    drop(link);
  }
}

// All that needs memory before anything is taken.
void Network::try_take(Connection& link) {
  // Its handshake may have begun before reload().
  if (close_revoked(link)) return;
  Peer& peer = *link.peer;
  std::vector<Endpoint> endpoints = endpoints_of(link.session->peer());
  // Whoever takes a link drops all its other dials to that peer in the same step.
  for (std::size_t i = 0; i < links_.size();) {
    Connection& other = *links_[i];
    const bool same = other.peer == &peer ||
                      (other.dialer != nullptr && other.dialer->target().dial_peer() == &peer);
    if (&other == &link || !other.initiator || other.phase == Connection::Phase::up || !same) {
      ++i;
      continue;
    }
    drop(other);
    i = 0;
  }
  if (Connection* old = peer.link()) {
    lose_for(*old, link, "replaced by a new connection");
  }
  peer.begin_epoch();
  ++links_taken;
  link.phase = Connection::Phase::up;
  link.last_use = core_.reactor.now();
  if (Dialer* dialer = std::exchange(link.dialer, nullptr)) {
    dialer->attempt_ended({});
    dialer->reset();
  }
  core_.log.say(Log::kLink, [&] {
    return fill_in("link to % (%) at % is up",
                   {peer.id(), base62(link.incarnation), link.session->address().str()});
  });
  peer.adopt(link, std::move(endpoints));
  core_.reactor.arm(link, add_clamped(core_.reactor.now(), core_.settings.link_idle));
  decide_waiting(peer);
}

// As lose(), but who waits is not asked again: the new link is being taken.
void Network::lose_for(Connection& old, Connection& taker, std::string_view why) noexcept {
  taking_ = &taker;
  lose(old, "transport_error", "us", why);
  taking_ = nullptr;
}

std::vector<std::string> Network::binds() const {
  std::vector<std::string> out;
  for (const auto& listener : listeners_) out.push_back(listener->address().str());
  return out;
}

std::vector<std::string> Network::known_nodes() const {
  std::vector<std::string> out = peers_.known_nodes();
  if (core_.directory != nullptr) core_.directory->add_known(out);
  out.push_back(core_.id());
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<bool> Network::is_up(std::string_view node) const {
  if (node == core_.id()) return true;
  Peer* peer = peers_.find(node);
  if (peer == nullptr || !peer->known()) return std::nullopt;
  return peer->reported_up();
}

void Network::fill(Stats& stats) const {
  stats.links_taken = links_taken;
  stats.links_lost = links_lost;
  stats.accepted = accepted_;
  refusals_.fill(stats);
  stats.overruns = overruns;
  stats.id_conflicts = id_conflicts;
  stats.remote_messages = remote_messages;
  for (const auto& link : links_) {
    if (link->phase == Connection::Phase::up) {
      ++stats.links_up;
    } else if (link->initiator) {
      ++stats.dials;
    } else if (link->phase != Connection::Phase::refused) {
      ++stats.half_open;
    }
  }
  peers_.fill(stats);
}

void Network::stop_relayed() noexcept {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    Connection& link = *links_[i];
    const bool open = link.phase == Connection::Phase::up && link.idle != Connection::Idle::ok;
    if (!open || !link.session->address().is_relay()) continue;
    try {
      link.peer->say_bye();
      static_cast<Flushable&>(*link.session).flush();
    } catch (const std::bad_alloc&) {
      // Then it ends with the link below.
    }
  }
}

void Network::stop() {
  stopping_ = true;
  close_listeners();
  refusals_.stop();
  for (std::size_t i = 0; i < links_.size();) {
    Connection& link = *links_[i];
    const bool open = link.phase == Connection::Phase::up && link.idle != Connection::Idle::ok;
    // In a forked child there is nobody to say goodbye to.
    if (link.bye_sent) {
      ++i;
    } else if (open && !core_.reactor.forked()) {
      core_.reactor.disarm(link);
      try {
        link.peer->say_bye();
        ++i;
      } catch (const std::bad_alloc&) {
        drop(link);
      }
    } else {
      link.dialer = nullptr;
      drop(link);
    }
  }
  seeds_.clear();
  peers_.stop();
  // "2 s in all", a little less than what the loop's destructor waits.
  core_.reactor.arm(stop_timer_, core_.reactor.now() + 1900 * kMillisecond);
  stopping_done_ = true;
  maybe_stopped();
}

void Network::StopTimer::on_timer() {
  while (!network.links_.empty()) network.drop(*network.links_.front());
}

void Network::maybe_stopped() {
  if (!stopping_done_ || stopped_ || !links_.empty()) return;
  stopped_ = true;
  core_.reactor.disarm(stop_timer_);
  core_.network_gone();
}

}  // namespace aemp
