// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/calls.h"

#include <string>
#include <utility>

#include "base/fill_in.h"
#include "base/throw_error.h"
#include "node/core.h"

namespace aemp {

Port Calls::begin(const Port& to, Callback callback) {
  if (!to) throw_error(Errc::empty_port, "cal: the empty port is no destination");
  if (core_.left) return core_.dead_port();
  core_.configured = true;
  PortSlot& slot = core_.ports.create();
  const std::uint64_t serial = slot.serial;
  Port reply = core_.port_of(slot);
  try {
    core_.ports.extra(slot).silent = true;
    slot.receiver =
        detail::make_receiver([this, serial](Message message) { finish(serial, true, message); });
    std::unique_ptr<Call>& call = calls_[serial];
    call = std::make_unique<Call>(core_, serial);
    call->callback = std::move(callback);
    call->monitor = core_.monitor(to, detail::make_receiver([this, serial](Message reason) {
                                    finish(serial, false, reason);
                                  }));
  } catch (...) {
    calls_.erase(serial);
    core_.dispatcher.die(slot, Message());
    throw;
  }
  return reply;
}

void Calls::start(const Port& reply, Nanos timeout) {
  auto it = calls_.find(reply.serial());
  if (it == calls_.end() || timeout < 0 || it->second->dead) return;
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

void Calls::reply_port_died(std::uint64_t reply, Message reason) noexcept {
  const auto it = calls_.find(reply);
  if (it == calls_.end()) return;
  try {
    core_.dispatcher.later(
        [reply, kept = reason.copy()](NodeCore& core) { core.calls.finish(reply, false, kept); });
  } catch (const std::bad_alloc&) {
    it->second->dead = true;
    core_.reactor.arm(*it->second, core_.reactor.now());
  }
}

void Calls::failed(const Port& reply, Message reason) {
  if (!core_.is_local(reply.name()) || reply.origin() != core_.incarnation) return;
  finish(reply.serial(), false, reason);
}

void Calls::finish(std::uint64_t reply, bool ok, Message message) {
  std::unique_ptr<Call> call = take(reply);
  if (!call) return;
  core_.dispatcher.guarded("cal callback", [&] { call->callback(Reply(ok, message)); });
}

void Calls::Call::on_timer() {
  const auto over = [this](Message reason) { core.calls.finish(reply, false, reason); };
  if (dead) return over(no_memory());
  with_reason(
      [this] {
        return message("timeout", fill_in("no reply within % ms", {timeout / kMillisecond}));
      },
      over);
}

void Calls::clear() {
  auto dropped = std::move(calls_);
  calls_.clear();
}

}  // namespace aemp
