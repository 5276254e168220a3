// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "station.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "talk.h"

namespace bench {
namespace {

aemp::Config common_config(const char* id) {
  aemp::Config config;
  config.nodeid = id;
  config.insecure = true;  // both ends are on this machine
  config.norc = true;
  return config;
}

// Longer than anything that is measured: a spinning loop never blocks.
constexpr std::chrono::seconds kAlways{3600};

}  // namespace

Station::Station(const Task& task) : node_(loop_) {
  aemp::Config config = common_config("aemp-bench/server");
  config.binds = {task.transport == Transport::kTcp
                      ? std::string("127.0.0.1:0")
                      : "unix:@aemp-bench-" + std::to_string(::getpid())};
  node_.configure(config);
  if (task.spin != Spin::kNo) loop_.spin(kAlways);
}

Station::Station(const Task& task, Talk& talk) : node_(loop_) {
  aemp::Config config = common_config("aemp-bench/client");
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
