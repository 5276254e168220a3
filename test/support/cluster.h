// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What tests of several nodes share: a loop whose time the test owns, nodes that write down what
// they see, and names for them.
#ifndef AEMP_TEST_SUPPORT_CLUSTER_H
#define AEMP_TEST_SUPPORT_CLUSTER_H

#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/net_host.h"
#include "support/proxy.h"
#include "support/sanitized.h"

namespace aemp::remote {

using namespace std::chrono_literals;

// How long a test waits for what must come, on however slow a machine.
inline constexpr auto kPatience = 120s;

// A number of rounds; fewer of them where they take long.
constexpr int scaled(int rounds, int divisor = 10) {
  return kSanitized ? rounds / divisor : rounds;
}

// Runs what is ready until nothing is. Timers that are not due stay.
inline void settle(Loop& loop) {
  while (loop.run_once(0ns)) {
  }
}

struct LogLine {
  int level;
  std::string text;
};

// A node's log lines instead of stderr.
class NodeLog {
 public:
  explicit NodeLog(Node& node);
  ~NodeLog() { sink_.cancel(); }
  NodeLog(const NodeLog&) = delete;
  NodeLog& operator=(const NodeLog&) = delete;

  // Lines of this level that contain the text.
  std::size_t count(int level, std::string_view part = {}) const;
  std::string all() const;

  std::vector<LogLine> lines;

 private:
  Registration sink_;
};

// An address that nobody uses: "unix:@...", in this process and all others.
std::string unix_name();

// The 11 digits in the names of a node's ports; they compare like the numbers. The node can not be
// configured after that.
std::string incarnation(Node& node);

// A node with these binds and seeds.
Config config(std::string id, std::vector<std::string> binds = {},
              std::vector<std::string> seeds = {});

// A loop on a NetHost.
struct World {
  explicit World(std::uint64_t seed = 1) : host(seed), loop(host) {}

  // Until pred() is true; false after a long time.
  template <class Pred>
  bool until(Pred&& pred, std::chrono::nanoseconds limit = 300s) {
    return loop.run_until(pred, limit);
  }
  void pass(std::chrono::nanoseconds span) { loop.run_for(span); }
  void settle() { remote::settle(loop); }

  NetHost host;
  Loop loop;
};

// A node and what it saw: "up ID", "down ID REASON" as JSON, and what the test adds.
class Member {
 public:
  Member(Loop& loop, const Config& config);
  // The node leaves; what was written down stays.
  void leave() { node_.reset(); }

  Node& operator*() { return *node_; }
  Node* operator->() { return node_.get(); }

  bool up(std::string_view id) const { return node_->node_is_up(id).value_or(false); }
  // A port that writes each message down, as JSON with `name` before it.
  Port sink(std::string name = {});
  // Writes the reason down as "name REASON" when p dies.
  Monitor watch(const Port& p, std::string name);
  // Lines of the story that begin so.
  std::size_t count(std::string_view beginning) const;
  // The first such line; -1: none.
  std::ptrdiff_t find(std::string_view beginning, std::size_t from = 0) const;
  std::string told() const;  // all of it, for messages
  PeerStats peer(std::string_view id) const;

  std::vector<std::string> story;

 private:
  std::unique_ptr<Node> node_;

 public:
  NodeLog log;
};

// a dials b through a proxy, so that their connection can be held up and cut. Both are up.
struct ProxiedPair {
  explicit ProxiedPair(World& world) : ProxiedPair(world, config("b", {unix_name()})) {}
  ProxiedPair(World& world, const Config& config_b)
      : b(world.loop, config_b),
        proxy(world.loop, unix_name(), b->binds()[0]),
        a(world.loop, config("a", {}, {proxy.address()})) {
    EXPECT_TRUE(world.until([&] { return a.up("b") && b.up("a"); })) << told();
  }
  std::string told() const { return a.told() + b.told(); }

  Member b;
  Proxy proxy;
  Member a;
};

// Ups and downs of each node alternate, and begin with an up.
void expect_alternating(const Member& member);

// Resident memory of this process in bytes.
std::size_t resident_bytes();

}  // namespace aemp::remote

#endif  // AEMP_TEST_SUPPORT_CLUSTER_H
