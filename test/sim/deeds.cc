// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a life does.
#include <algorithm>

#include "sim/life.h"

namespace aemp::story {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMostFlood = 500'000;  // bytes that a crowd may send at once

}  // namespace

void Life::act() {
  const int port = some_port();
  if (stage_.star && stage_.one_in(2)) return send_one(port);
  switch (stage_.below(20)) {
    case 0:
      new_port();
      break;
    case 1:
    case 2:
    case 3:
      monitor(port, true);
      break;
    case 4:
      monitor(port, false);
      break;
    case 5:
      if (!watching_.empty()) unmonitor(stage_.dice.below(watching_.size()));
      break;
    case 6:
      kill(port);
      break;
    case 7:
      call(port);
      break;
    case 8:
    case 9:
      spawn();
      break;
    case 10:
      link();
      break;
    case 11:
      die_inside(port);
      break;
    case 12:
      if (const int own = some_own_port(); own >= 0) last_words(own);
      break;
    case 13:
      if (stage_.gentle) break;
      if (stage_.one_in(2)) {
        crowd(port);
      } else {
        send_too_big(port);
      }
      break;
    case 14:
      send(port, 200);
      break;
    default:
      send(port, 1 + stage_.below(20));
      break;
  }
}

int Life::some_port() {
  // The newer half is more likely to be alive.
  const int count = stage_.oracle.ports();
  const int from = stage_.one_in(3) ? 0 : count / 2;
  const int index = from + stage_.below(static_cast<std::size_t>(count - from));
  if (may_know(stage_.oracle.port(index))) return index;
  // Of those that it may know there is always one: its own first, which may be dead.
  for (int i = 0; i < count; ++i) {
    if (may_know(stage_.oracle.port((index + i) % count))) return (index + i) % count;
  }
  return 0;
}

bool Life::may_know(const PortFacts& facts) const {
  const bool begun = facts.life >= 0 || facts.maker == index_;
  const std::string& hub = stage_.names[0];
  return begun && (!stage_.star || facts.node == id_ || facts.node == hub || id_ == hub);
}

int Life::some_own_port() {
  if (own_.empty()) return -1;
  return own_[stage_.dice.below(own_.size())];
}

