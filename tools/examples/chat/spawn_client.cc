// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "spawn_client.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "server.h"

SpawnClient::SpawnClient(aemp::Loop& loop, aemp::Node& node, std::string server, std::string nick)
    : node_(node), server_(std::move(server)), nick_(std::move(nick)), conversation_(loop, node) {
  connect();
}

// spawn returns the new port at once, though nobody has made it yet. It can be sent to and
// monitored: the monitor fires if the node cannot be found, if it does not know the function, and
// when the handler dies, be it with its process.
void SpawnClient::connect() {
  const aemp::Port ear = conversation_.open();
  const aemp::Port handler = node_.spawn(server_, kConnect, ear, nick_);
  conversation_.say_with([this, handler](const std::string& text) { node_.snd(handler, text); });
  node_.mon(handler, [this](aemp::Message reason) { lose(reason); });
}

void SpawnClient::lose(const aemp::Message& reason) {
  std::fprintf(stderr, "lost %s: %s\n", server_.c_str(), reason.json().c_str());
  conversation_.close();
  node_.after(std::chrono::seconds(1), [this] { connect(); });
}
