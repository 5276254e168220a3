// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Oracle: knows everything that was said and done in a network, and what must never be. It is told
// of each event in an order in which causes come before their effects: by a simulated network as it
// happens, or from the histories that real processes left.
//
//   order     what one life (a node's incarnation) sends to a port arrives in that order, once
//   no holes  after the first lost message of a monitored port nothing arrives before the monitor
//             fired
//   monitors  fire exactly once, never when cancelled, with a reason that there was
//   lives     a message reaches the port that it was sent to, and not after that port's death
//   nodes     up and down alternate; messages come while up; monitors fire before down
//   barriers  last words come before the news of the death, farewells before the news of leaving
//   links     end for a reason that honest nodes may have, which a protocol error is not
//   time      nobody is given up earlier than the node said that it would wait
#ifndef AEMP_TEST_SIM_ORACLE_H
#define AEMP_TEST_SIM_ORACLE_H

#include <aemp/port.h>
#include <aemp/value.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aemp::story {

struct PortFacts {
  Port port;
  std::string node;
  int life = -1;  // whose it is; -1: spawned, and not known to have begun
  bool spawned = false;
  int maker = -1;       // who spawned it; until it has begun nobody else can know its name
  bool doomed = false;  // somebody means to kill it, or did
  bool dead = false;    // its own node said so
  bool linked = false;  // dies of whatever others die of
  bool too_big = false;
  std::set<std::string> reasons;  // that it may die of, as JSON
};

struct MonitorFacts {
  int life, port;
  bool fired = false, cancelled = false;
  std::uint64_t order;
};

class Oracle {
 public:
  // Lives.
  int add_life(std::string node);
  void end_life(int life);  // nothing may be called back any more
  bool living(int life) const { return !lives_[at(life)].ended; }
  // From now on memory may be refused to it: its ports may die of that, and reasons be forgotten.
  void memory_fails(int life) { lives_[at(life)].memory_fails = true; }
  const std::string& node(int life) const { return lives_[at(life)].node; }
  // `now` matters to gave_up() only.
  void node_event(int life, std::string_view node, bool up, Message reason,
                  std::chrono::nanoseconds now = {});
  bool sees_up(int life, const std::string& node) const;
  // A line of a node's log.
  void logged(int life, std::string_view line);

  // Ports.
  int add_port(int life, std::string node, Port port);
  int add_spawned(int maker, std::string node);
  void named(int port, Port name) { ports_[at(port)].port = std::move(name); }
  void begun(int life, int port);  // the spawned function runs
  void dies(int port, Message reason);
  // What somebody is about to do to a port: kill it, of whatever; of that reason, as JSON; make it
  // die of whatever others die of; send it more than its node takes.
  void doomed(int port) { ports_[at(port)].doomed = true; }
  void doomed(int port, std::string reason);
  void linked(int port);
  void too_big(int port) { ports_[at(port)].too_big = true; }
  // A port that somebody doomed may die of that.
  void may_die_of(int port, std::string reason);
  const PortFacts& port(int index) const { return ports_[at(index)]; }
  int ports() const { return static_cast<int>(ports_.size()); }

  // Messages: send() gives the number that the message must carry.
  int send(int life, int port);
  void unsent(int life, int port);  // the last one: misuse, nothing was sent
  void received(int life, int at_port, int sender, int port, int number);
  // Words that must have come when a port's death, or a node's leaving, is told.
  int last_words(int port, std::string reason, int to);
  int farewell(int life, int to);
  void heard(int token);

  // Monitors.
  int monitor(int life, int port);
  void cancel(int monitor);
  void fired(int monitor, Message reason);
  // One that the oracle does not count is called: what is monitored from now on is of the next
  // link.
  void begins_to_fire(int life, int port, Message reason);
  bool pending(int monitor) const;
  // A monitor fires with that reason. If it is that there was no connection, then nothing was seen
  // of the node for so long.
  void gave_up(int life, const std::string& node, Message reason, std::chrono::nanoseconds now,
               std::chrono::nanoseconds monitor_timeout);
  // Monitors of one port that are set at once: only their number is counted.
  int crowd(int life, int port);
  void joins(int crowd);
  void crowd_fires(int crowd, Message reason);
  void cancel_crowd(int crowd) { crowds_[at(crowd)].pending = 0; }
  // Messages to living ports that have not come, kills that did not kill, spawns that did not
  // begin.
  std::vector<std::string> missing() const;
  int watching(int life, int port) { return streams_[{life, port}].monitors; }
  const std::vector<MonitorFacts>& monitors() const { return monitors_; }

  // Calls: each is answered exactly once.
  int call(int life);
  void answered(int call, bool ok, Message reason);
  std::size_t unanswered() const;
  // When all is over: monitors that never fired and calls that nobody answered.
  void check_settled();

  void violated(std::string sentence);
  bool ok() const { return violations.empty(); }

  bool altered = false;  // bytes were, on their way: links may end, and handshakes fail, for that
  std::vector<std::string> violations;
  std::map<std::string, std::uint64_t> fired_per_reason;
  std::uint64_t deliveries = 0, remote_deliveries = 0, gaps = 0, calls_ok = 0;

 private:
  struct Life {
    std::string node;
    bool ended = false;
    bool memory_fails = false;
    struct Other {
      bool up = false;
      int ups = 0;
      std::uint64_t fires = 0;
      std::chrono::nanoseconds seen{};  // when it was last seen to come or to go
      std::uint64_t fires_from = 0;     // order of the first monitor that fired since it was up
    };
    std::map<std::string, Other, std::less<>> others;
  };
  // What one life sends to one port.
  struct Stream {
    struct Sent {
      int generation;
      bool monitored;
      std::uint64_t fires;  // of monitors of that node's ports, by then
    };
    std::vector<Sent> sent;
    int received = -1;
    int generation = 0;  // a monitor fired, or was taken away
    int monitors = 0;
  };
  // Whose messages a life gets from a node, and how often it had seen the node come by then.
  struct Talking {
    int sender = -1;
    int ups = 0;
  };
  struct Words {
    int to, from;
    int port;            // whose last words; -1: a farewell
    std::string reason;  // of that port's death
    int ups = 0;         // of a farewell: how often its hearer had seen the node come
    bool heard = false;
  };
  struct Call {
    int life;
    bool answered = false;
  };
  struct Crowd {
    int life, port;
    std::uint64_t order;
    int pending = 0;
    bool fires = false;  // one of them has
  };

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  void check_life(int life, int sender, const std::string& who);
  void check_hole(const Stream& stream, int number, bool local, const std::string& who);
  void check_reason(const MonitorFacts& monitor, const std::string& json, Message reason);
  void check_fired_before_down(int life, std::string_view node, std::uint64_t from);
  void check_words(const MonitorFacts& monitor, const std::string& json);
  bool for_want_of_memory(const PortFacts& facts, Message reason) const;
  std::string name(const MonitorFacts& monitor) const;

  std::vector<Life> lives_;
  std::vector<PortFacts> ports_;
  std::vector<MonitorFacts> monitors_;
  std::vector<Words> words_;
  std::vector<Call> calls_;
  std::vector<Crowd> crowds_;
  std::map<std::pair<int, int>, Stream> streams_;
  std::map<std::pair<int, std::string>, Talking> talking_;
  std::map<std::pair<int, int>, std::vector<int>> by_target_;  // monitors by life and port
  std::uint64_t order_ = 0;
};

}  // namespace aemp::story

#endif  // AEMP_TEST_SIM_ORACLE_H
