// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The room: who is in it, and who hears what is said. It knows a person by the port at which that
// person listens, here called an ear, and sends to it:
//
//   "welcome", node ID    you are in
//   "heard", nick, text   somebody else said that
//   "note", text          somebody came or went
//
// All are members of one network and trust each other; a stranger gets no link. Still nobody can do
// harm by mistake: what is too long is not passed on.
#ifndef AEMP_CHAT_ROOM_H
#define AEMP_CHAT_ROOM_H

#include <aemp/aemp.h>

#include <cstddef>
#include <map>
#include <string>

class Room {
 public:
  static constexpr std::size_t kLongestNick = 64, kLongestLine = 4096;  // bytes

  explicit Room(aemp::Node& node) : node_(node) {}
  // Until the ear dies, or its node is lost.
  void enter(const aemp::Port& ear, const std::string& nick);
  void say(const aemp::Port& ear, const std::string& text);

 private:
  template <class... Args>
  void tell_others(const aemp::Port& ear, const Args&... args);

  aemp::Node& node_;
  std::map<aemp::Port, std::string> nicks_;  // by ear
};

#endif  // AEMP_CHAT_ROOM_H
