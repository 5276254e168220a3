// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What both kinds of client have in common: standard input, which is said, and a port, the ear, at
// which others are heard. One opens a conversation with a server, and closes it when that is lost.
//
// Each conversation has an ear of its own. The old one is killed, so that a server that is not dead
// but was only out of reach sees that client leave, and what it still sends reaches nobody.
#ifndef AEMP_CHAT_CONVERSATION_H
#define AEMP_CHAT_CONVERSATION_H

#include <aemp/aemp.h>

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "lines.h"

class Conversation {
 public:
  using Say = std::function<void(const std::string& text)>;

  // Stops the loop when standard input is at its end and all is said.
  Conversation(aemp::Loop& loop, aemp::Node& node);

  // Closes the one before. Returns the new ear.
  aemp::Port open();
  // How to say a line in it. Not called before the server bade welcome: until then lines are kept.
  void say_with(Say say) { say_ = std::move(say); }
  void close();

 private:
  void say_lines();

  aemp::Loop& loop_;
  aemp::Node& node_;
  Lines lines_;
  std::deque<std::string> unsaid_;
  bool at_end_ = false;  // of standard input
  aemp::Port ear_;
  Say say_;
  bool welcome_ = false;
};

#endif  // AEMP_CHAT_CONVERSATION_H
