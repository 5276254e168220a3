// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "station.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "talk.h"

namespace bench {
namespace {

// Longer than anything that is measured: a spinning loop never blocks.
constexpr std::chrono::seconds kAlways{3600};

// Each end has its own key, and lets the other's do anything.
void add_keys(aemp::Config& config, const Credentials& credentials, End end) {
  const bool server = end == End::kServer;
  config.key = server ? credentials.server_key : credentials.client_key;
  config.allow = {aemp::public_key(server ? credentials.client_key : credentials.server_key) +
                  " *"};
}

}  // namespace

aemp::Config config_of(const Task& task, End end) {
  aemp::Config config;
  config.nodeid = end == End::kServer ? "aemp-bench/server" : "aemp-bench/client";
  config.norc = true;
  if (task.secure == Secure::kPlain) config.insecure = true;  // both ends are on this machine
  if (task.secure == Secure::kSecret || task.secure == Secure::kBoth) {
    config.secret = task.credentials.secret;
  }
  if (task.secure == Secure::kKey || task.secure == Secure::kBoth) {
    add_keys(config, task.credentials, end);
  }
  return config;
}

Station::Station(const Task& task) : node_(loop_) {
  aemp::Config config = config_of(task, End::kServer);
  config.binds = {task.transport == Transport::kTcp
                      ? std::string("127.0.0.1:0")
                      : "unix:@aemp-bench-" + std::to_string(::getpid())};
  node_.configure(config);
  if (task.spin != Spin::kNo) loop_.spin(kAlways);
}

Station::Station(const Task& task, Talk& talk) : node_(loop_) {
  aemp::Config config = config_of(task, End::kClient);
  config.private_node();
  config.seeds = {talk.hear()};
  const std::optional<aemp::Port> server = aemp::Port::parse(talk.hear());
  if (!server) throw std::runtime_error("the server announced a malformed port");
  server_ = *server;
  node_.configure(config);
  if (task.spin != Spin::kNo) loop_.spin(kAlways);
}

void Station::announce(Talk& talk, const aemp::Port& control) {
  talk.say(node_.binds().at(0));
  talk.say(control.str());
}

void Station::watch(const aemp::Port& other) {
  node_.mon(other, [this](aemp::Message reason) {
    lost_ = reason.json();
    loop_.stop();
  });
}

void Station::run() {
  loop_.run();
  if (!finished_) throw std::runtime_error("the server is lost: " + lost_);
}

void Station::serve() {
  serving_ = true;
  loop_.run();
  if (!finished_) throw std::runtime_error("the client left too early: " + lost_);
}

void Station::finish() {
  finished_ = true;
  if (!serving_) loop_.stop();
}

}  // namespace bench
