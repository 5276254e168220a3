// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Listener: accepts connections on one address. Out of descriptors it sheds the connection that
// waits and pauses for 100 ms; links that exist live on.
#ifndef AEMP_NODE_LISTENER_H
#define AEMP_NODE_LISTENER_H

#include "base/address.h"
#include "base/status.h"
#include "loop/reactor.h"

namespace aemp {

class Listener;

class ListenerOwner {
 public:
  // Takes fd over, whose number may change. Throws std::bad_alloc: then it did not.
  virtual void on_accepted(Listener& at, int& fd, const Address& from) = 0;
  // For want of descriptors a connection was closed unseen.
  virtual void on_shed() = 0;
  // accept() fails with `error`, an errno: the first time since it last worked.
  virtual void on_accept_trouble(const Address& at, int error) = 0;

 protected:
  ~ListenerOwner() = default;
};

class Listener final : public Reaped, private IoHandler, private TimerNode {
 public:
  Listener(Reactor& reactor, ListenerOwner& owner) : reactor_(reactor), owner_(owner) {}
  ~Listener() override { close(); }

  Status open(const Address& at);
  void close();
  // With the port that the system chose.
  const Address& address() const { return address_; }

 private:
  static constexpr int kPerTurn = 64;

  void on_ready(std::uint8_t events) override;
  void on_timer() override;
  void pause(int error);

  Reactor& reactor_;
  ListenerOwner& owner_;
  Address address_;
  int fd_ = -1;
  bool in_trouble_ = false;
  Reactor::Token token_;
};

}  // namespace aemp

#endif  // AEMP_NODE_LISTENER_H
