// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A network of simulated processes in this one: real loops, nodes and links on a host whose time,
// sockets, files and signals are made up. Everything that happens is a function of one seed.
//
//   aemp::sim::Network net(seed);
//   aemp::sim::Process one(net), other(net);
//   aemp::Node a(one.loop()), b(other.loop());        // configure and use them as always
//   net.run_for(10s);                                 // of virtual time
//   net.cut(one, other);                              // and so on: every fault there is
//
// The order in which processes run and descriptors become ready is permuted, reads and writes
// transfer any part of what is asked, down to one byte. Same seed and same calls: same history,
// see Network::history().
//
// Thread rule: a Network and all that hangs on it belong to one thread. Nothing here calls the
// system; a descriptor of the real one given to Loop::io throws Error(system), and Loop::fd() is a
// number without meaning. What runs too long in real time does not pass virtual time: consume().
#ifndef AEMP_SIM_H
#define AEMP_SIM_H

#include <aemp/loop.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aemp {

class Host;

namespace sim {

class World;        // internal
class ProcessCore;  // internal
class Process;

using Nanoseconds = std::chrono::nanoseconds;

// How bytes travel from one process to another, one direction. Datagrams take their own time each,
// and may overtake each other.
struct Path {
  Nanoseconds delay{20'000};
  Nanoseconds jitter{30'000};   // up to this much more, drawn for each write; order is kept
  std::uint64_t bandwidth = 0;  // bytes per second; 0 = without limit
  std::uint64_t loss = 0;       // of datagrams about one in so many is lost; 0 = none
};

// What was seen so far, for tests that want to know that something happened at all.
struct Counts {
  std::uint64_t events = 0;    // steps of the simulation
  std::uint64_t turns = 0;     // of loops
  std::uint64_t connects = 0;  // attempts
  std::uint64_t accepted = 0, refused = 0, resets = 0;
  std::uint64_t altered = 0;    // bytes, see Network::alter()
  std::uint64_t bytes = 0;      // that arrived
  std::uint64_t datagrams = 0;  // that arrived; lost ones: on their way, or nobody took them
  std::uint64_t lost_datagrams = 0;
  std::uint64_t connections = 0;  // that exist now, half-closed ones included
  std::uint64_t descriptors = 0;  // open now, in all processes
};

// Failing allocations. aemp does not replace operator new; a program that wants its simulated
// processes to run out of memory (see Process::fail_allocations) has its own one ask here:
//
//   void* operator new(std::size_t size) {
//     void* p = aemp::sim::allocation_fails(size) ? nullptr : std::malloc(size);
//     if (p == nullptr) throw std::bad_alloc();
//     return p;
//   }
//
// True when this allocation is to fail. Only while code of a simulated process runs: its loop's
// turns, callbacks included, and Process::inside(). Counts as one allocation. Takes no memory.
bool allocation_fails(std::size_t size) noexcept;

// While one of these lives no allocation fails, and none is counted: for what a test writes down
// inside of callbacks.
class [[nodiscard]] AllocationsSucceed {
 public:
  AllocationsSucceed() noexcept;
  ~AllocationsSucceed();
  AllocationsSucceed(const AllocationsSucceed&) = delete;
  AllocationsSucceed& operator=(const AllocationsSucceed&) = delete;

 private:
  void* before_;
};

class Network {
 public:
  explicit Network(std::uint64_t seed);
  // All its processes must be gone before, else it is undefined what happens.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // --- time ---

  // Virtual time since the network was made.
  Nanoseconds now() const noexcept;
  // Lets things happen for that long. Throws what a loop's run_once() throws, and Error(busy) from
  // inside a callback that the network runs. In one of a loop that the caller runs it may be
  // called: everything else happens meanwhile, and that loop waits for the callback.
  void run_for(Nanoseconds span);
  // Runs until pred() is true or `limit` has passed; returns pred(). Checked after each event.
  template <class Pred>
  bool run_until(Pred&& pred, Nanoseconds limit) {
    limit = std::clamp(limit, Nanoseconds(0), Nanoseconds::max() - now());
    const Nanoseconds end = now() + limit;
    while (!pred()) {
      if (!step(end - now())) return pred();
    }
    return true;
  }
  // The next event, if it comes within `limit`: one loop's turn, or bytes that arrive somewhere.
  // Else lets `limit` pass and returns false.
  bool step(Nanoseconds limit);

  // --- faults between processes ---
  //
  // Error(bad_value) for a process of another network. A fault is one of these processes: one that
  // comes back after a crash is a new one, with paths that are neither set nor cut.

  // From now on, for what is written from now on. Both must live.
  void set_path(const Process& from, const Process& to, const Path& path);
  // For paths that set_path() was not called for.
  void set_default_path(const Path& path);
  // Nothing arrives any more and nobody is told, as if the cable were out; connecting hangs, to a
  // unix socket too. What was sent is kept and arrives after heal(), but datagrams are lost.
  void cut(const Process& a, const Process& b);
  void cut_one_way(const Process& from, const Process& to);
  // From now on about one byte in `one_in` of what is written to TCP sockets has a bit changed on
  // its way, is lost, or arrives twice; 0: none. What TCP's own checksum does not see, or what
  // somebody on the way does: links that are not encrypted take it for the truth.
  void alter(const Process& from, const Process& to, std::uint64_t one_in);
  // The end of cut(), cut_one_way() and alter(), in both directions.
  void heal(const Process& a, const Process& b);
  void heal_all();
  // Every connection between the two, also one that waits to be accepted, is reset: both ends get
  // ECONNRESET and what was on its way is lost.
  void reset(const Process& a, const Process& b);
  // Every connection of this process is reset, for both ends, whoever has the other one: also those
  // of a process that has ended, whose last bytes are still on their way.
  void reset_all(const Process& process);
  // Only the first one's ends: the other hears of it when it next sends something.
  void reset_one_way(const Process& here, const Process& there);

  // --- order ---

  // Off: whole reads and writes, and nothing is drawn that need not be. Default: on.
  void unruly(bool on);
  // From now on asks `choose(n)`, n > 1, which of n things that arrive within `window` does so
  // first (0: the earliest); a process takes notice at once. For going through all orders instead
  // of random ones: note the answers and count them up from run to run, as one counts with digits.
  // Implies unruly(false).
  void explore(Nanoseconds window, detail::Function<std::size_t(std::size_t)> choose);

  // --- observation ---

  std::uint64_t seed() const noexcept;
  // A hash over all that has happened: every turn, read, write, connect, close, byte that was read,
  // and line. Times, processes and contents count.
  std::uint64_t history() const noexcept;
  Counts counts() const;
  // Calls cb(line) for each event, a readable line with its time and process. Empty: no more.
  void trace(detail::Function<void(std::string_view)> cb);

 private:
  friend class Process;
  World* world_;
};

// A process on a simulated machine: a Loop, to put nodes on, and what can happen to a process.
// Nodes on its loop must be gone before it. A process that comes back after a crash is a new
// Process; it may use the same addresses, files and node ID.
class Process {
 public:
  // Processes on machines of the same name share loopback addresses, unix sockets and files; each
  // machine has an address of its own, 10.0.0.1 and so on.
  explicit Process(Network& network, std::string_view machine = "sim", std::uint32_t uid = 1000);
  // An exit: the loop is destroyed (which waits at most 2 s of virtual time for its nodes'
  // goodbyes), then the system closes what is left open. Never from inside a callback of its own.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The process's loop, made with the first call and run by the network. It may also be run by the
  // caller, outside of callbacks: while it waits, everything else runs.
  Loop& loop();
  // For a Loop of the caller's own instead, which nobody else runs.
  Host& host() noexcept;

  // --- faults ---

  // A callback that takes so long: call it from inside one. Outside: the process does nothing for
  // that time.
  void consume(Nanoseconds span);
  // Ends as after SIGKILL: the system closes its connections (unread input resets them), its
  // callbacks are not called any more and what its destructors try to say is not said. From inside
  // one of its own callbacks too; those of the same turn may still be called then, without effect
  // outside. Running its loop then throws, in the words for a forked process. Destroy its nodes,
  // then the Process.
  void crash();
  // The same, but nobody hears of it: the machine lost its power.
  void vanish();
  bool crashed() const noexcept;
  // SIGSTOP and SIGCONT: nothing of it runs, the system keeps accepting and buffering. If the
  // caller runs its loop nevertheless, nothing is ready there and only what is due by the time
  // happens.
  void stop();
  void cont();
  // Sends it a signal: the loop's watch gets it. One that is not watched does what it does to any
  // process: SIGKILL and most others end it as crash() does, SIGSTOP and SIGCONT as above, SIGTSTP,
  // SIGTTIN and SIGTTOU stop it, SIGCHLD, SIGURG and SIGWINCH do nothing. While it is stopped all
  // but SIGKILL and SIGCONT wait for it to go on. The numbers are the system's own.
  void raise(int signo);
  // The time of day, not the loop's clock, jumps forth or back.
  void jump_clock(Nanoseconds by);
  // At most so many open descriptors from now on; then EMFILE.
  void set_descriptor_limit(std::size_t most);
  // Reads at most so many bytes per second, evenly; 0 = reads nothing. Default, and without limit:
  // UINT64_MAX.
  void set_read_rate(std::uint64_t bytes_per_second);
  // Of the allocations of this process's code, as allocation_fails() counts them, the next `after`
  // succeed and `count` after them fail; count 0: none. Replaces what was said before.
  void fail_allocations(std::uint64_t after, std::uint64_t count = 1) noexcept;
  // One allocation in so many fails, drawn from the seed; 0: none.
  void fail_one_allocation_in(std::uint64_t n) noexcept;
  std::uint64_t allocations() const noexcept;          // counted so far
  std::uint64_t refused_allocations() const noexcept;  // of them, those that failed
  // Calls f() as code of this process, for what is done outside of callbacks: its allocations count
  // and fail too. Returns what f returns.
  template <class F>
  decltype(auto) inside(F&& f) {
    struct Scope {
      void* before;
      ~Scope() { leave(before); }
    } const scope{enter()};
    return f();
  }

  // --- surroundings ---

  void set_env(std::string_view name, std::string_view value);
  void write_file(std::string_view path, std::string_view text, std::uint32_t mode = 0600);
  int pid() const noexcept;
  std::uint32_t uid() const noexcept;
  const std::string& machine() const noexcept;
  std::string address() const;  // the machine's own, numeric
  std::size_t open_descriptors() const noexcept;
  // What it wrote to stderr.
  const std::vector<std::string>& error_lines() const noexcept;

 private:
  friend class Network;
  void* enter() noexcept;
  static void leave(void* before) noexcept;

  ProcessCore* core_;
};

}  // namespace sim
}  // namespace aemp

#endif  // AEMP_SIM_H
