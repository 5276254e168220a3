// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Life: one process with one node in a story: ports that check and answer, and everything that a
// program does with them. What it does is drawn; what comes of it goes to the Oracle.
#ifndef AEMP_TEST_SIM_LIFE_H
#define AEMP_TEST_SIM_LIFE_H

#include <aemp/aemp.h>
#include <aemp/sim.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/attempt.h"
#include "sim/dice.h"
#include "sim/oracle.h"
#include "sim/totals.h"

namespace aemp::story {

using std::chrono::nanoseconds;

// What all lives of a story share.
struct Stage {
  Stage(std::uint64_t seed) : net(seed), dice(sim::mix64(seed + 0x5eed)) {}

  bool one_in(std::uint64_t n) { return dice.one_in(n); }
  int below(std::size_t n) { return static_cast<int>(dice.below(n)); }
  void say(const std::string& line) {
    if (narrate) narrate(line);
  }

  sim::Network net;
  sim::Dice dice;
  Oracle oracle;
  Totals totals;
  std::vector<std::string> names;       // of all nodes
  std::size_t max_message = 16u << 20;  // the smallest of all lives
  int deeds = 0;                        // that may still be done from inside callbacks
  bool ending = false;                  // nothing new is begun
  bool gentle = false;                  // no faults: nothing may be lost
  bool star = false;                    // only node 0 and each other node talk
  detail::Function<void(const std::string&)> narrate;
};

class Life {
 public:
  // Throws what configure() throws.
  Life(Stage& stage, const Config& config);
  // Leaves, unless it crashed.
  ~Life();

  // Something, drawn by lot.
  void act();
  // The node leaves, after a farewell to whom it knows.
  void leave();
  void crash(bool silently);
  // From now on memory may be refused to it: one allocation in `n`, or the `count` after the next
  // `after`.
  void starve(std::uint64_t n, std::uint64_t after, std::uint64_t count);
  // Takes away every monitor that it set.
  void unmonitor_all();
  // Kills every port of it that lives.
  void kill_all();
  bool alive() const { return node_ != nullptr && stage_.oracle.living(index_); }
  // Says hello to every node that is up, on a port of theirs; true if there was one.
  void probe(const std::vector<std::unique_ptr<Life>>& lives);

  // A message to the other's first port, if it has one, so that it learns of this one.
  void greet(Life& other) {
    if (!other.own_.empty()) send_one(other.own_.front());
  }
  // Monitors of the other's first port, so many that it takes a while to fire them.
  void watch_closely(Life& other) {
    if (!other.own_.empty()) crowd(other.own_.front());
  }
  // Watches the other's first port for good and sends it so many messages.
  void talk(Life& other, int count);

  const std::string& id() const { return id_; }
  int index() const { return index_; }
  Node& node() { return *node_; }
  sim::Process& process() { return process_; }
  // At the end nothing may be left of all that was done.
  void check_empty();
  void check_queues();

 private:
  int new_port();
  void equip(const Port& port, int index);
  void on_message(int at_port, int sender, int target, int number);
  int some_port();  // anybody's
  bool may_know(const PortFacts& facts) const;
  int some_own_port();  // -1: none
  void watch_death(const Port& port, int index);

  void send(int index, int count);
  void send_one(int index);
  void monitor(int index, bool again);
  void unmonitor(std::size_t i);
  void kill(int index);
  void call(int index);
  void spawn();
  void link();
  void die_inside(int index);
  void last_words(int index);
  void send_too_big(int index);
  void crowd(int index);
  void flood(int index);
  nanoseconds now() { return process_.loop().now().time_since_epoch(); }
  OwnedMessage filling();
  void harvest();
  void tell(const std::string& line) { stage_.say(id_ + " " + line); }
  // attempt_inside(), of something that uses the node; counted.
  template <class F>
  bool attempt(F&& f) {
    const bool done = attempt_inside(process_, f);
    if (!done) stage_.totals.add("refused calls");
    return done;
  }

  Stage& stage_;
  std::string id_;
  int index_;
  sim::Process process_;
  std::unique_ptr<Node> node_;
  struct Watching {
    int monitor;
    Monitor handle;
  };
  std::vector<Watching> watching_;
  std::vector<Monitor> links_;  // monitors that the oracle does not know, or only counts
  std::vector<int> crowds_;
  std::vector<int> own_;
  std::size_t queue_limit_;
  nanoseconds monitor_timeout_;
};

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_LIFE_H
