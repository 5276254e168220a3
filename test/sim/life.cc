// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/life.h"

#include <algorithm>
#include <stdexcept>

namespace aemp::story {

using namespace std::chrono_literals;

Life::Life(Stage& stage, const Config& config)
    : stage_(stage),
      id_(*config.nodeid),
      index_(stage.oracle.add_life(id_)),
      process_(stage.net),
      node_(std::make_unique<Node>(process_.loop())),
      queue_limit_(*config.queue_limit),
      monitor_timeout_(config.monitor_timeout.value_or(nanoseconds(0))) {
  node_->on_log([this](int level, std::string_view line) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.logged(index_, line);
    if (line.find("another connection between these nodes") != std::string_view::npos) {
      stage_.totals.add("crossed dials");
    }
    if (line.find("closed: idle") != std::string_view::npos) stage_.totals.add("idle closes");
    if (stage_.narrate) stage_.say(id_ + " <" + std::to_string(level) + "> " + std::string(line));
  });
  node_->mon_nodes([this](std::string_view node, bool up, Message reason) {
    const sim::AllocationsSucceed bookkeeping;
    if (stage_.narrate) {
      tell("sees " + std::string(node) + (up ? " up" : " down ") + reason.json());
    }
    stage_.oracle.node_event(index_, node, up, reason, now());
  });
  node_->define("work", [this](int index, int how) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.begun(index_, index);
    stage_.oracle.named(index, node_->self());
    if (how < 2) stage_.oracle.linked(index);  // whatever `no_receiver` or `die` says
    if (how == 0) return;
    if (how == 1) throw std::runtime_error("no work");
    equip(node_->self(), index);
  });
  node_->configure(config);
  for (int i = 0; i < 2; ++i) new_port();
}

Life::~Life() {
  if (alive()) leave();
  if (node_ != nullptr) harvest();
  node_.reset();
}

void Life::harvest() {
  const Stats stats = node_->stats();
  stage_.totals.add("links lost", stats.links_lost);
  stage_.totals.add("links taken", stats.links_taken);
  stage_.totals.add("overruns", stats.overruns);
  stage_.totals.add("refused connections", stats.refused);
  stage_.totals.add("refused allocations", process_.refused_allocations());
}

void Life::crash(bool silently) {
  harvest();
  stage_.oracle.end_life(index_);
  if (silently) {
    process_.vanish();
  } else {
    process_.crash();
  }
  node_.reset();
}

void Life::leave() {
  for (const PeerStats& peer : node_->stats().peers) {
    // A link of a moment ago may still have the monitors of the one before it to fire.
    const std::string& name = peer.node;
    if (!peer.up || peer.age < 5ms || !stage_.oracle.sees_up(index_, name)) continue;
    for (int p = stage_.oracle.ports() - 1; p >= 0; --p) {
      const PortFacts& facts = stage_.oracle.port(p);
      if (facts.node != name || facts.life < 0 || facts.doomed || facts.linked) continue;
      if (!stage_.oracle.living(facts.life)) continue;
      const int token = stage_.oracle.farewell(index_, p);
      const std::string words(stage_.dice.below(900), 'f');
      if (!attempt([&] { node_->snd(facts.port, "w", token, words); })) {
        stage_.oracle.heard(token);  // there is nothing to hear
      }
      break;
    }
  }
  stage_.oracle.end_life(index_);
  harvest();
  process_.inside([this] { node_->leave(); });
  node_.reset();
}

void Life::starve(std::uint64_t n, std::uint64_t after, std::uint64_t count) {
  if (n != 0 || count != 0) stage_.oracle.memory_fails(index_);
  process_.fail_one_allocation_in(n);
  process_.fail_allocations(after, count);
}

void Life::kill_all() {
  for (const int index : own_) {
    const PortFacts& facts = stage_.oracle.port(index);
    if (facts.dead) continue;
    stage_.oracle.doomed(index, "[\"end\"]");
    node_->kil(facts.port, "end");
  }
}

void Life::check_empty() {
  const Stats stats = node_->stats();
  const auto none = [&](std::uint64_t count, const char* what) {
    if (count != 0) {
      stage_.oracle.violated(id_ + " has " + std::to_string(count) + " " + what + " left");
    }
  };
  none(stats.ports, "ports");
  none(stats.monitors, "monitors");
  none(stats.watchers, "watchers");
  none(stats.run_queue_bytes, "bytes in the run queue");
  for (const PeerStats& peer : stats.peers) none(peer.queued_bytes, "bytes queued");
}

void Life::check_queues() {
  for (const PeerStats& peer : node_->stats().peers) {
    if (peer.queued_bytes > queue_limit_) {
      stage_.oracle.violated(id_ + " has " + std::to_string(peer.queued_bytes) +
                             " bytes queued for " + peer.node + ", at most " +
                             std::to_string(queue_limit_));
    }
  }
}

int Life::new_port() {
  const Port port = node_->port();
  const int index = stage_.oracle.add_port(index_, id_, port);
  equip(port, index);
  return index;
}

// What every port does with what comes.
void Life::equip(const Port& port, int index) {
  own_.push_back(index);
  watch_death(port, index);
  const auto message = [this, index](int sender, int target, int number, Message) {
    const sim::AllocationsSucceed bookkeeping;
    on_message(index, sender, target, number);
  };
  if (stage_.one_in(2)) {
    node_->rcv(port, "m", message);
  } else {
    node_->rcv(port,
               [message](std::string_view tag, int sender, int target, int number, Message more) {
                 if (tag == "m") message(sender, target, number, more);
               });
  }
  node_->rcv(port, "w", [this](int token, Message) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.heard(token);
  });
  node_->rcv(port, "f", [](Message) {});
  node_->rcv(port, "c", [this](int number, Port reply) { node_->snd(reply, "r", number); });
  node_->rcv(port, "x", [this, index](int how) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.may_die_of(index, how == 0 ? "[\"die\",\"asked to\"]" : "[\"k\",\"self\"]");
    if (how == 0) throw std::runtime_error("asked to");
    process_.inside([this] { node_->kil(node_->self(), "k", "self"); });
  });
}

void Life::watch_death(const Port& port, int index) {
  node_->mon(port, [this, index](Message reason) {
    const sim::AllocationsSucceed bookkeeping;
    stage_.oracle.dies(index, reason);
    std::erase(own_, index);
  });
}

void Life::on_message(int at_port, int sender, int target, int number) {
  stage_.oracle.received(index_, at_port, sender, target, number);
  if (stage_.deeds > 0 && !stage_.ending && stage_.one_in(20)) {
    --stage_.deeds;
    act();
  }
  // The node goes in the middle of its own callback.
  if (stage_.gentle || stage_.ending || !stage_.one_in(600)) return;
  stage_.totals.add("ends in a callback");
  if (stage_.one_in(2)) {
    leave();
  } else {
    crash(stage_.one_in(2));
  }
}

}  // namespace aemp::story
