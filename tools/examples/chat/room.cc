// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "room.h"

template <class... Args>
void Room::tell_others(const aemp::Port& ear, const Args&... args) {
  for (const auto& [other, nick] : nicks_) {
    if (other != ear) node_.snd(other, args...);
  }
}

// A monitor fires once, whatever becomes of the other side: it was killed on purpose, its process
// crashed, its machine is out of reach. So there is one place where people leave, and no goodbye.
void Room::enter(const aemp::Port& ear, const std::string& nick) {
  if (nick.size() > kLongestNick || !nicks_.emplace(ear, nick).second) return;
  node_.mon(ear, [this, ear](aemp::Message) {
    tell_others(ear, "note", nicks_[ear] + " left");
    nicks_.erase(ear);
  });
  node_.snd(ear, "welcome", node_.id());
  tell_others(ear, "note", nick + " is here");
}

void Room::say(const aemp::Port& ear, const std::string& text) {
  const auto it = nicks_.find(ear);
  if (it == nicks_.end() || text.size() > kLongestLine) return;
  tell_others(ear, "heard", it->second, text);
}
