// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/calls.h"

#include <string>
#include <utility>

#include "node/core.h"

namespace aemp {

Port Calls::begin(const Port& to, Callback callback) {
  if (!to) throw Error(Errc::empty_port, "cal: the empty port is no destination");
  if (core_.left) return core_.dead_port();
  core_.configured = true;
  PortSlot& slot = core_.ports.create();
  const std::uint64_t serial = slot.serial;
  core_.ports.extra(slot).silent = true;
  slot.receiver =
      detail::make_receiver([this, serial](Message message) { finish(serial, true, message); });
  auto call = std::make_unique<Call>(core_, serial);
  call->callback = std::move(callback);
  Port reply = core_.port_of(slot);
  call->monitor = core_.monitor(
      to, detail::make_receiver([this, serial](Message reason) { finish(serial, false, reason); }));
  calls_.emplace(serial, std::move(call));
  return reply;
}

void Calls::start(const Port& reply, Nanos timeout) {
  auto it = calls_.find(reply.serial());
  if (it == calls_.end() || timeout < 0) return;
  it->second->timeout = timeout;
  core_.reactor.arm(*it->second, add_clamped(core_.reactor.now(), timeout));
}

std::unique_ptr<Calls::Call> Calls::take(std::uint64_t reply) {
  auto it = calls_.find(reply);
  if (it == calls_.end()) return nullptr;
  std::unique_ptr<Call> call = std::move(it->second);
  calls_.erase(it);
  call->monitor.cancel();
  core_.reactor.disarm(*call);
  if (PortSlot* slot = core_.ports.at(reply)) core_.dispatcher.die(*slot, Message());
  return call;
}

void Calls::drop(const Port& reply) { take(reply.serial()); }

void Calls::reply_port_died(std::uint64_t reply, Message reason) {
  if (!calls_.contains(reply)) return;
  core_.dispatcher.later(
      [reply, kept = reason.copy()](NodeCore& core) { core.calls.finish(reply, false, kept); });
}

void Calls::finish(std::uint64_t reply, bool ok, Message message) {
  std::unique_ptr<Call> call = take(reply);
  if (!call) return;
  core_.dispatcher.guarded("cal callback", [&] { call->callback(Reply(ok, message)); });
}

void Calls::Call::on_timer() {
  const OwnedMessage reason =
      message("timeout", "no reply within " + std::to_string(timeout / 1'000'000) + " ms");
  core.calls.finish(reply, false, reason);
}

void Calls::clear() {
  auto dropped = std::move(calls_);
  calls_.clear();
}

}  // namespace aemp
