// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The public Node: checks what the program says and hands it to the part whose job it is.
#include <aemp/node.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/throw_error.h"
#include "node/core.h"

namespace aemp {
namespace {

template <class F>
void check_callable(const F& f, const char* who) {
  if (!f) {
    throw_error(Errc::bad_value, "%: an empty function: expected one to call", {who});
  }
}

void check_size(const NodeCore& core, const OwnedMessage& message) {
  if (message.size_bytes() <= core.settings.max_message) return;
  throw_error(Errc::too_big, "a message of % bytes: expected at most %, max_message",
              {message.size_bytes(), core.settings.max_message});
}

}  // namespace

Node::Node(Loop& loop) : NodeDatabase(new NodeCore(loop.reactor())) {}

Node::~Node() { core_->abandon(); }

void Node::leave() { core_->leave(); }

Port Node::port() {
  core_->configured = true;
  return core_->left ? core_->dead_port() : core_->port_of(core_->ports.create());
}

Port Node::make_port(Receiver receiver) {
  check_callable(receiver, "port");
  core_->configured = true;
  if (core_->left) return core_->dead_port();
  PortSlot& slot = core_->ports.create();
  slot.receiver = std::move(receiver);
  return core_->port_of(slot);
}

Port Node::set_default(const Port& p, Receiver receiver) {
  check_callable(receiver, "rcv");
  if (core_->left) return p;
  if (PortSlot* slot = core_->own_slot(p, "rcv")) {
    core_->dispatcher.set_default(*slot, std::move(receiver));
  }
  return p;
}

Port Node::set_tag(const Port& p, std::string_view tag, Receiver receiver) {
  check_callable(receiver, "rcv");
  if (core_->left) return p;
  if (PortSlot* slot = core_->own_slot(p, "rcv")) {
    core_->dispatcher.set_tag(*slot, TagTable::make(tag, std::move(receiver)));
  }
  return p;
}

Port Node::set_tag(const Port& p, const Port& tag, Receiver receiver) {
  check_callable(receiver, "rcv");
  if (core_->left) return p;
  PortSlot* slot = core_->own_slot(p, "rcv");
  if (!tag) throw_error(Errc::empty_port, "rcv: the empty port cannot be a tag");
  if (slot != nullptr) {
    core_->dispatcher.set_tag(*slot, TagTable::make(tag, std::move(receiver)));
  }
  return p;
}

void Node::rcv_remove(const Port& p, std::string_view tag) {
  if (core_->left) return;
  PortSlot* slot = core_->own_slot(p, "rcv_remove");
  if (slot != nullptr && slot->extra) {
    core_->dispatcher.remove_tag(*slot, slot->extra->tags.find(tag));
  }
}

void Node::rcv_remove(const Port& p, const Port& tag) {
  if (core_->left) return;
  PortSlot* slot = core_->own_slot(p, "rcv_remove");
  if (slot != nullptr && slot->extra) {
    core_->dispatcher.remove_tag(*slot, slot->extra->tags.find(tag));
  }
}

Monitor Node::mon(const Port& p) {
  const Port own = self();
  if (!own)
    throw_error(Errc::no_context, "mon: no self() to link, called outside a port's context");
  return mon_link(p, own);
}

Monitor Node::mon_link(const Port& p, const Port& q) {
  if (!q) throw_error(Errc::empty_port, "mon: the empty port cannot be linked");
  if (q.is_node_port())
    throw_error(Errc::node_port, "mon: a node port cannot be linked: %", {q.str()});
  return core_->monitor(p, MonitorLink{q});
}

Monitor Node::mon_message(NodeCore& core, const Port& p, const Port& q, OwnedMessage prefix) {
  if (!q) throw_error(Errc::empty_port, "mon: the empty port is no destination");
  check_size(core, prefix);
  return core.monitor(p, std::make_unique<MonitorSend>(MonitorSend{q, std::move(prefix)}));
}

Monitor Node::mon_callback(const Port& p, Receiver receiver) {
  check_callable(receiver, "mon");
  return core_->monitor(p, std::move(receiver));
}

Monitor Node::mon_keep(const Port& p, detail::Function<void()> keeper) {
  return core_->monitor(p, MonitorKeep{std::move(keeper)});
}

void Node::define_function(std::string_view name, Receiver receiver) {
  check_callable(receiver, "define");
  core_->node_port.define(name, std::move(receiver));
}

Port Node::begin_call(NodeCore& core, const Port& to, detail::Function<void(const Reply&)> f) {
  check_callable(f, "cal");
  return core.calls.begin(to, std::move(f));
}

void Node::start_call(NodeCore& core, const Port& reply, std::optional<Nanoseconds> timeout) {
  core.calls.start(reply, timeout ? std::max<Nanos>(0, timeout->count()) : -1);
}

void Node::drop_call(NodeCore& core, const Port& reply) noexcept { core.calls.drop(reply); }

Timer Node::after_call(Nanoseconds delay, detail::Function<void()> f) {
  check_callable(f, "after");
  return core_->timers->add(delay.count(), std::move(f));
}

Timer Node::after_send(NodeCore& core, Nanoseconds delay, const Port& to, OwnedMessage message) {
  if (!to) throw_error(Errc::empty_port, "after: the empty port is no destination");
  check_size(core, message);
  return core.timers->add(delay.count(), [&core, to, message = std::move(message)] {
    core.router.resend(detail::Outgoing::Verb::send, to, message);
  });
}

Port Node::self() const { return core_->dispatcher.self(); }

detail::Context Node::bind_self() {
  Port own = self();
  if (!own) throw_error(Errc::no_context, "psub: no self() to bind to, called outside a context");
  return detail::Context(core_->anchor.get(), std::move(own));
}

detail::Context Node::bind(const Port& p) {
  if (!core_->left) core_->own_slot(p, "peval");
  return detail::Context(core_->anchor.get(), p);
}

const std::string& Node::id() const { return core_->id(); }

Port Node::node_port(std::string_view node) const { return core_->node_port_of(node); }

bool Node::is_local(const Port& p) const {
  return p && (p.name() == core_->own_name || p.node() == id());
}

std::vector<std::string> Node::binds() const { return core_->network.binds(); }
std::vector<std::string> Node::up_nodes() const { return core_->network.peers().up_nodes(); }
std::vector<std::string> Node::known_nodes() const { return core_->network.known_nodes(); }
std::optional<bool> Node::node_is_up(std::string_view node) const {
  return core_->network.is_up(node);
}

Registration Node::add_node_watch(detail::Function<void(std::string_view, bool, Message)> f) {
  check_callable(f, "mon_nodes");
  return core_->left ? Registration() : core_->registrations->add(NodeWatch{std::move(f)});
}

Registration Node::add_log_sink(detail::Function<void(int, std::string_view)> f) {
  check_callable(f, "on_log");
  return core_->left ? Registration() : core_->registrations->add(LogSink{std::move(f)});
}

bool Node::congested(const Port& p) const {
  const Peer* peer = p && !is_local(p) ? core_->network.peers().find(p.node()) : nullptr;
  const std::size_t queued = peer != nullptr
                                 ? peer->queued_bytes()
                                 : (is_local(p) ? core_->reactor.jobs().queued_bytes() : 0);
  return queued > core_->settings.congested_above;
}

Registration Node::on_drain(const Port& p, detail::Function<void()> f) {
  check_callable(f, "on_drain");
  if (!p) throw_error(Errc::empty_port, "on_drain: the empty port");
  if (core_->left) return Registration();
  Peer* peer = is_local(p) ? nullptr : &core_->network.peers().get(p.name());
  Registration handle = core_->registrations->add(DrainWatch{peer, std::move(f)});
  try {
    if (peer != nullptr) {
      peer->watch_drain();
    } else {
      core_->dispatcher.watch_local_drain();
    }
  } catch (...) {
    handle.cancel();
    throw;
  }
  return handle;
}

Stats Node::stats() const { return core_->stats(); }

namespace detail {

bool Context::run(void (*thunk)(void*), void* arg) const {
  NodeCore* core = anchor_ == nullptr ? nullptr : anchor_->core;
  if (core == nullptr || core->left) return false;
  PortSlot* slot = core->ports.find({port_.origin(), port_.serial()});
  return slot != nullptr && core->dispatcher.run_in(*slot, thunk, arg);
}

}  // namespace detail
}  // namespace aemp
