// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "conversation.h"

#include <cstdio>

#include "room.h"

namespace {

// What others wrote must not control the terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

}  // namespace

Conversation::Conversation(aemp::Loop& loop, aemp::Node& node)
    : loop_(loop),
      node_(node),
      lines_(
          loop,
          [this](const std::string& line) {
            unsaid_.push_back(line);
            say_lines();
          },
          [this] {
            at_end_ = true;
            say_lines();
          }) {}

aemp::Port Conversation::open() {
  close();
  ear_ = node_.port([](aemp::Message) {});  // a newer server may say more than we understand
  node_.rcv(ear_, "welcome", [this](std::string server) {
    std::fprintf(stderr, "in the room of %s\n", printable(server).c_str());
    welcome_ = true;
    say_lines();
  });
  node_.rcv(ear_, "heard", [](std::string nick, std::string text) {
    std::printf("<%s> %s\n", printable(nick).c_str(), printable(text).c_str());
  });
  node_.rcv(ear_, "note", [](std::string text) { std::printf("* %s\n", printable(text).c_str()); });
  return ear_;
}

void Conversation::close() {
  if (ear_) node_.kil(ear_);
  ear_ = aemp::Port();
  welcome_ = false;
}

void Conversation::say_lines() {
  if (!welcome_) return;
  for (; !unsaid_.empty(); unsaid_.pop_front()) {
    if (unsaid_.front().size() > Room::kLongestLine) {
      std::fprintf(stderr, "not said: a line of more than %zu bytes\n", Room::kLongestLine);
      continue;
    }
    try {
      say_(unsaid_.front());
    } catch (const aemp::Error& e) {  // text is UTF-8
      std::fprintf(stderr, "not said: %s\n", e.what());
    }
  }
  if (at_end_) loop_.stop();
}
