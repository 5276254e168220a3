// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chaos/program.h"

#include <stdexcept>
#include <utility>

namespace aemp::chaos {

using namespace std::chrono_literals;

Program::Program(Loop& loop, History& history, int life, std::uint64_t seed, const Config& config,
                 std::vector<std::string> names)
    : history_(history),
      life_(life),
      dice_(seed),
      names_(std::move(names)),
      max_message_(*config.max_message),
      queue_limit_(*config.queue_limit),
      number_((life + std::int64_t{1}) * kNumbersOfLife),
      loop_(loop),
      node_(loop) {
  hear_logs_and_nodes();
  hear_functions();
  node_.configure(config);
  for (int i = 0; i < 3; ++i) new_port();
}

Program::~Program() = default;

void Program::hear_logs_and_nodes() {
  node_.on_log([this](int level, std::string_view line) {
    const bool ended = line.find(" is down: ended by ") != std::string_view::npos;
    if (level <= 5 || ended) history_.tell("log", {life_, level}, line);
  });
  node_.mon_nodes([this](std::string_view node, bool up, Message reason) {
    if (up) {
      history_.tell("up", {life_}, node);
      up_[std::string(node)] = loop_.now();
    } else {
      history_.tell("down", {life_}, std::string(node) + " " + reason.json());
      up_.erase(std::string(node));
    }
  });
}

void Program::hear_functions() {
  node_.define("know", [this](std::int64_t number, Port port) { learn(number, port); });
  node_.define("work", [this](std::int64_t number, int how) {
    history_.tell("begun", {life_, number});
    if (how < 2) tell_port("linked", number);  // whatever `no_receiver` or `die` says
    if (how == 0) return;
    if (how == 1) throw std::runtime_error("no work");
    const Known self{number, node_.self()};
    equip(self);
    if (finishing_) end_port(self);
  });
}

void Program::learn(std::int64_t number, const Port& port) {
  constexpr std::size_t kMost = 24;
  spawned_.erase(number);
  std::deque<Known>& ports = known_[port.node()];
  for (const Known& known : ports) {
    if (known.number == number) return;
  }
  ports.push_back({number, port});
  // Ports of lives gone by stay among them for a while.
  if (ports.size() > kMost) ports.pop_front();
}

void Program::announce() {
  constexpr int kNewest = 4;
  for (const auto& [name, since] : up_) {
    int left = kNewest;
    for (auto port = own_.rbegin(); port != own_.rend() && left > 0; ++port, --left) {
      node_.snd_to_func(name, "know", port->first, port->second);
    }
  }
}

Program::Known Program::new_port() {
  const Known port{next_number(), node_.port()};
  history_.tell("port", {life_, port.number});
  equip(port);
  return port;
}

// What every port does with what comes.
void Program::equip(const Known& port) {
  own_[port.number] = port.port;
  const std::int64_t at = port.number;
  node_.mon(port.port, [this, at](Message reason) {
    tell_port("dies", at, reason.json());
    own_.erase(at);
  });
  node_.rcv(port.port, "m", [this, at](int sender, std::int64_t target, int number, Message) {
    on_message(at, sender, target, number);
  });
  node_.rcv(port.port, "w",
            [this](std::int64_t token, Message) { history_.tell("heard", {token}); });
  node_.rcv(port.port, "c",
            [this](std::int64_t number, Port reply) { node_.snd(reply, "r", number); });
  node_.rcv(port.port, "x", [this, at](int how) { on_wish(at, how); });
}

void Program::on_message(std::int64_t at, int sender, std::int64_t target, int number) {
  history_.tell("recv", {life_, at, sender, target, number});
  if (finishing_ || inside_ == 0 || !dice_.one_in(20)) return;
  --inside_;
  draw();
}

// To die, one way or the other.
void Program::on_wish(std::int64_t port, int how) {
  tell_port("may", port, how == 0 ? "[\"die\",\"asked to\"]" : "[\"k\",\"self\"]");
  if (how == 0) throw std::runtime_error("asked to");
  node_.kil(node_.self(), "k", "self");
}

void Program::end_port(const Known& port) {
  tell_port("doomed", port.number, "[\"end\"]");
  node_.kil(port.port, "end");
}

void Program::finish() {
  finishing_ = true;
  for (const auto& [number, port] : own_) end_port({number, port});
}

Program::Known Program::hearer(const std::string& node) {
  const auto since = up_.find(node);
  if (since == up_.end() || loop_.now() - since->second < 100ms) return {};
  const std::deque<Known>& ports = known_[node];
  for (auto port = ports.rbegin(); port != ports.rend(); ++port) {
    if (!spawned_.contains(port->number)) return *port;
  }
  return {};
}

void Program::leave() {
  for (const PeerStats& peer : node_.stats().peers) {
    if (!peer.up || peer.age < 100ms) continue;
    const Known to = hearer(peer.node);
    if (!to.port) continue;
    const std::int64_t token = next_number();
    history_.tell("farewell", {life_, to.number, token});
    node_.snd(to.port, "w", token, std::string(dice_.below(900), 'f'));
  }
  history_.tell("end", {life_});
  node_.leave();
}

}  // namespace aemp::chaos
