// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the tests of bad input share: a node that is attacked, an honest node with a link to it, and
// the check that an attack disturbed neither.
#ifndef AEMP_TEST_NODE_HOSTILE_WORLD_H
#define AEMP_TEST_NODE_HOSTILE_WORLD_H

#include <aemp/loop.h>
#include <aemp/node.h>
#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "os/unix_host.h"
#include "support/raw_peer.h"
#include "support/sanitized.h"

namespace aemp::raw {

using namespace std::chrono_literals;

// The real system with a clock that can be moved on: deadlines come without being waited for.
class SkewedHost final : public Host {
 public:
  void skip(std::chrono::nanoseconds span) { clock_.offset += span.count(); }

  Poller& poller() override { return real_->poller(); }
  Clock& clock() override { return clock_; }
  Random& random() override { return real_->random(); }
  Net& net() override { return real_->net(); }
  Env& env() override { return real_->env(); }
  Files& files() override { return real_->files(); }
  Identity& identity() override { return real_->identity(); }
  Signals& signals() override { return real_->signals(); }
  Console& console() override { return real_->console(); }

 private:
  struct SkewedClock final : Clock {
    explicit SkewedClock(Clock& clock) : real(clock) {}
    Nanos monotonic() override { return real.monotonic() + offset; }
    Nanos wall() override { return real.wall(); }
    Clock& real;
    Nanos offset = 0;
  };

