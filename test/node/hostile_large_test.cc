// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Messages in fragments that break the rules.
#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

constexpr std::size_t kLimit = 1u << 20;

Config config() {
  Config config = victim_config();
  config.max_message = kLimit;
  return config;
}

// A text of n bytes as an item.
Bytes long_text(std::size_t n) { return values(std::string(n, 'x')); }

std::vector<Bytes> cut(const Bytes& whole, std::size_t size) {
  std::vector<Bytes> parts;
  for (std::size_t at = 0; at < whole.size(); at += size) {
    const auto begin = whole.begin() + static_cast<std::ptrdiff_t>(at);
    parts.emplace_back(
        begin, at + size < whole.size() ? begin + static_cast<std::ptrdiff_t>(size) : whole.end());
  }
  return parts;
}

TEST(HostileLarge, InterleavedForTwoPortsIsFine) {
  World world(config());
  const Port other = world.node.port([&](Message m) { world.got.push_back("other " + m.json()); });
  ++world.ports;
  const auto peer = world.intruder();
  const auto parts = cut(long_text(900), 10);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    peer->send(fragment(home(world.target.serial()), kFrameData, parts[i], last) +
               fragment(home(other.serial()), kFrameData, parts[i], last));
  }
  EXPECT_TRUE(world.answers(*peer));
  ASSERT_EQ(world.got.size(), 2u);
  EXPECT_EQ("other " + world.got[0], world.got[1]);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileLarge, NineAtOnce) {
  World world(config());
  const auto peer = world.intruder();
  for (std::uint64_t i = 1; i <= 9; ++i) {
    peer->send(fragment(home(i), kFrameData, {0x5a, 0, 1, 0, 0}, false));
  }
  world.expect_protocol_error(*peer, "FRAG: more than 8 large messages at once");
  world.expect_undisturbed();
}

TEST(HostileLarge, MoreThanMaxMessageInOneOrInAll) {
  World world(config());
  std::uint64_t incarnation = 0x1000;
  for (const std::uint64_t ports : {1u, 8u}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    for (std::uint64_t sent = 0, i = 0; sent < 2 * kLimit; sent += 60'000, ++i) {
      peer->send(fragment(home(1000 + i % ports), kFrameData, Bytes(60'000), false));
    }
    world.expect_protocol_error(*peer, "bytes, the announced max_message");
  }
  // Exactly as large as announced is delivered.
  const auto peer = world.intruder("intruder", ++incarnation);
  const auto parts = cut(long_text(kLimit - 5), kFragmentBytes);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    peer->send(fragment(home(world.target.serial()), kFrameData, parts[i], i + 1 == parts.size()));
  }
  EXPECT_TRUE(world.answers(*peer));
  ASSERT_EQ(world.got.size(), 1u);
  EXPECT_EQ(world.got[0].size(), kLimit - 5 + 4);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileLarge, OtherFramesForThePortOfAnOpenMessage) {
  World world(config());
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  const Bytes open = fragment(dest, kFrameData, values(1), false);
  const struct {
    Bytes next;
    const char* why;
  } kCases[] = {
      {frame(kFrameData, dest + values(2)), "DATA within a large message to the same port"},
      {frame(kFrameKil, dest), "KIL within a large message to the same port"},
      {frame(kFrameMon, dest), "MON within a large message to the same port"},
      {frame(kFrameUnmon, dest), "UNMON within a large message to the same port"},
      {fragment(dest, kFrameKil, values(2), true), "FRAG: the inner type has changed"},
  };
  for (const auto& wrong : kCases) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(open + wrong.next);
    world.expect_protocol_error(*peer, wrong.why);
  }
  auto peer = world.intruder("intruder", ++incarnation);
  peer->send(fragment(spawned(9), kFrameSpawn, values("f"), false) +
             frame(kFrameSpawn, varint(9) + values("f")));
  world.expect_protocol_error(*peer, "SPAWN within a large message to the same port");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(open + frame(kFrameDown, dest + values("no")) + frame(kFrameData, home(99)) +
             fragment(dest, kFrameData, {}, true));
  EXPECT_TRUE(world.answers(*peer)) << "a DOWN names a port of the other side";
  EXPECT_EQ(world.got, std::vector<std::string>{"[1]"});
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileLarge, InnerTypesThatAreNotAllowed) {
  World world(config());
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  for (const int inner : {0x00, 0x03, 0x04, 0x07, 0x08, 0x0a, 0x0d, 0x0e, 0x0f, 0x10, 0x7f}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(fragment(dest, static_cast<std::uint8_t>(inner), values(1), true));
    world.expect_protocol_error(*peer, "cannot come in fragments");
  }
  auto peer = world.intruder("intruder", ++incarnation);
  peer->send(fragment(dest, kFrameSpawn, values("f"), true));
  world.expect_protocol_error(*peer, "FRAG: a SPAWN must name a port of the sender");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(fragment(dest, kFrameData, {}, false));
  world.expect_protocol_error(*peer, "FRAG: an empty fragment");
  peer = world.intruder("intruder", ++incarnation);
  peer->send(frame(kFrameFrag, dest));
  world.expect_protocol_error(*peer, "FRAG: there is no inner type");
  world.expect_undisturbed();
}

TEST(HostileLarge, MalformedWhenItIsComplete) {
  World world(config());
  std::uint64_t incarnation = 0x1000;
  const Bytes dest = home(world.target.serial());
  const Bytes whole = long_text(1000);
  for (const std::uint8_t inner : {kFrameData, kFrameKil, kFrameDown}) {
    const auto peer = world.intruder("intruder", ++incarnation);
    peer->send(fragment(dest, inner, Bytes(whole.begin(), whole.begin() + 500), false) +
               fragment(dest, inner, Bytes(whole.begin() + 500, whole.end() - 1), true));
    world.expect_protocol_error(*peer, std::string(frame_word(inner)) + ": malformed values");
  }
  const auto peer = world.intruder("intruder", ++incarnation);
  peer->send(fragment(spawned(1), kFrameSpawn, values(1, "f"), true));
  world.expect_protocol_error(*peer, "SPAWN: the function's name is not a text");
  world.expect_undisturbed();
}

TEST(HostileLarge, OneByteAtATimeForEver) {
  Config small = config();
  small.max_message = 4096;
  World world(small);
  const auto peer = world.intruder();
  const Bytes dest = home(world.target.serial());
  for (int i = 0; i < 6000; ++i) peer->send(fragment(dest, kFrameData, {0x01}, false));
  world.expect_protocol_error(*peer, "bytes, the announced max_message");
  world.expect_undisturbed();
}

TEST(HostileLarge, WhatIsLeftOpenIsFreedWithTheLink) {
  World world(config());
  std::uint64_t incarnation = 0x1000;
  const auto leave_open = [&] {
    const auto peer = world.intruder("intruder", ++incarnation);
    for (std::uint64_t i = 1; i <= 8; ++i) {
      peer->send(fragment(home(i), kFrameData, Bytes(60'000, 0x5a), false) +
                 fragment(home(i), kFrameData, Bytes(60'000, 0x5a), false));
    }
    EXPECT_TRUE(world.answers(*peer));
  };
  for (int i = 0; i < 10; ++i) leave_open();
  world.expect_undisturbed();
  const std::size_t before = resident_bytes();
  for (int i = 0; i < 100; ++i) leave_open();
  world.expect_undisturbed();
  EXPECT_LE(resident_bytes(), before + (8u << 20));
}

}  // namespace
}  // namespace aemp::raw
