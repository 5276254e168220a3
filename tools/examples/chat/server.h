// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The server: a room with two doors.
//
// The first is a port in a group, which everybody can find by the group's name. All clients send to
// that one port, and say with each message who they are:
//
//   "enter", ear, nick
//   "say", ear, text
//
// The second is a function that clients spawn. It runs here, in the context of a new port: the
// handler of that client alone, to which it sends lines of text and nothing else.
#ifndef AEMP_CHAT_SERVER_H
#define AEMP_CHAT_SERVER_H

#include <aemp/aemp.h>

#include "room.h"

inline constexpr char kGroup[] = "chat";
inline constexpr char kConnect[] = "chat::connect";  // spawn it with (ear, nick)

class Server {
 public:
  explicit Server(aemp::Node& node);

 private:
  void open_group_door();
  void open_spawn_door();

  aemp::Node& node_;
  Room room_;
};

#endif  // AEMP_CHAT_SERVER_H
