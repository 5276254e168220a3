// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/router.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "base/fill_in.h"
#include "base/throw_error.h"
#include "node/core.h"
#include "node/local_job.h"
#include "node/peer.h"

namespace aemp {
namespace {

using detail::Outgoing;

[[noreturn]] void throw_too_big(std::size_t size, std::size_t most) {
  throw_error(Errc::too_big, "a message or reason of % bytes: expected at most %", {size, most});
}

}  // namespace

void Router::Aside::grow(Writer& writer, std::size_t need) {
  const std::size_t used = writer.size();
  if (used + need > limit + 16) throw_too_big(used + need, limit);
  bytes.resize(std::max(bytes.size() * 2, used + need + 256));
  writer.reseat(bytes.data(), bytes.data() + used, bytes.data() + bytes.size());
}

inline std::size_t Router::limit(Verb verb) const {
  return verb == Verb::kill ? kMaxReason : core_.settings.max_message;
}

Port Router::name_spawned(std::string_view node) {
  Port where = core_.node_port_of(node);
  if (!core_.is_local(where.name())) {
    return Port(detail::ref(where.name()), core_.incarnation, ++spawned_);
  }
  if (core_.left) return core_.dead_port();
  core_.configured = true;
  return core_.port_of(core_.ports.create());
}

void Router::forget_spawned(const Outgoing& out) {
  if (out.verb_ != Verb::spawn || !core_.is_local(out.to_->name())) return;
  if (PortSlot* slot = core_.ports.at(out.to_->serial())) core_.dispatcher.die(*slot, Message());
}

void Router::check(const Outgoing& out) const {
  if (!*out.to_) throw_error(Errc::empty_port, "the empty port is no destination");
  if (out.verb_ == Verb::kill && out.to_->is_node_port()) {
    throw_error(Errc::node_port, "the node port % cannot be killed", {out.to_->str()});
  }
}

inline Writer Router::open_slot(Outgoing& out, std::uint64_t serial) {
  const LocalJob job{&core_, serial};
  Writer writer = core_.reactor.jobs().open(job.ops(out.verb_), job, limit(out.verb_));
  ++writing_;
  out.route_ = Outgoing::Route::local;
  return writer;
}

inline Writer Router::open_peer(Outgoing& out, Peer& peer) {
  Writer writer = peer.open(out.verb_, *out.to_);
  ++writing_;
  core_.reactor.begin_write();
  out.place_ = &peer;
  out.route_ = Outgoing::Route::remote;
  return writer;
}

// The way of most messages first: to an own home port or a node that was sent to of late, while
// nothing else is written.
inline Writer Router::open(Outgoing& out) {
  const Port& to = *out.to_;
  if (to.name() == core_.own_name && to.origin() == core_.incarnation && to.serial() != 0 &&
      !core_.left && writing_ == 0 && !core_.reactor.jobs().is_open()) [[likely]] {
    return open_slot(out, to.serial());
  }
  if (to && to.serial() != 0 && !core_.left && writing_ == 0) {
    Peer* peer = core_.network.peers().recent(to.name());
    if (peer != nullptr && !peer->losing(to)) [[likely]]
      return open_peer(out, *peer);
  }
  return open_other(out);
}

Writer Router::open_other(Outgoing& out) {
  check(out);
  if (core_.left || !out.to_->name()->alias.empty()) {
    return open_aside(out, Outgoing::Route::nowhere);
  }
  if (writing_ != 0) return open_aside(out, Outgoing::Route::aside);
  if (!core_.is_local(out.to_->name())) return open_remote(out);
  // Another node of this loop may be writing.
  if (core_.reactor.jobs().is_open()) return open_aside(out, Outgoing::Route::aside);
  const std::optional<LocalJob> job = LocalJob::make(core_, *out.to_);
  return job ? open_slot(out, job->serial) : open_aside(out, Outgoing::Route::nowhere);
}

Writer Router::open_spawn(Outgoing& out, std::string_view function) {
  try {
    Writer writer = open(out);
    try {
      writer.text(function);
    } catch (...) {
      out.writer_.reseat(writer.begin(), writer.cur(), writer.end());
      abort(out);
      throw;
    }
    return writer;
  } catch (...) {
    forget_spawned(out);
    throw;
  }
}

Writer Router::open_remote(Outgoing& out) {
  Peer& peer = core_.network.peers().get(out.to_->name());
  return peer.losing(*out.to_) ? open_aside(out, Outgoing::Route::nowhere) : open_peer(out, peer);
}

Writer Router::open_aside(Outgoing& out, Outgoing::Route route) {
  auto aside = std::make_unique<Aside>();
  aside->limit = limit(out.verb_);
  aside->bytes.resize(256);
  if (route == Outgoing::Route::aside) {
    aside->place = backlog_.reserve(out.verb_, *out.to_);
    ++writing_;
  }
  std::uint8_t* at = aside->bytes.data();
  Writer writer(*aside, at, at, at + aside->bytes.size());
  out.place_ = aside.release();
  out.route_ = route;
  return writer;
}

// A message was committed or given up. The outermost one lets go what waits.
inline void Router::written() noexcept {
  if (!backlog_.empty() || core_.leave_later) [[unlikely]]
    send_backlog();
}

inline void Router::commit(Outgoing& out) {
  // Buffers let a few bytes more pass.
  if (out.writer_.size() > limit(out.verb_)) [[unlikely]]
    throw_too_big(out.writer_.size(), limit(out.verb_));
  const Outgoing::Route route = std::exchange(out.route_, Outgoing::Route::done);
  if (route == Outgoing::Route::local && out.verb_ != Verb::kill) [[likely]] {
    --writing_;
    core_.reactor.jobs().commit(out.writer_);
    written();
  } else if (route == Outgoing::Route::nowhere) {
    delete static_cast<Aside*>(out.place_);
  } else {
    commit_other(out, route);
  }
}

void Router::commit_other(Outgoing& out, Outgoing::Route route) {
  --writing_;
  try {
    if (route == Outgoing::Route::remote) {
      core_.reactor.end_write();
      if (core_.tracer != nullptr) [[unlikely]]
        core_.tracer->going(out.verb_, *out.to_, out.writer_);
      static_cast<Peer*>(out.place_)->commit(out.writer_, *out.to_);
    } else if (route == Outgoing::Route::aside) {
      commit_aside(out);
    } else {
      commit_kill(out);
    }
  } catch (...) {
    written();
    throw;
  }
  written();
}

void Router::commit_kill(Outgoing& out) {
  RunQueue& jobs = core_.reactor.jobs();
  if (kill_self(out)) {
    jobs.abort(out.writer_);
  } else {
    jobs.commit(out.writer_);
  }
}

void Router::commit_aside(Outgoing& out) {
  const std::unique_ptr<Aside> aside(static_cast<Aside*>(out.place_));
  if (kill_self(out)) return;
  aside->bytes.resize(out.writer_.size());
  backlog_.fill(aside->place, std::move(aside->bytes));
}

// A port that kills itself from its own context dies at once. False: it is not that.
bool Router::kill_self(const Outgoing& out) {
  if (out.verb_ != Verb::kill || *out.to_ != core_.dispatcher.self()) return false;
  PortSlot* slot = core_.ports.at(core_.dispatcher.context());
  const Message reason(out.writer_.begin(), out.writer_.size());
  if (slot != nullptr) core_.dispatcher.die(*slot, reason);
  return true;
}

void Router::abort(Outgoing& out) {
  const Outgoing::Route route = std::exchange(out.route_, Outgoing::Route::done);
  if (route != Outgoing::Route::nowhere) --writing_;
  if (route == Outgoing::Route::local) {
    core_.reactor.jobs().abort(out.writer_);
  } else if (route == Outgoing::Route::remote) {
    core_.reactor.end_write();
    static_cast<Peer*>(out.place_)->abort(out.writer_);
  } else {
    delete static_cast<Aside*>(out.place_);
  }
  forget_spawned(out);
  written();
}

void Router::send_backlog() noexcept {
  if (writing_ != 0) return;
  // To leave is the last thing.
  const bool leave = std::exchange(core_.leave_later, false);
  for (const Backlog::Entry& entry : backlog_.take()) {
    if (const auto* control = std::get_if<Backlog::Control>(&entry)) {
      control->peer->put_waiting(*control);
    } else if (const auto& message = std::get<Backlog::Outbound>(entry); message.wanted) {
      send(message);
    }
  }
  if (leave) core_.leave();
}

void Router::send(const Backlog::Outbound& message) noexcept {
  if (!core_.is_local(message.to.name())) {
    resend(message.verb, message.to, Message(message.items.data(), message.items.size()));
    return;
  }
  const std::optional<LocalJob> job = LocalJob::make(core_, message.to);
  if (!job) return;
  try {
    std::vector<std::uint8_t> payload(sizeof *job + message.items.size());
    std::memcpy(payload.data(), &*job, sizeof *job);
    std::copy(message.items.begin(), message.items.end(), payload.begin() + sizeof *job);
    // Where another node of this loop is writing, it goes behind that message.
    core_.reactor.jobs().push(job->ops(message.verb), payload.data(), payload.size());
  } catch (const std::bad_alloc&) {
    lose(message.to);
  }
}

void Router::lose(const Port& to) noexcept {
  if (core_.left) return;
  if (core_.is_local(to.name())) {
    if (PortSlot* slot = core_.ports.find({to.origin(), to.serial()})) {
      core_.dispatcher.die(*slot, no_memory());
    }
  } else if (Peer* peer = core_.network.peers().find(to.node())) {
    peer->lose_for_memory();
  }
  core_.log.say(Log::kError, [&] { return fill_in("not sent to %: out of memory", {to.str()}); });
}

void Router::resend(Verb verb, const Port& to, Message message) noexcept {
  try {
    Outgoing out(core_, verb, to);
    out.writer_.raw(message.data(), message.size_bytes());
    out.commit();
  } catch (const Error& e) {
    core_.log.say(Log::kWarning, [&] { return fill_in("not sent to %: %", {to.str(), e.what()}); });
  } catch (const std::bad_alloc&) {
    lose(to);
  }
}

void Router::send_reason(const MonitorSend& send, Message reason) noexcept {
  const Message prefix = send.prefix;
  OwnedMessage whole;
  try {
    whole = message(prefix, reason);
  } catch (const std::bad_alloc&) {
    return lose(send.to);
  }
  resend(Verb::send, send.to, whole);
}

namespace detail {

Outgoing::Outgoing(NodeCore& core, Verb verb, const Port& to)
    : core_(core), to_(&to), verb_(verb), writer_(core.router.open(*this)) {}

Outgoing::Outgoing(NodeCore& core, std::string_view node, std::string_view function)
    : core_(core),
      to_(&made_),
      made_(core.router.name_spawned(node)),
      verb_(Verb::spawn),
      writer_(core.router.open_spawn(*this, function)) {}

Outgoing::~Outgoing() {
  if (route_ != Route::done) core_.router.abort(*this);
}

void Outgoing::commit() { core_.router.commit(*this); }

}  // namespace detail
}  // namespace aemp
