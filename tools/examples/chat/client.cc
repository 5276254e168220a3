// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "client.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "server.h"

using Ports = std::vector<aemp::Port>;

// The group is told as it is, and then whenever it changes, for as long as this node lives.
Client::Client(aemp::Loop& loop, aemp::Node& node, std::string nick)
    : node_(node), nick_(std::move(nick)), conversation_(loop, node) {
  node_.grp_mon(kGroup, [this](const Ports& all, const Ports& /*added*/, const Ports& /*removed*/) {
    servers_ = all;
    choose();
  });
}

// A server that is dead stays in the group for some seconds after it was lost here, until the rest
// of the network is sure of it too: then any other is better.
void Client::choose() {
  const auto rank = [this](const aemp::Port& server) { return std::pair(server == lost_, server); };
  const auto best =
      std::min_element(servers_.begin(), servers_.end(),
                       [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (best != servers_.end() && *best != server_) enter(*best);
}

// Nothing here waits: there need not be a connection to the server's node yet. The monitor fires if
// there will be none.
void Client::enter(const aemp::Port& server) {
  monitor_.cancel();
  server_ = server;
  if (server_ == lost_) lost_ = aemp::Port();  // it gets another chance, for good if it answers
  const aemp::Port ear = conversation_.open();
  conversation_.say_with(
      [this, ear](const std::string& text) { node_.snd(server_, "say", ear, text); });
  node_.snd(server_, "enter", ear, nick_);
  monitor_ = node_.mon(server_, [this](aemp::Message reason) { lose(reason); });
}

// What was said after the server was lost, and before that was noticed, nobody has heard.
void Client::lose(const aemp::Message& reason) {
  std::fprintf(stderr, "lost %s: %s\n", server_.node().c_str(), reason.json().c_str());
  conversation_.close();
  lost_ = std::exchange(server_, aemp::Port());
  node_.after(std::chrono::seconds(1), [this] { choose(); });
}
