// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/router.h"

#include <algorithm>
#include <memory>

#include "node/core.h"
#include "node/peer.h"

namespace aemp {
namespace {

using detail::Outgoing;

struct LocalJob {
  NodeCore* core;
  std::uint64_t serial;  // of the slot; 0: the node port
};

Message items_of(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  return Message(reinterpret_cast<const std::uint8_t*>(job + 1), size - sizeof(LocalJob),
                 &job->core->names);
}

void run_message(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  NodeCore& core = *job->core;
  if (PortSlot* slot = core.ports.at(job->serial)) {
    core.dispatcher.deliver(*slot, items_of(payload, size));
  }
}

void run_kill(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (PortSlot* slot = job->core->ports.at(job->serial)) {
    job->core->dispatcher.die(*slot, items_of(payload, size));
  }
}

void run_spawn(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (PortSlot* slot = job->core->ports.at(job->serial)) {
    const Message call = items_of(payload, size);
    job->core->node_port.start(*slot, call[0].as<std::string_view>(), call.rest(1), true);
  }
}

void run_node_port(void* payload, std::size_t size) {
  auto* job = static_cast<LocalJob*>(payload);
  if (!job->core->left) job->core->node_port.take(items_of(payload, size), true);
}

constexpr JobOps kMessageOps = {run_message, nullptr};
constexpr JobOps kKillOps = {run_kill, nullptr};
constexpr JobOps kSpawnOps = {run_spawn, nullptr};
constexpr JobOps kNodePortOps = {run_node_port, nullptr};

const JobOps& ops_for(Outgoing::Verb verb, std::uint64_t serial) {
  if (verb == Outgoing::Verb::kill) return kKillOps;
  if (verb == Outgoing::Verb::spawn) return kSpawnOps;
  return serial == 0 ? kNodePortOps : kMessageOps;
}

}  // namespace

void Router::Aside::grow(Writer& writer, std::size_t need) {
  const std::size_t used = writer.size();
  if (used + need > limit + 16) {
    throw Error(Errc::too_big, "a message of more than " + std::to_string(limit) +
                                   " bytes: expected at most max_message");
  }
  bytes.resize(std::max(bytes.size() * 2, used + need + 256));
  writer.reseat(bytes.data(), bytes.data() + used, bytes.data() + bytes.size());
}

Port Router::name_spawned(std::string_view node) {
  Port where = core_.node_port_of(node);
  if (!core_.is_local(where.name())) {
    return Port(detail::ref(where.name()), core_.incarnation, ++spawned_);
  }
  if (core_.left) return where;
  core_.configured = true;
  return core_.port_of(core_.ports.create());
}

void Router::forget_spawned(const Outgoing& out) {
  if (out.verb_ != Verb::spawn || !core_.is_local(out.to_->name())) return;
  if (PortSlot* slot = core_.ports.at(out.to_->serial())) core_.dispatcher.die(*slot, Message());
}

void Router::check(const Outgoing& out) const {
  if (!*out.to_) throw Error(Errc::empty_port, "the empty port is no destination");
  if (out.verb_ == Verb::kill && out.to_->is_node_port()) {
    throw Error(Errc::node_port, "the node port " + out.to_->str() + " cannot be killed");
  }
}

Writer Router::open(Outgoing& out) {
  check(out);
  if (core_.left || !out.to_->name()->alias.empty()) {
    return open_aside(out, Outgoing::Route::nowhere);
  }
  if (open_ || core_.reactor.jobs().is_open()) return open_aside(out, Outgoing::Route::aside);
  return core_.is_local(out.to_->name()) ? open_local(out) : open_remote(out);
}

Writer Router::open_spawn(Outgoing& out, std::string_view function) {
  Writer writer = open(out);
  try {
    writer.text(function);
  } catch (...) {
    out.writer_.reseat(writer.begin(), writer.cur(), writer.end());
    abort(out);
    throw;
  }
  return writer;
}

Writer Router::open_local(Outgoing& out) {
  const Port& to = *out.to_;
  LocalJob job{&core_, to.serial()};
  if (to.serial() != 0 && to.origin() != core_.incarnation) {
    PortSlot* slot = core_.ports.find({to.origin(), to.serial()});
    if (slot == nullptr) return open_aside(out, Outgoing::Route::nowhere);
    job.serial = slot->serial;
  }
  RunQueue& jobs = core_.reactor.jobs();
  jobs.set_limit(out.verb_ == Verb::kill ? kMaxReason : core_.settings.max_message);
  Writer writer = jobs.open(ops_for(out.verb_, job.serial), &job, sizeof job);
  open_ = true;
  out.route_ = Outgoing::Route::local;
  return writer;
}

Writer Router::open_remote(Outgoing& out) {
  Peer& peer = core_.network.peer(out.to_->name());
  if (peer.losing(*out.to_)) return open_aside(out, Outgoing::Route::nowhere);
  Writer writer = peer.open(out.verb_, *out.to_);
  open_ = true;
  out.place_ = &peer;
  out.route_ = Outgoing::Route::remote;
  return writer;
}

Writer Router::open_aside(Outgoing& out, Outgoing::Route route) {
  auto aside = std::make_unique<Aside>();
  aside->limit = out.verb_ == Verb::kill ? kMaxReason : core_.settings.max_message;
  aside->bytes.resize(256);
  std::uint8_t* at = aside->bytes.data();
  Writer writer(*aside, at, at, at + aside->bytes.size());
  out.place_ = aside.release();
  out.route_ = route;
  return writer;
}

void Router::commit(Outgoing& out) {
  const Outgoing::Route route = out.route_;
  if (route == Outgoing::Route::local) {
    RunQueue& jobs = core_.reactor.jobs();
    const LocalJob job = *static_cast<LocalJob*>(jobs.open_header());
    out.route_ = Outgoing::Route::done;
    open_ = false;
    if (out.verb_ == Verb::kill && job.serial == core_.dispatcher.context()) [[unlikely]] {
      const OwnedMessage reason = Message(out.writer_.begin(), out.writer_.size()).copy();
      jobs.abort(out.writer_);
      if (PortSlot* slot = core_.ports.at(job.serial)) core_.dispatcher.die(*slot, reason);
    } else {
      jobs.commit(out.writer_);
    }
  } else if (route == Outgoing::Route::remote) {
    out.route_ = Outgoing::Route::done;
    open_ = false;
    static_cast<Peer*>(out.place_)->commit(out.writer_, out.verb_, *out.to_);
  } else if (route != Outgoing::Route::done) {
    commit_aside(out);
    return;
  }
  if (!waiting_.empty() || core_.leave_later) [[unlikely]]
    closed();
}

void Router::commit_aside(Outgoing& out) {
  std::unique_ptr<Aside> aside(static_cast<Aside*>(out.place_));
  const bool wanted = out.route_ == Outgoing::Route::aside;
  out.route_ = Outgoing::Route::done;
  const std::size_t size = out.writer_.size();
  if (size > aside->limit) {
    throw Error(Errc::too_big, "a message of " + std::to_string(size) +
                                   " bytes: expected at most " + std::to_string(aside->limit));
  }
  if (!wanted) return;
  aside->bytes.resize(size);
  Waiting message{out.verb_, *out.to_, std::move(aside->bytes)};
  if (open_) {
    waiting_.push_back(std::move(message));
    return;
  }
  // Another node's message is open on this loop's queue: ours follows from the loop.
  core_.dispatcher.later([message = std::move(message)](NodeCore& core) {
    core.router.resend(message.verb, message.to,
                       Message(message.bytes.data(), message.bytes.size()));
  });
}

void Router::abort(Outgoing& out) {
  const Outgoing::Route route = std::exchange(out.route_, Outgoing::Route::done);
  if (route == Outgoing::Route::done) return;
  if (route == Outgoing::Route::local) {
    core_.reactor.jobs().abort(out.writer_);
    open_ = false;
  } else if (route == Outgoing::Route::remote) {
    static_cast<Peer*>(out.place_)->abort(out.writer_);
    open_ = false;
  } else {
    delete static_cast<Aside*>(out.place_);
  }
  forget_spawned(out);
  if (!open_) closed();
}

void Router::closed() {
  std::vector<Waiting> ready = std::move(waiting_);
  waiting_.clear();
  for (const Waiting& message : ready) {
    resend(message.verb, message.to, Message(message.bytes.data(), message.bytes.size()));
  }
  if (core_.leave_later) core_.leave();
}

void Router::resend(Verb verb, const Port& to, Message message) {
  try {
    Outgoing out(core_, verb, to);
    out.writer_.raw(message.data(), message.size_bytes());
    out.commit();
  } catch (const Error& e) {
    core_.log.line(Log::kWarning, std::string("not sent to ") + to.str() + ": " + e.what());
  }
}

void Router::send_reason(const MonitorSend& send, Message reason) {
  const Message prefix = send.prefix;
  OwnedMessage whole = message(prefix, reason);
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
