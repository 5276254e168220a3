// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a program does.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <utility>

#include "chaos/program.h"

namespace aemp::chaos {

namespace {

enum Card { add, watch, watch_once, unwatch, slay, ask, start, tie, die, words, big, pour, burst };

// How often each comes up in a deck; the rest are messages.
constexpr std::pair<Card, int> kDeck[] = {{add, 2},  {watch, 5}, {watch_once, 1}, {unwatch, 1},
                                          {slay, 1}, {ask, 3},   {start, 2},      {tie, 1},
                                          {die, 1},  {words, 2}, {big, 1},        {burst, 1}};
constexpr int kMessages = 20;

}  // namespace

void Program::act() {
  inside_ = 2;
  draw();
}

void Program::draw() {
  if (finishing_) return;
  if (deck_.empty()) {
    for (const auto& [card, count] : kDeck) deck_.insert(deck_.end(), std::size_t(count), card);
    if (dice_.one_in(3)) deck_.push_back(pour);
    deck_.resize(deck_.size() + kMessages, burst + 1);
    for (std::size_t i = deck_.size(); i > 1; --i) std::swap(deck_[i - 1], deck_[dice_.below(i)]);
  }
  const int card = deck_.back();
  deck_.pop_back();
  if (own_.size() < 2) new_port();
  const Known port = some_port();
  switch (card) {
    case add:
      new_port();
      break;
    case watch:
    case watch_once:
      monitor(port, card == watch);
      break;
    case unwatch:
      unmonitor();
      break;
    case slay:
      kill(port);
      break;
    case ask:
      call(port);
      break;
    case start:
      spawn();
      break;
    case tie:
      link(port);
      break;
    case die:
      die_inside(port);
      break;
    case words:
      last_words();
      break;
    case big:
      send_too_big();
      break;
    case pour:
      flood();
      break;
    default:
      send(port, card == burst ? 200 : 1 + below(20));
      break;
  }
}

Program::Known Program::some_own_port() {
  if (own_.empty()) return {};
  const auto port = std::next(own_.begin(), below(own_.size()));
  return {port->first, port->second};
}

// Mostly another node's.
Program::Known Program::some_port() {
  const auto known = known_.find(names_[dice_.below(names_.size())]);
  if (known == known_.end() || known->second.empty() || dice_.one_in(5)) return some_own_port();
  const std::deque<Known>& ports = known->second;
  // The newer half is more likely to be alive.
  const std::size_t from = dice_.one_in(4) ? 0 : ports.size() / 2;
  return ports[from + dice_.below(ports.size() - from)];
}

// Now and then large, or so large that it travels in pieces.
std::size_t Program::some_size() {
  std::size_t size = dice_.below(40);
  if (dice_.one_in(15)) size = dice_.below(5'000);
  if (dice_.one_in(150)) size = dice_.below(90'000);
  return size;
}

void Program::send_one(const Known& to, std::size_t size) {
  const int number = sent_[to.number]++;
  history_.tell("send", {life_, to.number, number});
  node_.snd(to.port, "m", life_, to.number, number, std::string(size, 'x'));
}

void Program::send(const Known& to, int count) {
  if (dice_.one_in(2)) monitor(to, true);
  for (int i = 0; i < count; ++i) send_one(to, some_size());
}

void Program::monitor(const Known& port, bool again) {
  constexpr std::ptrdiff_t kMost = 3;
  const auto same = [&](const auto& entry) { return entry.second.port == port.number; };
  if (std::count_if(watching_.begin(), watching_.end(), same) >= kMost) return;
  const std::int64_t m = next_number();
  history_.tell("mon", {life_, port.number, m});
  watching_[m] = {port.number, node_.mon(port.port, [this, m, port, again](Message reason) {
                    fired(m, port, again, reason);
                  })};
}

void Program::fired(std::int64_t m, const Known& port, bool again, Message reason) {
  history_.tell("fire", {m}, reason.json());
  watching_.erase(m);
  // Any other death is for ever.
  const bool lost = !reason.empty() && (reason.tag() == "transport_error" ||
                                        reason.tag() == "overrun" || reason.tag() == "too_big");
  if (finishing_ || !again || !lost) return;
  const Known same = port;  // the captures go with the monitor
  monitor(same, true);
  if (dice_.one_in(2)) send(same, 2);
}

void Program::unmonitor() {
  if (watching_.empty()) return;
  const auto w = std::next(watching_.begin(), below(watching_.size()));
  history_.tell("unmon", {w->first});
  node_.unmon(w->second.handle);
  watching_.erase(w);
}

void Program::kill(const Known& port) {
  const std::string by = "by " + node_.id();
  if (dice_.one_in(2)) {
    tell_port("doomed", port.number, "[]");
    node_.kil(port.port);
  } else {
    tell_port("doomed", port.number, "[\"k\",\"" + by + "\"]");
    node_.kil(port.port, "k", by);
  }
}

void Program::call(const Known& port) {
  const std::int64_t c = next_number();
  history_.tell("call", {life_, c});
  ++calls_;
  auto answer = [this, c](const Reply& r) {
    --calls_;
    if (r.ok() && r.message().get<std::int64_t>(1) != c) {
      history_.tell("wrong", {life_}, "call " + std::to_string(c) + " got another's reply");
    }
    history_.tell("answer", {c, r.ok() ? 1 : 0}, r.ok() ? "[]" : r.reason().json());
  };
  if (dice_.one_in(3)) {
    node_.cal(port.port, answer, "c", c);
  } else {
    node_.cal(port.port, answer, std::chrono::milliseconds(1 + below(400)), "c", c);
  }
}

void Program::spawn() {
  const std::string& target = names_[dice_.below(names_.size())];
  const std::int64_t number = next_number();
  history_.tell("spawn", {life_, number}, target);
  const int how = dice_.one_in(4) ? below(2) : 2;
  const Known port{number, node_.spawn(target, "work", number, how)};
  learn(number, port.port);
  spawned_.insert(number);
  if (dice_.one_in(2)) monitor(port, dice_.one_in(2));
  if (dice_.one_in(2)) send(port, 3);
  if (dice_.one_in(6)) kill(port);
}

void Program::link(const Known& dying) {
  const Known own = some_own_port();
  tell_port("linked", own.number);
  node_.mon(dying.port, own.port);
}

void Program::die_inside(const Known& port) {
  tell_port("doomed", port.number);
  node_.snd(port.port, "x", below(2));
}

// A port dies behind words to all who may be watching it.
void Program::last_words() {
  const Known port = some_own_port();
  // Each time another: the port may be dying already.
  const std::string word = "by " + node_.id() + " " + std::to_string(next_number());
  const std::string json = "[\"k\",\"" + word + "\"]";
  tell_port("doomed", port.number, json);
  for (const PeerStats& peer : node_.stats().peers) {
    if (!peer.up || peer.age < std::chrono::milliseconds(100)) continue;
    const Known to = hearer(peer.node);
    if (!to.port) continue;
    const std::int64_t token = next_number();
    history_.tell("words", {port.number, token, to.number}, json);
    node_.snd(to.port, "w", token, std::string(dice_.below(70'000), 'w'));
  }
  node_.kil(port.port, "k", word);
}

// More than some nodes take. A node with the smaller limit cannot even send it.
void Program::send_too_big() {
  const Known port = some_port();
  const std::size_t size = max_message_ - 100;
  if (port.port.node() == node_.id()) return;
  tell_port("too_big", port.number);
  monitor(port, true);
  send_one(port, 10);
  send_one(port, size);
  send_one(port, 10);
}

// More than may wait for one node.
void Program::flood() {
  const Known port = some_port();
  if (port.port.node() == node_.id()) return;
  monitor(port, true);
  constexpr std::size_t kSize = 60'000;
  for (std::size_t sent = 0; sent <= queue_limit_ + kSize; sent += kSize) send_one(port, kSize);
}

}  // namespace aemp::chaos