  std::unique_ptr<Host> real_ = make_unix_host();
  SkewedClock clock_{real_->clock()};
};

inline std::size_t open_descriptors() {
  std::size_t n = 0;
  DIR* dir = opendir("/proc/self/fd");
  EXPECT_NE(dir, nullptr);
  while (dir != nullptr && readdir(dir) != nullptr) ++n;
  if (dir != nullptr) closedir(dir);
  return n;
}

// 0 where it would mean nothing: sanitizers keep what was freed.
inline std::size_t resident_bytes() {
  if (kSanitized) return 0;
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

inline std::string abstract_address() {
  static int count = 0;
  return "unix:@aemp-hostile." + std::to_string(getpid()) + "." + std::to_string(++count);
}

struct LogLine {
  int level;
  std::string text;
};

// Collects a node's log, and insists that every line is one.
class LogBook {
 public:
  explicit LogBook(Node& node) {
    node.on_log([this](int level, std::string_view text) {
      const auto printable = [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
      };
      EXPECT_TRUE(std::all_of(text.begin(), text.end(), printable)) << text;
      EXPECT_LE(text.size(), 4096u);
      lines.push_back({level, std::string(text)});
    });
  }
  long count(std::string_view needle) const {
    return std::count_if(lines.begin(), lines.end(), [&](const LogLine& line) {
      return line.text.find(needle) != std::string::npos;
    });
  }
  std::string all() const {
    std::string out;
    for (const LogLine& line : lines)
      out += "\n  <" + std::to_string(line.level) + "> " + line.text;
    return out;
  }
  std::vector<LogLine> lines;
};

inline Config victim_config(const std::string& bind = abstract_address()) {
  Config config;
  config.nodeid = "victim";
  config.binds = {bind};
  config.insecure = bind.rfind("unix:", 0) != 0;
  return config;
}

class World {
 public:
  explicit World(const Config& config = victim_config(), const Config& honest_config = Config())
      : log(node) {
    node.configure(config);
    echo = node.port([](Message) {});
    node.rcv(echo, "ping", [this](Port from, std::int64_t n) { node.snd(from, "pong", n); });
    target = node.port([this](Message m) { got.push_back(m.json()); });
    Config other = honest_config;
    other.nodeid = "honest";
    other.private_node();
    other.insecure = config.insecure;
    other.seeds = node.binds();
    honest.configure(other);
    honest.mon_nodes([this](std::string_view, bool up, Message) { ups += up, downs += !up; });
    replies = honest.port([](Message) {});
    honest.rcv(replies, "pong", [this](std::int64_t n) { last_reply = n; });
    honest.mon(echo, [this](Message reason) { alarms.push_back(reason.json()); });
    EXPECT_TRUE(loop.run_until([&] { return ups == 1; }, kPatience)) << log.all();
    exchange();
    descriptors = open_descriptors();
    log.lines.clear();
  }

  // Ping-pong between the honest node and the one that is attacked.
  void exchange(int rounds = 5) {
    for (int i = 0; i < rounds; ++i) {
      const std::int64_t n = ++sent;
      honest.snd(echo, "ping", replies, n);
      ASSERT_TRUE(loop.run_until([&] { return last_reply == n; }, kPatience)) << log.all();
    }
  }

  // What every attack must leave behind, after the attacker closed its connections.
  void expect_undisturbed() {
    Stats stats;
    const auto quiet = [&] {
      stats = node.stats();
      return stats.half_open == 0 && stats.links_up == 1 && stats.dials == 0 &&
             open_descriptors() == descriptors;
    };
    EXPECT_TRUE(loop.run_until(quiet, 10s))
        << stats.half_open << " half open, " << stats.links_up << " links, " << stats.dials
        << " dials, " << open_descriptors() << " descriptors instead of " << descriptors
        << log.all();
    exchange();
    EXPECT_EQ(ups, 1);
    EXPECT_EQ(downs, 0) << log.all();
    EXPECT_TRUE(alarms.empty()) << alarms[0] << log.all();
    EXPECT_EQ(node.stats().watchers, 1u);
    EXPECT_EQ(node.stats().ports, ports);
  }

  // Exactly one line says so, once the loop has come to it.
  void expect_line(std::string_view needle) {
    loop.run_until([&] { return log.count(needle) > 0; }, 10s);
    EXPECT_EQ(log.count(needle), 1) << needle << log.all();
    log.lines.clear();
  }

  std::string address() const { return node.binds()[0]; }
  // A hostile peer with a link.
  std::unique_ptr<RawPeer> intruder(const std::string& id = "intruder",
                                    std::uint64_t incarnation = 0x1111) {
    auto peer = std::make_unique<RawPeer>(loop, address());
    EXPECT_TRUE(peer->join(hello_of(id, incarnation))) << log.all();
    return peer;
  }
  // The node answers this peer: its link works and everything sent before has been dealt with.
  bool answers(RawPeer& peer) {
    peer.send(frame(kFramePing, be64(++nonce)));
    for (;;) {
      const std::optional<Frame> heard = peer.hear_frame();
      if (!heard) return false;
      if (heard->type == kFramePong && heard->body == be64(nonce)) return true;
    }
  }

  // The node ends this connection, says why in a CLOSE and in one log line, and nothing else.
  void expect_refused(RawPeer& peer, CloseCode code, std::string_view why) {
    std::optional<Frame> last;
    while (std::optional<Frame> heard = peer.hear_frame()) last = heard;
    EXPECT_TRUE(peer.wait_closed());
    ASSERT_TRUE(last) << "not even a CLOSE";
    EXPECT_EQ(last->type, kFrameClose);
    ASSERT_GE(last->body.size(), 1u);
    EXPECT_EQ(static_cast<CloseCode>(last->body[0]), code);
    const std::string text(last->body.begin() + 1, last->body.end());
    EXPECT_NE(text.find(why), std::string::npos) << text;
    peer.close();
    expect_line(why);
  }
  void expect_protocol_error(RawPeer& peer, std::string_view why) {
    expect_refused(peer, CloseCode::protocol, why);
  }

  SkewedHost host;
  Loop loop{host};
  Node node{loop};
  Node honest{loop};
  LogBook log;
  Port echo, replies;            // the honest exchange
  Port target;                   // what attackers may know
  std::vector<std::string> got;  // by target
  int ups = 0, downs = 0;
  std::vector<std::string> alarms;
  std::int64_t sent = 0, last_reply = 0;
  std::size_t descriptors = 0;
  std::size_t ports = 2;  // of the node
  std::uint64_t nonce = 0x100000;
};

}  // namespace aemp::raw

#endif  // AEMP_TEST_NODE_HOSTILE_WORLD_H
