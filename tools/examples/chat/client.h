// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The first kind of client: it knows nothing but the name of a group. It finds the server's port
// there, supervises it, and goes to another when it is lost.
//
// Servers do not talk to each other, so clients must choose the same one of several: the first, in
// the order of ports. A server that comes, or comes back, and is before the others gets them all.
#ifndef AEMP_CHAT_CLIENT_H
#define AEMP_CHAT_CLIENT_H

#include <aemp/aemp.h>

#include <string>
#include <vector>

#include "conversation.h"

class Client {
 public:
  Client(aemp::Loop& loop, aemp::Node& node, std::string nick);

 private:
  void choose();
  void enter(const aemp::Port& server);
  void lose(const aemp::Message& reason);

  aemp::Node& node_;
  std::string nick_;
  Conversation conversation_;
  std::vector<aemp::Port> servers_;  // the group
  aemp::Port server_;                // that we are with; empty if there is none
  aemp::Port lost_;                  // the last that was lost, which may be in the group still
  aemp::Monitor monitor_;
};

#endif  // AEMP_CHAT_CLIENT_H
