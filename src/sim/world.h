// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// World: the one clock, the agenda, the machines and the connections between their processes. It
// runs loops and lets bytes arrive, one event at a time; everything random is drawn from one seed.
#ifndef AEMP_SIM_WORLD_H
#define AEMP_SIM_WORLD_H

#include <aemp/sim.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/keyed_hash.h"
#include "sim/agenda.h"
#include "sim/dice.h"
#include "sim/socket.h"

namespace aemp::sim {

struct Machine {
  std::string name;
  Address ip;  // port 0
  std::map<std::string, Listener*> listeners;
  std::map<std::string, DatagramSocket*> datagram_sockets;
  std::set<std::string> abandoned;  // socket files whose process crashed
  struct File {
    std::string text;
    std::uint32_t mode;
  };
  std::map<std::string, File> files;
  std::uint16_t next_port = 32768;
};

class World {
 public:
  explicit World(std::uint64_t seed);

  Nanos now() const noexcept { return now_; }
  Dice& dice() noexcept { return dice_; }
  bool is_unruly() const noexcept { return unruly_; }

  // The next event up to `until`; false: there is none, and time has passed on to `until`.
  bool step(Nanos until);
  // A loop that its owner runs waits: others run until its descriptors are ready, somebody wakes
  // it, or `timeout` has passed.
  int wait(ProcessCore& process, Nanos timeout, std::span<Ready> ready);
  // Something is to be done by this process, at that time or as soon as it can.
  void want_run(ProcessCore& process, Nanos at);

  std::uint32_t add(ProcessCore* process);
  void remove(std::uint32_t process);
  Machine& machine(std::string_view name);
  Machine* machine_at(const Address& ip);

  // Connections.
  Connection& connect(ProcessCore& from, const Address& to);
  // Who listens there, as seen from a machine.
  Listener* listener_at(Machine& from, const Address& to);
  // Somebody who connects comes to the listener, or is refused.
  void arrive_connection(Connection& connection);
  // Puts an item on its way from this end; of `size` bytes that were written to the pipe.
  void send(End& from, Pipe::Kind kind, std::size_t size = 0);
  // Of the last `size` bytes written at this end: what Network::alter() says happens to them.
  // Returns how many are left.
  std::size_t alter(End& from, std::size_t size);
  // Nothing arrives there any more.
  void deafen(End& end) noexcept { agenda_.remove(Subject::end(end.id)); }
  // The descriptor is closed, by its process or because that ended.
  void close(End& end);
  void refuse(End& waiting);
  // Its machine is without power: nobody hears of it.
  void lose(End& end);
  void close_connection(Connection& connection);  // once both ends are closed

  // Puts it on its way, or loses it.
  void send(const ProcessCore& from, Datagram datagram);

  // Faults.
  Route& route(std::uint32_t from, std::uint32_t to);
  void set_default_route(const Route& route);
  void hold(std::uint32_t from, std::uint32_t to, bool on);
  void heal_all();
  void reset(const ProcessCore& a, const ProcessCore& b, bool both);
  void reset_all(const ProcessCore& process);

  // One more thing that happened. The text is made only for a trace.
  void note(const ProcessCore* who, std::string_view what, std::uint64_t a, std::uint64_t b = 0);
  void note_text(const ProcessCore* who, std::string_view what, std::string_view text);

  // The same in the history alone, for what would crowd the trace.
  void record(const ProcessCore* who, std::string_view what, std::uint64_t a,
              std::uint64_t b = 0) noexcept;
  // Of every byte; the same in every process.
  static std::uint64_t hash(std::string_view bytes) noexcept { return KeyedHash(0)(bytes); }

  const std::uint64_t seed;
  std::uint64_t history = 0;
  Counts counts;  // what all_counts() does not find out itself
  Counts all_counts() const;
  detail::Function<void(std::string_view)> trace;
  detail::Function<std::size_t(std::size_t)> choose;
  Nanos window = 0;
  void set_unruly(bool on) noexcept { unruly_ = on; }
  int turning = 0;  // loops that the world is running
  std::uint64_t next_pid() noexcept { return ++pids_; }

 private:
  struct DatagramUnderWay {
    Datagram datagram;
    std::uint32_t from = 0, to = 0;  // processes
    Machine* machine = nullptr;      // where it arrives; null: none is under way here
    bool is_refusal = false;         // there is nobody at `datagram.from` who takes them
  };

  void send(DatagramUnderWay under_way);
  DatagramSocket* socket_at(Machine& machine, const Address& at);
  void print(const ProcessCore* who, std::string_view what, std::string_view text);
  void run(ProcessCore& process);
  void arrive(End& end);
  void arrive_datagram(std::uint32_t index);
  bool arrived(End& end, const Pipe::Item& item);
  void arrive_reset(End& end);
  void reset(End& end);
  void schedule(End& end);
  // Of events at the same time.
  std::uint64_t order() { return unruly_ ? dice_.next() : ++ordered_; }

  Nanos now_ = 1'000 * kSecond;
  Dice dice_;
  bool unruly_ = true;
  Agenda agenda_;
  std::uint64_t ordered_ = 0;
  std::uint64_t pids_ = 100;
  Route default_route_;
  std::vector<ProcessCore*> processes_;  // null: gone
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint32_t> free_connections_;
  std::vector<DatagramUnderWay> datagrams_;
  std::vector<std::uint32_t> free_datagrams_;
  std::map<std::string, Machine, std::less<>> machines_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Route> routes_;
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_WORLD_H
