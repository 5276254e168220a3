// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Proxy: stands between a node that dials and a node that listens, on the loop that they run on,
// and does to their connections what networks do. It knows where greeting, hellos and frames begin
// and end, so that one can be held back without the others; the end of a stream counts as one
// more of them.
#ifndef AEMP_TEST_SUPPORT_PROXY_H
#define AEMP_TEST_SUPPORT_PROXY_H

#include <aemp/loop.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace aemp::remote {

// There: from the node that dialled to the one that was dialled.
enum class Way : unsigned char { there, back };

// How a connection ends, and who notices: both ends, by an end of stream or (TCP) by a reset; or
// one of them, while the other hears nothing any more and can say what it likes.
enum class Cut : unsigned char { both, reset, dialler, target };

class Proxy {
 public:
  // Listens on `listen` ("127.0.0.1:0", "unix:@name") and dials `target` for each that comes.
  Proxy(Loop& loop, const std::string& listen, std::string target);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  // Where it listens, as Config::seeds takes it.
  const std::string& address() const { return address_; }
  void retarget(std::string target) { target_ = std::move(target); }

  // The hellos that pass name these addresses as their sender's binds, so that later dials come
  // through a proxy too. Empty: no binds.
  void show_target_at(std::vector<std::string> binds) { shown_[1] = {true, std::move(binds)}; }
  void show_dialler_at(std::vector<std::string> binds) { shown_[0] = {true, std::move(binds)}; }

  // What follows goes for all connections, those to come included.

  // Nothing is read from the sender: its socket fills up. Nothing is lost.
  void pause(Way way, bool on = true);
  void pause_both(bool on = true);
  // What the sender says is read and thrown away.
  void swallow(Way way, bool on = true) { side(way).swallow = on; }
  // Nothing passes but what step() lets through.
  void gate(Way way, bool on = true);
  void gate_both(bool on = true);
  // Passes the next unit that has come, of the oldest connection that has one; false if none.
  bool step(Way way);
  // What step() would pass: "greeting", "hello", "DATA", ..., "end"; empty if nothing.
  std::string next(Way way) const;
  // New connections are closed at once.
  void refuse(bool on = true) { refuse_ = on; }
  // The next connection ends when exactly so many bytes have gone that way.
  void cut_next(Way way, std::uint64_t bytes, Cut how = Cut::both);
  // Ends all connections at once.
  void cut(Cut how = Cut::both);

  std::size_t accepted() const { return accepted_; }              // connections so far
  std::size_t alive() const;                                      // with two ends
  std::uint64_t bytes(Way way) const { return side(way).bytes; }  // passed, of all connections
  // What passed, the first few thousand.
  const std::vector<std::string>& units(Way way) const { return side(way).units; }

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  struct Unit {
    std::string word;
    std::vector<std::uint8_t> bytes;
  };
  // One direction of one connection.
  struct Pipe {
    std::vector<std::uint8_t> raw;  // not yet a whole unit
    std::deque<Unit> waiting;
    std::size_t waiting_bytes = 0;
    std::vector<std::uint8_t> out;  // passed, not yet taken by the socket
    std::size_t out_at = 0;
    std::uint64_t passed = 0;
    std::uint64_t cut_at = kNever;
    unsigned spoken = 0;  // units so far
    bool end_read = false;
    bool end_passed = false;
    bool end_sent = false;
  };
  // One connection: socket 0 is the dialler's, socket 1 the target's; pipe i reads from socket i.
  struct Pair {
    int fd[2] = {-1, -1};
    Events watched[2] = {Events::None, Events::None};
    Watch watch[2];
    Pipe pipe[2];
    bool dead = false;
    bool mute = false;  // one end is left, and kept waiting
  };
  struct Side {
    bool paused = false, swallow = false, gated = false;
    std::uint64_t cut_at = kNever;
    std::uint64_t bytes = 0;
    std::vector<std::string> units;
  };
  struct Shown {
    bool on = false;
    std::vector<std::string> binds;
  };
  static constexpr std::size_t kMostWaiting = 128 * 1024;
  static constexpr std::size_t kMostUnits = 4096;

  Side& side(Way way) { return sides_[static_cast<std::size_t>(way)]; }
  const Side& side(Way way) const { return sides_[static_cast<std::size_t>(way)]; }
  void on_accept();
  void on_ready(Pair& pair, std::size_t i, Events events);
  void read(Pair& pair, std::size_t i);
  void split(Pipe& pipe, std::size_t i);
  void rewrite_hello(Unit& unit, std::size_t i) const;
  void note(std::size_t i, std::string word);
  void pass(Pair& pair, std::size_t i);
  void pump(Pair& pair, std::size_t i);
  void write(Pair& pair, std::size_t i);
  void watch(Pair& pair);
  void end(Pair& pair, Cut how);
  void shut(Pair& pair, std::size_t i, bool reset);
  void sweep();

  Loop& loop_;
  std::string address_, target_;
  int listener_ = -1;
  Watch accepting_;
  bool refuse_ = false;
  Cut cut_how_ = Cut::both;
  std::size_t accepted_ = 0;
  Side sides_[2];
  Shown shown_[2];
  std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace aemp::remote

#endif  // AEMP_TEST_SUPPORT_PROXY_H
