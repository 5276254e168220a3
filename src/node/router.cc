// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/router.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

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

// The serial of the slot of a local port, 0 for the node port; nullopt: there is no such port.
std::optional<std::uint64_t> slot_serial(NodeCore& core, const Port& to) {
  if (to.serial() == 0 || to.origin() == core.incarnation) return to.serial();
  const PortSlot* slot = core.ports.find({to.origin(), to.serial()});
  return slot == nullptr ? std::nullopt : std::optional(slot->serial);
}

[[noreturn]] void throw_too_big(std::size_t size, std::size_t most) {
  throw Error(Errc::too_big, "a message or reason of " + std::to_string(size) +
                                 " bytes: expected at most " + std::to_string(most));
}

// True while it lives.
class AtWork {
 public:
  explicit AtWork(bool& flag) : flag_(flag) { flag_ = true; }
  ~AtWork() { flag_ = false; }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;

 private:
  bool& flag_;
};

const JobOps& ops_for(Outgoing::Verb verb, std::uint64_t serial) {
  if (verb == Outgoing::Verb::send) [[likely]]
    return serial == 0 ? kNodePortOps : kMessageOps;
  return verb == Outgoing::Verb::kill ? kKillOps : kSpawnOps;
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
  if (!*out.to_) throw Error(Errc::empty_port, "the empty port is no destination");
  if (out.verb_ == Verb::kill && out.to_->is_node_port()) {
    throw Error(Errc::node_port, "the node port " + out.to_->str() + " cannot be killed");
  }
}

inline Writer Router::open_slot(Outgoing& out, std::uint64_t serial) {
  open_ = true;
  out.route_ = Outgoing::Route::local;
  return core_.reactor.jobs().open(ops_for(out.verb_, serial), LocalJob{&core_, serial},
                                   limit(out.verb_));
}

inline Writer Router::open_peer(Outgoing& out, Peer& peer) {
  Writer writer = peer.open(out.verb_, *out.to_);
  open_ = true;
  out.place_ = &peer;
  out.route_ = Outgoing::Route::remote;
  return writer;
}

