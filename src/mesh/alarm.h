// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Alarm: a timer that calls a member function of its owner, which says in guarded() what becomes of
// exceptions.
#ifndef AEMP_MESH_ALARM_H
#define AEMP_MESH_ALARM_H

#include "base/nanos.h"
#include "loop/reactor.h"

namespace aemp {

template <class Owner>
class Alarm final : public TimerNode {
 public:
  Alarm(Reactor& reactor, Owner& owner, void (Owner::*ring)())
      : reactor_(reactor), owner_(owner), ring_(ring) {}
  ~Alarm() override { stop(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Unless it rings before.
  void in(Nanos span) noexcept {
    const Nanos when = add_clamped(reactor_.now(), span);
    if (!armed() || deadline() > when) reactor_.arm(*this, when);
  }
  void stop() noexcept { reactor_.disarm(*this); }

 private:
  void on_timer() override {
    owner_.guarded([this] { (owner_.*ring_)(); });
  }

  Reactor& reactor_;
  Owner& owner_;
  void (Owner::*ring_)();
};

}  // namespace aemp

#endif  // AEMP_MESH_ALARM_H
