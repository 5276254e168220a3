// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes that are not the protocol, or stop in the middle of it.
#include <random>

#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

Bytes random_bytes(std::mt19937& random, std::size_t most) {
  Bytes out(random() % (most + 1));
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

class HostileBytes : public testing::TestWithParam<const char*> {
 protected:
  Config config() const {
    return victim_config(GetParam()[0] == '\0' ? abstract_address() : GetParam());
  }
};
INSTANTIATE_TEST_SUITE_P(Over, HostileBytes, testing::Values("", "127.0.0.1:0", "[::1]:0"),
                         [](const auto& info) {
                           if (info.index == 0) return std::string("Unix");
                           return std::string(info.index == 1 ? "Tcp4" : "Tcp6");
                         });

TEST_P(HostileBytes, RandomBytesInsteadOfAGreeting) {
  World world(config());
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    RawPeer peer(world.loop, world.address());
    const Bytes start = greeting();
    // Some get further than the greeting before it is nonsense.
    const auto kept = static_cast<std::ptrdiff_t>(random() % (start.size() + 1));
    peer.send(Bytes(start.begin(), start.begin() + kept) + random_bytes(random, 3000) +
              Bytes(kMaxHandshakeBytes, 0));
    EXPECT_TRUE(peer.wait_closed());
  }
  EXPECT_EQ(world.node.stats().refused, 200u);
  EXPECT_GE(world.log.count("connection from "), 100) << world.log.all();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, RandomBytesOnALink) {
  World world(config());
  std::mt19937 random(2);
  for (int i = 0; i < 100; ++i) {
    const auto peer = world.intruder("intruder" + std::to_string(i), 0x1000 + random());
    // Only a length over the limit ends it for certain.
    peer->send(random_bytes(random, 3000) + Bytes(kMaxFrameBody + 3 * kFrameHeaderBytes, 0xff));
    EXPECT_TRUE(peer->wait_closed());
  }
  EXPECT_EQ(world.log.count("is down: ended by us"), 100) << world.log.all();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, RandomFramesOnALink) {
  World world(config());
  std::mt19937 random(3);
  int links = 0;
  std::unique_ptr<RawPeer> peer;
  for (int i = 0; i < 1500; ++i) {
    if (!peer || peer->closed()) {
      peer = world.intruder("intruder", static_cast<std::uint64_t>(++links));
      peer->answer_pings = false;
    }
    peer->send(frame(static_cast<std::uint8_t>(random() % 20), random_bytes(random, 40)));
    world.answers(*peer);
  }
  EXPECT_GT(links, 100);
  peer->close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, FlippedBitsInAConversation) {
  World world(config());
  std::mt19937 random(4);
  const Bytes conversation =
      frame(kFrameSpawn, varint(1) + values("nobody", 1, "two")) +
      frame(kFrameData, home(world.target.serial()) + values(world.target, 5)) +
      frame(kFrameMon, home(world.target.serial())) +
      frame(kFrameData, node_port() + values("time", world.target, 1)) +
      fragment(spawned(1), kFrameData, values(1, 2.5, "text"), true) +
      frame(kFrameUnmon, home(world.target.serial())) + frame(kFramePing, be64(7)) +
      frame(kFrameBye, values("done"));
  for (int i = 0; i < 300; ++i) {
    Bytes bent = greeting() + packed(hello_of("intruder", 0x2222 + random())) + conversation;
    for (auto flips = 1 + random() % 3; flips != 0; --flips) {
      bent[random() % bent.size()] ^= static_cast<std::uint8_t>(1 << random() % 8);
    }
    RawPeer peer(world.loop, world.address());
    peer.send(bent);
    peer.shut_writing();
    EXPECT_TRUE(peer.wait_closed());
  }
  world.node.kil(world.target);  // unless a DATA has become a KIL before
  world.ports = 1;
  world.expect_undisturbed();
}

TEST_P(HostileBytes, SilenceAfterTheConnectionIsGivenUp) {
  World world(config());
  RawPeer peer(world.loop, world.address());
  ASSERT_TRUE(world.loop.run_until([&] { return world.node.stats().half_open == 1; }, kPatience));
  world.host.skip(1900ms);
  world.exchange();
  EXPECT_FALSE(peer.closed());
  world.host.skip(200ms);
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(peer.received(), 0u) << "a stranger was told something";
  world.expect_line("no link within");
  peer.close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, SilenceAfterTheGreetingIsGivenUp) {
  World world(config());
  RawPeer peer(world.loop, world.address());
  peer.send(greeting());
  EXPECT_TRUE(peer.hear_hello());
  world.host.skip(4900ms);
  world.exchange();
  EXPECT_FALSE(peer.closed());
  world.host.skip(200ms);
  EXPECT_TRUE(peer.wait_closed());
  world.expect_line("no link within");
  peer.close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, ASlowDripDoesNotExtendTheHandshake) {
  World world(config());
  const Bytes all = greeting() + packed(hello_of("intruder", 0x2222));
  const auto drip = [&](RawPeer& peer, std::size_t from) {
    std::size_t fed = from;
    for (; fed < all.size() && !peer.closed(); ++fed) {
      peer.send({all[fed]});
      world.host.skip(400ms);
      world.exchange();
    }
    return fed - from;
  };
  RawPeer first(world.loop, world.address());
  EXPECT_LE(drip(first, 0), 6u) << "the greeting has 2 s";
  EXPECT_EQ(first.received(), 0u);
  world.expect_line("no link within");

  RawPeer second(world.loop, world.address());
  second.send(greeting());
  EXPECT_TRUE(second.hear_hello());
  EXPECT_LE(drip(second, kGreetingBytes), 14u) << "all together has 5 s";
  world.expect_line("no link within");
  first.close();
  second.close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, OneByteAtATimeIsSlowButNotWrong) {
  World world(config());
  RawPeer peer(world.loop, world.address());
  const Bytes all = greeting() + packed(hello_of("intruder", 0x2222)) +
                    frame(kFrameData, home(world.target.serial()) + values(world.target, 777));
  for (const std::uint8_t byte : all) {
    peer.send({byte});
    world.loop.run_once(0ms);
  }
  EXPECT_TRUE(world.loop.run_until([&] { return !world.got.empty(); }, kPatience));
  EXPECT_EQ(world.got[0].find("[\"victim#"), 0u);
  peer.close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, HalfAFrameAndSilenceEndsByHeartbeat) {
  Config short_patience = config();
  short_patience.heartbeat_timeout = 60ms;
  World world(short_patience);
  const auto peer = world.intruder();
  peer->answer_pings = false;
  const Bytes whole = frame(kFrameData, home(world.target.serial()) + values(world.target, 5));
  peer->send(Bytes(whole.begin(), whole.end() - 3));
  EXPECT_TRUE(peer->wait_closed());
  world.expect_line("is down: ended by network: silent for");
  peer->close();
  world.expect_undisturbed();
}

TEST_P(HostileBytes, ConnectionsThatEndAtEveryByteOfAConversation) {
  World world(config());
  const Bytes all = greeting() + packed(hello_of("intruder", 0x2222)) +
                    frame(kFrameMon, home(world.target.serial())) +
                    frame(kFrameData, home(world.target.serial()) + values(world.target, 5));
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    RawPeer peer(world.loop, world.address());
    peer.send(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cut)));
    if (cut % 2 == 0) {
      peer.reset();
    } else {
      peer.shut_writing();
      EXPECT_TRUE(peer.wait_closed());
    }
  }
  world.expect_undisturbed();
}

}  // namespace
}  // namespace aemp::raw