// The way of most messages first: to an own home port or a node that was sent to of late, while
// nothing else is written.
inline Writer Router::open(Outgoing& out) {
  const Port& to = *out.to_;
  if (to.name() == core_.own_name && to.origin() == core_.incarnation && to.serial() != 0 &&
      !core_.left && !open_ && !core_.reactor.jobs().is_open()) [[likely]] {
    return open_slot(out, to.serial());
  }
  if (to && to.serial() != 0 && !core_.left && !open_) {
    Peer* peer = core_.network.recent(to.name());
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
  if (open_) return open_aside(out, Outgoing::Route::aside);
  if (!core_.is_local(out.to_->name())) return open_remote(out);
  // Another node of this loop may be writing.
  if (core_.reactor.jobs().is_open()) return open_aside(out, Outgoing::Route::aside);
  const std::optional<std::uint64_t> serial = slot_serial(core_, *out.to_);
  return serial ? open_slot(out, *serial) : open_aside(out, Outgoing::Route::nowhere);
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

Writer Router::open_remote(Outgoing& out) {
  Peer& peer = core_.network.peer(out.to_->name());
  return peer.losing(*out.to_) ? open_aside(out, Outgoing::Route::nowhere) : open_peer(out, peer);
}

Writer Router::open_aside(Outgoing& out, Outgoing::Route route) {
  auto aside = std::make_unique<Aside>();
  aside->limit = limit(out.verb_);
  aside->bytes.resize(256);
  if (route == Outgoing::Route::aside) {
    aside->place = waiting_.size();
    waiting_.push_back({out.verb_, *out.to_, {}, false, 0, 0});
    ++asides_;
  }
  std::uint8_t* at = aside->bytes.data();
  Writer writer(*aside, at, at, at + aside->bytes.size());
  out.place_ = aside.release();
  out.route_ = route;
  return writer;
}

inline void Router::commit(Outgoing& out) {
  // Buffers let a few bytes more pass.
  if (out.writer_.size() > limit(out.verb_)) [[unlikely]]
    throw_too_big(out.writer_.size(), limit(out.verb_));
  const Outgoing::Route route = std::exchange(out.route_, Outgoing::Route::done);
  if (route == Outgoing::Route::local && out.verb_ != Verb::kill) [[likely]] {
    open_ = false;
    core_.reactor.jobs().commit(out.writer_);
  } else if (!commit_other(out, route)) {
    return;
  }
  if (!waiting_.empty() || core_.leave_later) [[unlikely]]
    closed();
}

// False when nothing was to be sent.
bool Router::commit_other(Outgoing& out, Outgoing::Route route) {
  switch (route) {
    case Outgoing::Route::local:
      commit_kill(out);
      return true;
    case Outgoing::Route::remote:
      open_ = false;
      static_cast<Peer*>(out.place_)->commit(out.writer_, *out.to_);
      return true;
    case Outgoing::Route::aside:
      commit_aside(out);
      return true;
    case Outgoing::Route::nowhere:
      delete static_cast<Aside*>(out.place_);
      return false;
    case Outgoing::Route::done:
      return false;
  }
  return false;
}

void Router::commit_kill(Outgoing& out) {
  RunQueue& jobs = core_.reactor.jobs();
  open_ = false;
  if (kill_self(out)) {
    jobs.abort(out.writer_);
  } else {
    jobs.commit(out.writer_);
  }
}

void Router::commit_aside(Outgoing& out) {
  const std::unique_ptr<Aside> aside(static_cast<Aside*>(out.place_));
  --asides_;
  if (kill_self(out)) return;
  aside->bytes.resize(out.writer_.size());
  waiting_[aside->place].bytes = std::move(aside->bytes);
  waiting_[aside->place].wanted = true;
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
  switch (std::exchange(out.route_, Outgoing::Route::done)) {
    case Outgoing::Route::local:
      core_.reactor.jobs().abort(out.writer_);
      open_ = false;
      break;
    case Outgoing::Route::remote:
      static_cast<Peer*>(out.place_)->abort(out.writer_);
      open_ = false;
      break;
    case Outgoing::Route::aside:
      --asides_;
      [[fallthrough]];
    case Outgoing::Route::nowhere:
      delete static_cast<Aside*>(out.place_);
      break;
    case Outgoing::Route::done:
      return;
  }
  forget_spawned(out);
  closed();
}

void Router::closed() {
  // Sending what waits comes back to here; to leave is the last thing.
  if (is_writing() || sending_waiting_) return;
  {
    const AtWork at_work(sending_waiting_);
    const std::vector<Waiting> ready = std::exchange(waiting_, {});
    for (const Waiting& message : ready) {
      if (message.wanted) send_waiting(message);
    }
  }
  if (core_.leave_later) core_.leave();
}

void Router::control_later(std::uint8_t type, const Port& to, std::uint64_t epoch) {
  waiting_.push_back({Verb::send, to, {}, true, type, epoch});
}

void Router::send_waiting(const Waiting& message) {
  if (message.control != 0) {
    core_.network.peer(message.to.name())
        .control(message.control, {message.to.origin(), message.to.serial()}, message.epoch);
    return;
  }
  if (!core_.is_local(message.to.name())) {
    resend(message.verb, message.to, Message(message.bytes.data(), message.bytes.size()));
    return;
  }
  const std::optional<std::uint64_t> serial = slot_serial(core_, message.to);
  if (!serial) return;
  const LocalJob job{&core_, *serial};
  std::vector<std::uint8_t> payload(sizeof job + message.bytes.size());
  std::memcpy(payload.data(), &job, sizeof job);
  std::copy(message.bytes.begin(), message.bytes.end(), payload.begin() + sizeof job);
  // Where another node of this loop is writing, it goes behind that message.
  core_.reactor.jobs().push(ops_for(message.verb, job.serial), payload.data(), payload.size());
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
