// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "server.h"

#include <string>

Server::Server(aemp::Node& node) : node_(node), room_(node) {
  open_spawn_door();
  open_group_door();
}

// A port can die: of a message that nobody expected, of an exception in a receiver, because
// somebody killed it. Its monitor puts a new one into its place. The old one is out of the group as
// soon as it is dead, and clients, who monitor it too, find the new one there.
void Server::open_group_door() {
  const aemp::Port door = node_.port();
  node_.rcv(door, "enter", [this](aemp::Port ear, std::string nick) { room_.enter(ear, nick); });
  node_.rcv(door, "say", [this](aemp::Port ear, std::string text) { room_.say(ear, text); });
  node_.mon(door, [this](aemp::Message) { open_group_door(); });
  node_.grp_reg(kGroup, door);
}

// self() is the new port, the handler. It goes with the ear, so that nothing is left behind of a
// client that is gone; the client monitors the handler in turn.
void Server::open_spawn_door() {
  node_.define(kConnect, [this](aemp::Port ear, std::string nick) {
    const aemp::Port handler = node_.self();
    room_.enter(ear, nick);
    node_.rcv(handler, [this, ear](std::string text) { room_.say(ear, text); });
    node_.mon(ear, [this, handler](aemp::Message) { node_.kil(handler); });
  });
}
