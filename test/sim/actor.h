// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Actor: one process with one node that does what it is told, while memory may be refused to it,
// and tells the Oracle.
#ifndef AEMP_TEST_SIM_ACTOR_H
#define AEMP_TEST_SIM_ACTOR_H

#include <aemp/aemp.h>
#include <aemp/sim.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/attempt.h"
#include "sim/oracle.h"

namespace aemp::story {

// A process with a node and a port that the others know. Memory may be refused for what it does.
class Actor {
 public:
  Actor(sim::Network& net, Oracle& oracle, std::string id)
      : oracle_(oracle), process(net), id_(id) {}

  Config config() const {
    Config c;
    c.nodeid = id_;
    c.binds = std::vector<std::string>{"unix:@" + id_};
    c.seeds = std::vector<std::string>{"unix:@a", "unix:@b"};
    c.heartbeat_timeout = std::chrono::milliseconds(400);
    c.monitor_timeout = std::chrono::seconds(1);
    c.connect_interval = std::chrono::milliseconds(50);
    c.link_idle = idle;
    c.max_message = 300'000;
    return c;
  }
  // False when memory was refused: then there is no node.
  bool start() {
    const Config c = config();
    if (!attempt([&] { node = std::make_unique<Node>(process.loop()); })) return false;
    life = oracle_.add_life(id_);
    listen();
    return true;
  }
  bool configure() {
    const Config c = config();
    return attempt([&] { node->configure(c); });
  }
  void open() {
    port = node->port();
    index = oracle_.add_port(life, id_, port);
    equip(port, index);
  }
  void start_surely() {
    node = std::make_unique<Node>(process.loop());
    life = oracle_.add_life(id_);
    listen();
    node->configure(config());
    open();
  }

  template <class F>
  bool attempt(F&& f) {
    const bool done = attempt_inside(process, f);
    if (!done) ++refused;
    return done;
  }
  void send(int to, std::size_t size = 10) {
    const int number = oracle_.send(life, to);
    const std::string filling(size, 'x');
    const Port target = oracle_.port(to).port;
    if (!attempt([&] { node->snd(target, "m", life, to, number, filling); })) {
      oracle_.unsent(life, to);
    }
  }
  Monitor monitor(int of) {
    const int m = oracle_.monitor(life, of);
    const Port target = oracle_.port(of).port;
    Monitor handle;
    const bool done = attempt([&] {
      handle = node->mon(target, [this, m](Message reason) {
        const sim::AllocationsSucceed bookkeeping;
        oracle_.fired(m, reason);
      });
    });
    if (!done) oracle_.cancel(m);
    return handle;
  }
  void kill(int which, bool normally = false) {
    const PortFacts& facts = oracle_.port(which);
    oracle_.doomed(which,
                   normally ? "[]" : "[\"k\",\"a sentence that is too long for no memory\"]");
    attempt([&] {
      if (normally) {
        node->kil(facts.port);
      } else {
        node->kil(facts.port, "k", "a sentence that is too long for no memory");
      }
    });
  }
  int spawn(const std::string& where) {
    const int made = oracle_.add_spawned(life, where);
    Port name;
    if (attempt([&] { name = node->spawn(where, "work", made); })) oracle_.named(made, name);
    return made;
  }
  void call(int to) {
    const int c = oracle_.call(life);
    const Port target = oracle_.port(to).port;
    const bool done = attempt([&] {
      node->cal(
          target,
          [this, c](const Reply& r) {
            const sim::AllocationsSucceed bookkeeping;
            oracle_.answered(c, r.ok(), r.reason());
          },
          std::chrono::seconds(2), "c", c);
    });
    if (!done) oracle_.answered(c, false, Message());  // and not again
  }
  void end() {
    if (life >= 0) oracle_.end_life(life);
    if (node != nullptr) process.inside([&] { node->leave(); });
    node.reset();
  }
  const std::string& id() const { return id_; }
  void equip_probe(const Port& p, int at) { equip(p, at); }
  bool sees(const Actor& other) const { return oracle_.sees_up(life, other.id_); }

  std::chrono::nanoseconds idle = std::chrono::hours(1);
  std::uint64_t refused = 0;  // calls

 private:
  void listen() {
    node->on_log([](int, std::string_view) {});
    node->mon_nodes([this](std::string_view who, bool up, Message reason) {
      const sim::AllocationsSucceed bookkeeping;
      oracle_.node_event(life, who, up, reason);
    });
    node->define("work", [this](int made) {
      {
        const sim::AllocationsSucceed bookkeeping;
        oracle_.begun(life, made);
        oracle_.named(made, node->self());
      }
      equip(node->self(), made);
    });
  }
  void equip(const Port& p, int at) {
    node->rcv(p, "m", [this, at](int sender, int target, int number, Message) {
      const sim::AllocationsSucceed bookkeeping;
      oracle_.received(life, at, sender, target, number);
    });
    node->rcv(p, "c", [this](int number, Port reply) { node->snd(reply, "r", number); });
  }

  Oracle& oracle_;

 public:
  sim::Process process;
  std::unique_ptr<Node> node;
  int life = -1;
  Port port;
  int index = -1;

 private:
  std::string id_;
};

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_ACTOR_H