// Now and then large, or so large that it travels in pieces.
OwnedMessage Life::filling() {
  std::size_t size = stage_.dice.below(40);
  if (stage_.one_in(15)) size = stage_.dice.below(5'000);
  if (stage_.one_in(stage_.gentle ? 40 : 150)) size = stage_.dice.below(200'000);
  return message(std::string(std::min(size, stage_.max_message / 2), 'x'));
}

void Life::send(int index, int count) {
  if (!stage_.oracle.port(index).port) return;
  if (stage_.one_in(2) && stage_.oracle.watching(index_, index) == 0) monitor(index, true);
  for (int i = 0; i < count; ++i) send_one(index);
  check_queues();
}

// So many monitors that they do not fire in one turn, and callbacks that take their time. One of
// them may be more than the link bears.
void Life::crowd(int index) {
  const Port port = stage_.oracle.port(index).port;
  if (!port) return;
  const int c = stage_.oracle.crowd(index_, index);
  crowds_.push_back(c);
  const int loud = queue_limit_ < kMostFlood && stage_.one_in(2) ? stage_.below(250) : -1;
  const auto fired = [this, index, c, loud](int i, Message reason) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.crowd_fires(c, reason);
    if (i % 200 == 0) process_.consume(200us);
    if (i == loud && !stage_.ending) flood(index);
  };
  for (int i = 0; i < 3'000; ++i) {
    Monitor handle;
    const bool done = attempt(
        [&] { handle = node_->mon(port, [fired, i](Message reason) { fired(i, reason); }); });
    if (!done) continue;
    stage_.oracle.joins(c);
    links_.push_back(handle);
  }
  monitor(index, true);
  if (loud >= 0) kill(index);
}

// More than is let wait for a node, if it is another.
void Life::flood(int index) {
  const PortFacts& facts = stage_.oracle.port(index);
  if (facts.node == id_) return;
  stage_.totals.add("floods");
  const std::string much(stage_.max_message / 2, 'f');
  for (std::size_t sent = 0; sent <= queue_limit_; sent += much.size()) {
    attempt([&] { node_->snd(facts.port, "f", much); });
  }
}

void Life::talk(Life& other, int count) {
  monitor(other.own_.front(), true);
  for (int i = 0; i < count; ++i) send_one(other.own_.front());
}

void Life::send_one(int index) {
  const Port to = stage_.oracle.port(index).port;
  if (!to) return;  // memory was refused to its spawning
  if (stage_.narrate) tell("sends to port " + std::to_string(index));
  const int number = stage_.oracle.send(index_, index);
  const OwnedMessage rest = filling();
  if (!attempt([&] { node_->snd(to, "m", index_, index, number, rest); })) {
    stage_.oracle.unsent(index_, index);
  }
}

void Life::monitor(int index, bool again) {
  const Port port = stage_.oracle.port(index).port;
  if (!port || stage_.oracle.watching(index_, index) >= 4) return;
  const int m = stage_.oracle.monitor(index_, index);
  auto fired = [this, m, index, again](Message reason) {
    const sim::AllocationsSucceed bookkeeping;
    if (stage_.narrate) tell("monitor " + std::to_string(m) + " fires " + reason.json());
    const PortFacts& facts = stage_.oracle.port(index);
    stage_.oracle.fired(m, reason);
    if (!facts.linked) stage_.oracle.gave_up(index_, facts.node, reason, now(), monitor_timeout_);
    std::erase_if(watching_, [m](const Watching& w) { return w.monitor == m; });
    // Any other death is for ever.
    const bool lost = !reason.empty() && (reason.tag() == "transport_error" ||
                                          reason.tag() == "overrun" || reason.tag() == "too_big");
    if (stage_.ending || !again || !lost) return;
    // Only where there is hope: others would fail for ever.
    if (facts.life < 0 || !stage_.oracle.living(facts.life)) return;
    monitor(index, true);
    if (stage_.one_in(2)) send(index, 2);
  };
  Monitor handle;
  if (!attempt([&] { handle = node_->mon(port, fired); })) return stage_.oracle.cancel(m);
  watching_.push_back({m, handle});
  if (stage_.narrate) tell("monitor " + std::to_string(m) + " of port " + std::to_string(index));
}

void Life::unmonitor_all() {
  while (!watching_.empty()) unmonitor(0);
  process_.inside([this] {
    for (const Monitor& link : links_) node_->unmon(link);
  });
  for (const int c : crowds_) stage_.oracle.cancel_crowd(c);
}

void Life::unmonitor(std::size_t i) {
  if (stage_.narrate) tell("unmon " + std::to_string(watching_[i].monitor));
  process_.inside([&] { node_->unmon(watching_[i].handle); });
  stage_.oracle.cancel(watching_[i].monitor);
  watching_.erase(watching_.begin() + static_cast<std::ptrdiff_t>(i));
}

void Life::kill(int index) {
  const PortFacts& facts = stage_.oracle.port(index);
  if (!facts.port) return;
  if (stage_.one_in(2)) {
    stage_.oracle.doomed(index, "[]");
    attempt([&] { node_->kil(facts.port); });
  } else {
    const std::string by = "by " + id_;
    stage_.oracle.doomed(index, "[\"k\",\"" + by + "\"]");
    attempt([&] { node_->kil(facts.port, "k", by); });
  }
}

void Life::call(int index) {
  const Port port = stage_.oracle.port(index).port;
  if (!port) return;
  const int c = stage_.oracle.call(index_);
  auto answer = [this, c](const Reply& r) {
    const sim::AllocationsSucceed bookkeeping;
    if (r.ok() && r.message().get<int>(1) != c) stage_.oracle.violated("a wrong reply");
    stage_.oracle.answered(c, r.ok(), r.reason());
  };
  const bool for_ever = stage_.one_in(2);
  const std::chrono::milliseconds limit(for_ever ? 0 : 1 + stage_.below(3000));
  const bool done = attempt([&] {
    if (for_ever) {
      node_->cal(port, answer, "c", c);
    } else {
      node_->cal(port, answer, limit, "c", c);
    }
  });
  if (!done) stage_.oracle.answered(c, false, Message());  // and not again
}

void Life::spawn() {
  std::string target = stage_.names[stage_.dice.below(stage_.names.size())];
  if (stage_.star && id_ != stage_.names[0]) target = stage_.names[0];
  const int index = stage_.oracle.add_spawned(index_, target);
  const int how = stage_.one_in(4) ? stage_.below(2) : 2;
  Port name;
  if (!attempt([&] { name = node_->spawn(target, "work", index, how); })) return;
  stage_.oracle.named(index, name);
  if (stage_.one_in(2)) monitor(index, stage_.one_in(2));
  if (stage_.one_in(2)) send(index, 3);
  if (stage_.one_in(6)) kill(index);
}

void Life::link() {
  const int dying = some_port();
  const int own = some_own_port();
  if (own < 0 || !stage_.oracle.port(dying).port) return;
  stage_.oracle.linked(own);
  Monitor handle;
  const Port& watched = stage_.oracle.port(dying).port;
  const Port& linked = stage_.oracle.port(own).port;
  if (attempt([&] { handle = node_->mon(watched, linked); })) links_.push_back(handle);
}

void Life::die_inside(int index) {
  const PortFacts& facts = stage_.oracle.port(index);
  if (!facts.port) return;
  stage_.oracle.doomed(index);
  const int how = stage_.below(2);
  attempt([&] { node_->snd(facts.port, "x", how); });
}

// A port dies behind words to somebody who may be watching it.
void Life::last_words(int index) {
  const PortFacts& facts = stage_.oracle.port(index);
  if (facts.dead || facts.linked) return;
  const std::string word = "by " + id_ + " " + std::to_string(index);
  const std::string json = "[\"k\",\"" + word + "\"]";
  stage_.oracle.doomed(index, json);
  int told = 0;
  const auto& all = stage_.oracle.monitors();
  for (std::size_t i = 0; i < all.size() && told < 3; ++i) {
    if (all[i].port != index || all[i].life == index_ ||
        !stage_.oracle.pending(static_cast<int>(i)))
      continue;
    for (int to = stage_.oracle.ports() - 1; to >= 0; --to) {
      const PortFacts& hearer = stage_.oracle.port(to);
      if (hearer.life != all[i].life || hearer.doomed || !hearer.port) continue;
      // While there is no link yet this node may give up waiting, and only its own monitors hear.
      if (!stage_.oracle.sees_up(index_, hearer.node)) break;
      const int token = stage_.oracle.last_words(index, json, to);
      const std::string words(
          std::min<std::size_t>(stage_.dice.below(100'000), stage_.max_message / 2), 'w');
      if (!attempt([&] { node_->snd(hearer.port, "w", token, words); })) {
        stage_.oracle.heard(token);  // there is nothing to hear
      }
      ++told;
      break;
    }
  }
  if (told > 0) stage_.totals.add("last words", static_cast<std::uint64_t>(told));
  attempt([&] { node_->kil(stage_.oracle.port(index).port, "k", word); });
}

void Life::send_too_big(int index) {
  const PortFacts& facts = stage_.oracle.port(index);
  if (!facts.port || facts.life == index_ || facts.node == id_) return;
  stage_.oracle.too_big(index);
  if (stage_.oracle.watching(index_, index) == 0) monitor(index, true);
  send_one(index);
  try {
    const int number = stage_.oracle.send(index_, index);
    const std::string much(stage_.max_message + 100, 'b');
    if (!attempt([&] { node_->snd(facts.port, "m", index_, index, number, much); })) {
      stage_.oracle.unsent(index_, index);
    }
  } catch (const Error& e) {
    if (e.code() != Errc::too_big) throw;
    stage_.oracle.unsent(index_, index);
  }
  send_one(index);
}

void Life::probe(const std::vector<std::unique_ptr<Life>>& lives) {
  for (const auto& other : lives) {
    if (other == nullptr || other.get() == this || !other->alive()) continue;
    if (!stage_.oracle.sees_up(index_, other->id())) continue;
    const int index = other->new_port();
    monitor(index, false);
    for (int i = 0; i < 5; ++i) send_one(index);
  }
}

}  // namespace aemp::story
