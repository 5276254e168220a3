// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Program: what the node in one process does, by lot: ports that check and answer, messages small
// and large, monitors, kills, links, calls, spawns. It knows the ports of others only from what
// they tell. Everything goes into its history.
#ifndef AEMP_TEST_CHAOS_PROGRAM_H
#define AEMP_TEST_CHAOS_PROGRAM_H

#include <aemp/aemp.h>

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/history.h"
#include "sim/dice.h"

namespace aemp::chaos {

class Program {
 public:
  // `names`: of all nodes. Throws what configure() throws.
  Program(Loop& loop, History& history, int life, std::uint64_t seed, const Config& config,
          std::vector<std::string> names);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Something, drawn from a deck of which every card comes up before one comes again.
  void act();
  // Tells those that are up of its newest ports.
  void announce();
  // Nothing new is begun, and all its ports are killed. Watched ports die in the end everywhere, so
  // that all monitors fire.
  void finish();
  // After finish(): no monitor and no call is pending.
  bool settled() const { return watching_.empty() && calls_ == 0; }
  // A farewell to whom it knows, and leaves.
  void leave();
  bool sees_all() const { return up_.size() + 1 == names_.size(); }

  Node& node() { return node_; }

 private:
  struct Known {
    std::int64_t number = -1;
    Port port;
  };
  struct Watching {
    std::int64_t port;
    Monitor handle;
  };

  std::int64_t next_number() { return number_++; }
  int below(std::size_t n) { return static_cast<int>(dice_.below(n)); }
  void tell_port(std::string_view word, std::int64_t port, std::string_view text = {}) {
    history_.tell(word, {port}, text);
  }

  void hear_logs_and_nodes();
  void hear_functions();
  Known new_port();
  void equip(const Known& port);
  void on_message(std::int64_t at, int sender, std::int64_t target, int number);
  void on_wish(std::int64_t port, int how);
  void learn(std::int64_t number, const Port& port);
  Known some_port();
  Known some_own_port();
  // The newest of a node that is up and has been for a while, and knows that port; none: no port.
  Known hearer(const std::string& node);
  void end_port(const Known& port);
  void draw();

  void send(const Known& to, int count);
  void send_one(const Known& to, std::size_t size);
  std::size_t some_size();
  void monitor(const Known& port, bool again);
  void fired(std::int64_t monitor, const Known& port, bool again, Message reason);
  void unmonitor();
  void kill(const Known& port);
  void call(const Known& port);
  void spawn();
  void link(const Known& dying);
  void die_inside(const Known& port);
  void last_words();
  void send_too_big();
  void flood();

  History& history_;
  int life_;
  sim::Dice dice_;
  std::vector<std::string> names_;
  std::uint64_t max_message_, queue_limit_;
  std::int64_t number_;
  std::map<std::int64_t, Port> own_;  // that live
  std::map<std::string, std::deque<Known>> known_;
  std::map<std::int64_t, int> sent_;  // messages, by port
  std::map<std::int64_t, Watching> watching_;
  std::map<std::string, TimePoint> up_;  // since when
  std::set<std::int64_t> spawned_;       // that others may not know of yet
  std::vector<int> deck_;
  int calls_ = 0;   // not answered
  int inside_ = 0;  // deeds that may still be done from inside receivers, until the next act()
  bool finishing_ = false;
  Loop& loop_;
  Node node_;  // goes first: no callback finds anything else gone
};

}  // namespace aemp::chaos

#endif  // AEMP_TEST_CHAOS_PROGRAM_H
