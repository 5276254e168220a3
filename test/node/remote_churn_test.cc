// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Connections and nodes that come and go in quantity leave nothing behind.
#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "node/hostile_world.h"
#include "support/cluster.h"

namespace aemp::raw {
namespace {

using remote::scaled;

// Bytes on the heap that are in use; 0 where a sanitizer has a heap of its own.
std::size_t heap_bytes() { return kSanitized ? 0 : mallinfo2().uordblks; }

// The most that was in use at any of some moments: peers that are gone are swept in batches, so
// that single moments differ.
class Usage {
 public:
  void note() {
    heap_ = std::max(heap_, heap_bytes());
    resident_ = std::max(resident_, resident_bytes());
    fds_ = std::max(fds_, open_descriptors());
  }
  void expect_as(const Usage& earlier) const {
    EXPECT_LE(heap_, earlier.heap_ + earlier.heap_ / 20);
    EXPECT_LE(resident_, earlier.resident_ + earlier.resident_ / 20);
    EXPECT_EQ(fds_, earlier.fds_);
  }

 private:
  std::size_t heap_ = 0, resident_ = 0, fds_ = 0;
};

// One connection of every kind that there is: strangers that say nothing, too little or nonsense,
// and peers that link up, use the link, and go in peace or without a word. Every second link is of
// a node that was never seen before.
class Churn {
 public:
  explicit Churn(World& world) : world_(world) {}

  void connections(int count) {
    for (int i = 0; i < count; i += 8) {
      stranger({});
      stranger(text("GET / HTTP/1.1\r\n\r\n"));
      Bytes cut = greeting() + packed(hello_of("cut", ++incarnation_));
      cut.resize(cut.size() - 3);
      stranger(cut);
      stranger(greeting(9));
      for (int leave = 0; leave < 4; ++leave) visitor(leave);
    }
  }

 private:
  void stranger(const Bytes& words) {
    RawPeer peer(world_.loop, world_.address());
    peer.send(words);
    world_.loop.run_once(0ms);
  }
  void visitor(int leave) {
    ++incarnation_;
    const bool is_new = incarnation_ % 2 == 0;
    const auto peer =
        world_.intruder(is_new ? "n" + std::to_string(incarnation_) : "regular", incarnation_);
    const Bytes to = home(world_.target.serial());
    peer->send(frame(kFrameMon, to) + frame(kFrameData, to + values(1, "two", 3.0)) +
               frame(kFrameSpawn, varint(1) + values("visit")) +
               frame(kFrameData, spawned(1) + values("hello")));
    EXPECT_TRUE(leave == 0 || world_.answers(*peer));
    if (leave == 1) peer->send(frame(kFrameBye, values("done")));
    if (leave == 2) peer->send(frame(kFrameClose, Bytes{0}) + text("done"));
    if (leave == 3) return peer->reset();
    peer->close();
  }

  World& world_;
  std::uint64_t incarnation_ = 0x1000;
};

void churn(const std::string& bind, int connections) {
  World world(victim_config(bind));
  std::uint64_t delivered = 0, visits = 0, hellos = 0;
  world.node.rcv(world.target, [&](Message) { ++delivered; });
  world.node.define("visit", [&] {
    ++visits;
    world.node.rcv(world.node.self(), [&](Message) {
      ++hellos;
      world.node.kil(world.node.self());
    });
  });
  Churn churn(world);
  const auto quiet = [&] {
    world.log.lines.clear();
    world.expect_undisturbed();
    world.log.lines.clear();
    world.log.lines.shrink_to_fit();
  };
  Usage early, late;
  const int each = connections / 30 / 8 * 8;
  const std::uint64_t before = world.node.stats().links_taken;
  for (int i = 0; i < 30; ++i) {
    churn.connections(each);
    quiet();
    if (i < 10) early.note();
    if (i >= 20) late.note();
  }
  late.expect_as(early);
  const auto links = static_cast<std::uint64_t>(each * 30 / 2);
  EXPECT_EQ(world.node.stats().links_taken - before, links);
  EXPECT_GE(delivered, links * 3 / 4);
  EXPECT_GE(visits, links * 3 / 4);
  EXPECT_EQ(visits, hellos);
}

TEST(RemoteChurn, Of20000ConnectionsLeavesMemoryAsItWas) {
  churn(abstract_address(), scaled(20'160, 5));
}

TEST(RemoteChurn, OfTcpConnectionsLeavesMemoryAsItWas) { churn("127.0.0.1:0", scaled(3'360, 2)); }

// Whole nodes, their ports monitored from both sides.
TEST(RemoteChurn, OfNodesLeavesMemoryAsItWas) {
  World world;
  const auto live = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Node node(world.loop);
      Config config;
      config.nodeid = "guest/";
      config.private_node();
      config.seeds = world.node.binds();
      node.configure(config);
      std::int64_t answer = -1;
      const Port replies = node.port();
      node.rcv(replies, "pong", [&](std::int64_t n) { answer = n; });
      int lost = 0;
      world.node.mon(replies, [&](Message) { ++lost; });
      node.mon(world.echo, [](Message) { ADD_FAILURE() << "after leaving"; });
      node.snd(world.echo, "ping", replies, i);
      ASSERT_TRUE(world.loop.run_until([&] { return answer == i; }, kPatience));
      node.leave();
      ASSERT_TRUE(world.loop.run_until([&] { return lost == 1; }, kPatience)) << world.log.all();
    }
    world.expect_undisturbed();
    world.log.lines.clear();
    world.log.lines.shrink_to_fit();
  };
  Usage early, late;
  for (int i = 0; i < 6; ++i) {
    live(scaled(300));
    (i < 2 ? early : late).note();
  }
  late.expect_as(early);
}

}  // namespace
}  // namespace aemp::raw
