// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/core.h"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/fill_in.h"
#include "base/keyed_hash.h"
#include "base/report.h"
#include "base/text.h"
#include "base/throw_error.h"

namespace aemp {
namespace {

std::uint64_t draw(Reactor& reactor) {
  std::uint8_t bytes[8];
  if (!reactor.host().random().fill(bytes)) {
    throw_error(Errc::system, "no random numbers: expected the system's source to work");
  }
  return load_be64(bytes);
}

int default_log_level(Reactor& reactor) {
  const std::optional<std::string> text = reactor.host().env().get("AEMP_LOG");
  if (text && text->size() == 1 && (*text)[0] >= '0' && (*text)[0] <= '9') return (*text)[0] - '0';
  return Settings().log_level;
}

void run_end(void* payload, std::size_t) {
  NodeCore* core = *static_cast<NodeCore**>(payload);
  core->reactor.reap(std::unique_ptr<Reaped>(core));
}

constexpr JobOps kEndOps = {run_end, run_end};

}  // namespace

NodeCore::NodeCore(Reactor& r)
    : reactor(r),
      incarnation(draw(r) | 1),
      names(draw(r)),
      own_name(nullptr),
      registrations(new Registrations),
      log(*this),
      ports(incarnation, draw(r)),
      monitors(new MonitorTable(*this)),
      own_node_port_monitors(monitors->make_list()),
      timers(new NodeTimers(*this)),
      dispatcher(*this),
      router(*this),
      calls(*this),
      node_port(*this),
      network(*this),
      tracer(detail::make_tracer(*this)),
      anchor(new detail::Anchor{this, 1}),
      random_state_(draw(r)) {
  reactor.listen_slow(*this);
  settings.log_level = default_log_level(r);
  own_name = detail::ref(names.intern(fill_in("anon/%", {random_text()})));
}

NodeCore::~NodeCore() { detail::unref(own_name); }

std::uint64_t NodeCore::random64() { return mix64(random_state_ += 0x9e3779b97f4a7c15u); }

std::string NodeCore::random_text() { return base62(draw(reactor)) + base62(draw(reactor)); }

Port NodeCore::port_of(const PortSlot& slot) const {
  const PortKey key = ports.key(slot);
  return Port(detail::ref(own_name), key.origin, key.serial);
}

Port NodeCore::node_port_of(std::string_view node) {
  if (!valid_node_id(node)) {
    throw_error(Errc::bad_name,
                "node ID '%': expected 1 to 255 characters of A-Z a-z 0-9 _ . : / % -",
                {printable_utf8(node, 300), "%"});
  }
  return Port(detail::ref(names.intern(node)), 0, 0);
}

Port NodeCore::dead_port() {
  PortSlot& slot = ports.create();
  Port name = port_of(slot);
  const std::uint32_t index = PortTable::index_of(slot.serial);
  ports.unname(slot);
  ports.release(index);
  return name;
}

PortSlot* NodeCore::own_slot(const Port& port, std::string_view what) {
  const std::string culprit(what);
  if (!port) throw_error(Errc::empty_port, "%: the empty port", {culprit});
  if (port.node() != id()) {
    throw_error(Errc::not_local, "%: port % is not one of node %", {culprit, port.str(), id()});
  }
  if (port.is_node_port()) {
    throw_error(Errc::node_port, "%: % is the node port", {culprit, port.str()});
  }
  const PortKey key{port.origin(), port.serial()};
  return is_local(port.name()) ? ports.find(key) : nullptr;
}

MonitorEntry& NodeCore::watch_slot(PortSlot& slot, MonitorAction&& action, Port port) {
  if (slot.monitors == nullptr) {
    slot.monitors = monitors->make_list();
    slot.monitors->slot = &slot;
  }
  return monitors->add(*slot.monitors, std::move(action), std::move(port));
}

Monitor NodeCore::monitor(const Port& port, MonitorAction action) {
  if (!port) throw_error(Errc::empty_port, "mon: the empty port cannot be monitored");
  if (left) return Monitor();
  const PortKey key{port.origin(), port.serial()};
  if (port.name()->alias.empty()) {
    if (!is_local(port.name()))
      return network.peers().get(port.name()).monitor(port, std::move(action));
    if (port.is_node_port()) {
      return monitors->handle(monitors->add(*own_node_port_monitors, std::move(action), port));
    }
    if (PortSlot* slot = ports.find(key)) {
      return monitors->handle(watch_slot(*slot, std::move(action), port));
    }
  }
  const OwnedMessage* death = node_port.stillborn().find(key);
  const OwnedMessage reason =
      death != nullptr ? *death : message("no_such_port", fill_in("no port %", {port.str()}));
  MonitorList* list = monitors->make_list();
  try {
    MonitorEntry& entry = monitors->add(*list, std::move(action), port);
    dispatcher.fire_later(list, reason);
    return monitors->handle(entry);
  } catch (...) {
    while (!list->empty()) monitors->take_first(*list);
    monitors->free_list(list);
    throw;
  }
}

void NodeCore::on_unwatched(MonitorList& list) {
  if (list.slot != nullptr) {
    list.slot->monitors = nullptr;
    monitors->free_list(&list);
  } else if (list.peer != nullptr) {
    list.peer->unwatched(list);
  }
}

void NodeCore::on_slow(Nanos took, std::size_t callbacks, const Trail& trail) {
  try {
    tell_slow(took, callbacks, trail);
  } catch (const std::bad_alloc&) {
    log.say(Log::kWarning, [] { return "slow"; });
  }
}

void NodeCore::tell_slow(Nanos took, std::size_t callbacks, const Trail& trail) {
  bool ours = trail.empty();
  std::vector<std::string> slow;
  for (const Trail::Entry& entry : trail) {
    if (entry.owner != this) continue;
    ours = true;
    if (entry.serial != 0) {
      slow.push_back(
          fill_in("port %", {Port(detail::ref(own_name), entry.origin, entry.serial).str()}));
    } else if (entry.origin != 0) {
      // One that was replaced meanwhile has no name any more.
      const std::string_view name = node_port.name_of(entry.origin);
      slow.push_back(name.empty() ? "a function" : fill_in("function '%'", {name}));
    }
  }
  if (!ours) return;
  std::sort(slow.begin(), slow.end());
  slow.erase(std::unique(slow.begin(), slow.end()), slow.end());
  note_slowest(took, callbacks, slow);
  std::string head = callbacks == 1 ? "a callback" : fill_in("% callbacks", {callbacks});
  head = fill_in("slow: % took % ms, ", {head, took / kMillisecond});
  if (slow.empty()) log.line(Log::kWarning, fill_in("%outside of ports", {head}));
  // One of these it was. As many lines as it takes.
  std::string line;
  for (const std::string& culprit : slow) {
    line += fill_in("%%", {line.empty() ? head : ", ", culprit});
    if (line.size() < 1500 && culprit != slow.back()) continue;
    log.line(Log::kWarning, std::exchange(line, {}));
  }
}

void NodeCore::leave() {
  if (left) return;
  if (router.is_writing()) {
    leave_later = true;
    return;
  }
  leave_later = false;
  if (directory != nullptr) directory->leaving();
  left = true;
  anchor->core = nullptr;
  dispatcher.stop();
  calls.clear();
  timers->retire();
  monitors->retire();
  for (std::uint32_t i = 1; i < ports.end(); ++i) {
    PortSlot& slot = ports.slot(i);
    if (slot.serial == 0) continue;
    ports.unname(slot);
    slot.monitors = nullptr;
    if (slot.running == 0) ports.release(i);
  }
  node_port.clear();
  if (channels != nullptr) {
    channels->stop();
    reactor.reap(std::move(channels));
  }
  network.stop();
  if (directory != nullptr) reactor.reap(std::move(directory));
  registrations->retire();
}

void NodeCore::abandon() {
  abandoned_ = true;
  reactor.keep(*this);
  leave();
  maybe_end();
}

void NodeCore::network_gone() {
  network_gone_ = true;
  maybe_end();
}

// Behind all jobs that know this core, then behind all sessions that are to be destroyed.
void NodeCore::maybe_end() {
  if (!abandoned_ || !network_gone_ || std::exchange(ending_, true)) return;
  end();
}

void NodeCore::end() {
  NodeCore* core = this;
  try {
    reactor.jobs().push(kEndOps, &core, sizeof core);
  } catch (const std::bad_alloc&) {
    reactor.arm(retry_, reactor.now() + kMemoryRetry);
  }
}

}  // namespace aemp
