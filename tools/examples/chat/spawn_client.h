// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The second kind of client: it knows the node that the server is on, spawns a handler of its own
// there, and supervises that.
#ifndef AEMP_CHAT_SPAWN_CLIENT_H
#define AEMP_CHAT_SPAWN_CLIENT_H

#include <aemp/aemp.h>

#include <string>

#include "conversation.h"

class SpawnClient {
 public:
  SpawnClient(aemp::Loop& loop, aemp::Node& node, std::string server, std::string nick);

 private:
  void connect();
  void lose(const aemp::Message& reason);

  aemp::Node& node_;
  std::string server_;  // its node's ID
  std::string nick_;
  Conversation conversation_;
};

#endif  // AEMP_CHAT_SPAWN_CLIENT_H
