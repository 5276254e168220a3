// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T18: memory is allocated as data come, never because a length says that much will come.
#include <string>

#include "node/hostile_world.h"
#include "support/alloc_count.h"

namespace aemp::threats {
namespace {

using raw::be16;
using raw::Bytes;
using raw::fragment;
using raw::frame;
using raw::home;
using raw::operator+;

constexpr std::size_t kAnnounced = 64u << 20;
// What reading and refusing a connection may cost, beside the bytes that came.
constexpr std::size_t kSmall = 256u << 10;

// The head of a text, as CBOR has it, that says that so many bytes follow.
Bytes text_of(std::size_t n) {
  return {0x7a, static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
          static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
}

Config roomy() {
  Config c = raw::victim_config();
  c.max_message = 128u << 20;  // 64 MiB may come
  c.queue_limit = 256u << 20;
  return c;
}

class ThreatT18AnnouncedLength : public testing::Test {
 protected:
  // What the process allocates, in bytes, while the node deals with this.
  std::size_t cost_of(raw::RawPeer& peer, const Bytes& bytes) {
    const std::size_t before = test::allocated_bytes();
    peer.send(bytes);
    world.loop.run_until([&] { return peer.all_sent(); }, raw::kPatience);
    for (int i = 0; i < 50; ++i) world.exchange(1);
    return test::allocated_bytes() - before;
  }
  raw::World world{roomy()};
};

TEST_F(ThreatT18AnnouncedLength, AFrameOf64MiBAndOneByteIsRefused) {
  const auto peer = world.intruder();
  const std::size_t cost =
      cost_of(*peer, frame(kFrameData, home(world.target.serial()) + Bytes{1}, 0xffffff));
  EXPECT_LT(cost, kSmall);
  EXPECT_TRUE(peer->wait_closed());
  world.expect_line("a frame of 16777215 bytes");
}

TEST_F(ThreatT18AnnouncedLength, TheLargestFrameThatIsAllowedTakesABlockAtMost) {
  const auto peer = world.intruder();
  const std::size_t cost =
      cost_of(*peer, frame(kFrameData, home(world.target.serial()) + Bytes{1}, kMaxFrameBody));
  EXPECT_LT(cost, kSmall);
  EXPECT_FALSE(peer->closed());
}

TEST_F(ThreatT18AnnouncedLength, ATextOf64MiBAndOneByteInAMessage) {
  const auto peer = world.intruder();
  const std::size_t cost = cost_of(
      *peer, frame(kFrameData, home(world.target.serial()) + text_of(kAnnounced) + Bytes{'x'}));
  EXPECT_LT(cost, kSmall);
  EXPECT_TRUE(world.got.empty());
}

TEST_F(ThreatT18AnnouncedLength, ATextOf64MiBInALargeMessageOfWhichOneByteComes) {
  const auto peer = world.intruder();
  const std::size_t before = raw::resident_bytes();
  const std::size_t cost = cost_of(*peer, fragment(home(world.target.serial()), kFrameData,
                                                   text_of(kAnnounced) + Bytes{'x'}, false));
  EXPECT_LT(cost, kSmall);
  const std::size_t after = raw::resident_bytes();
  EXPECT_LT(after, before + (1u << 20));
  EXPECT_FALSE(peer->closed()) << "the rest may still come";
  std::printf("T18: 64 MiB announced, one byte sent: %zu bytes allocated, RSS grew by %zu KiB\n",
              cost, after > before ? (after - before) >> 10 : 0);
}

TEST_F(ThreatT18AnnouncedLength, AnArrayOfVeryManyElementsOfWhichNoneComes) {
  const auto peer = world.intruder();
  const Bytes head = {0x9a, 0x04, 0, 0, 0};  // 2^26 elements
  const std::size_t cost =
      cost_of(*peer, frame(kFrameData, home(world.target.serial()) + head + Bytes{1}));
  EXPECT_LT(cost, kSmall);
  EXPECT_TRUE(world.got.empty());
}

TEST_F(ThreatT18AnnouncedLength, AHelloIsAtMost1024BytesWhateverItSays) {
  raw::RawPeer peer(world.loop, world.address());
  const std::size_t cost = cost_of(peer, raw::greeting() + be16(0xffff) + Bytes{1});
  EXPECT_LT(cost, kSmall);
  EXPECT_TRUE(peer.wait_closed());
  EXPECT_EQ(world.node.stats().refused_failed, 1u) << "at once, not when its time is over";
}

}  // namespace
}  // namespace aemp::threats
