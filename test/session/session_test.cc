// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sessions with each other, while they are up.
#include "session/session.h"

#include <gtest/gtest.h>

#include "support/session_pair.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::text_item;

class SessionTest : public testing::Test, protected memory::SessionWorld {};

TEST_F(SessionTest, ComesUpInBothRoles) {
  last_link = 5;
  connect();
  EXPECT_EQ(a.all(), "hello bob, ready");
  EXPECT_EQ(b.all(), "hello ann");
  EXPECT_TRUE(a_session->is_up());
  EXPECT_TRUE(b_session->is_up());
  EXPECT_TRUE(a_session->is_initiator());
  EXPECT_FALSE(b_session->is_initiator());
  EXPECT_EQ(a_session->link_id(), 0x77u);
  EXPECT_EQ(b_session->link_id(), 0x77u);
  EXPECT_EQ(b_session->peer().last_link, 5u);
  EXPECT_EQ(a_session->peer().seen_address, b_session->address().str());
}

TEST_F(SessionTest, TellsOfTheHandshakesBytes) {
  connect();
  EXPECT_EQ(a_session->bytes_in(), b_session->bytes_out());
  EXPECT_EQ(a_session->bytes_out(), b_session->bytes_in());
  EXPECT_LE(a_session->bytes_in(), kMaxHandshakeBytes);
  EXPECT_GT(a_session->bytes_in(), 0u);
}

TEST_F(SessionTest, DeliversInOrderWhateverTheReadsAndWritesAre) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{13}, SIZE_MAX}) {
    SessionWorld world;
    world.host.sockets.read_max = world.host.sockets.write_max = piece;
    world.connect();
    ASSERT_TRUE(world.a_session->is_up() && world.b_session->is_up()) << piece;
    for (std::uint8_t i = 0; i < 20; ++i) {
      world.a_sends({i});
      world.b_sends(text_item(3 + i));
    }
    world.settle();
    ASSERT_EQ(world.b.log.size(), 21u) << piece;
    ASSERT_EQ(world.a.log.size(), 22u) << piece;
    for (std::uint8_t i = 0; i < 20; ++i) {
      EXPECT_EQ(world.b.log[1 + i], "DATA " + wire_test::hex({&i, 1}));
    }
    EXPECT_EQ(world.b_session->messages_in(), 20u);
    EXPECT_EQ(world.a_session->messages_out(), 20u);
    world.a_session->finish();
    world.b_session->finish();
    world.settle();
    EXPECT_EQ(world.a.closes, 1);
    EXPECT_EQ(world.b.closes, 1);
    EXPECT_EQ(world.host.sockets.open_count(), 1u) << "the listener";
  }
}

TEST_F(SessionTest, AQuietTurnIsOneWaitOneReadOneWrite) {
  connect();
  b.packet = [this](Session&, const Packet&) { b_sends(bytes("02")); };
  a.packet = [this](Session&, const Packet&) { a_sends(bytes("01")); };
  a_sends(bytes("01"));
  for (int i = 0; i < 10; ++i) reactor.run_once(0);
  const std::uint64_t waits = host.polling.waits, reads = host.sockets.reads,
                      writes = host.sockets.writes, changes = host.polling.changes;
  for (int i = 0; i < 100; ++i) reactor.run_once(0);
  EXPECT_EQ(host.polling.waits - waits, 100u);
  EXPECT_EQ(host.sockets.reads - reads, 100u);
  EXPECT_EQ(host.sockets.writes - writes, 100u);
  EXPECT_EQ(host.polling.changes, changes);
}

TEST_F(SessionTest, HoldsNoBlockWhileIdle) {
  connect();
  a_sends(text_item(200));
  settle();
  EXPECT_EQ(b.packets, 1u);
  EXPECT_EQ(pool.taken(), 0u);
}

TEST_F(SessionTest, HoldsNoBlockWhileClosing) {
  connect();
  host.sockets.capacity = 10;
  a_sends(text_item(100));
  reactor.run_once(0);
  EXPECT_EQ(pool.taken(), 2u) << "the rest of the frame here, its beginning there";
  host.sockets.set_blocked(b_fd, true);  // it waits for the other end's close
  b_session->close_with(CloseCode::going, "enough");
  host.sockets.capacity = 1000;
  settle();
  EXPECT_EQ(b.closes, 1);
  EXPECT_TRUE(host.sockets.is_open(b_fd));
  a_queue.clear();
  EXPECT_EQ(pool.taken(), 0u);
}

TEST_F(SessionTest, WritesWithManyBlocksInTheQueue) {
  connect();
  for (int i = 0; i < 60; ++i) a_sends(text_item(65'541));
  settle();
  EXPECT_EQ(b.packets, 60u);
  EXPECT_TRUE(a_queue.empty());
  EXPECT_EQ(pool.taken(), 0u);
}

TEST_F(SessionTest, AsksForRoomOnlyWhenThereIsNone) {
  connect();
  host.sockets.capacity = 100;
  host.sockets.set_blocked(b_fd, true);
  a_sends(text_item(90));
  settle();
  EXPECT_EQ(host.polling.interest(b_fd - 1), kReadable);
  a_sends(text_item(90));
  settle();
  EXPECT_EQ(host.polling.interest(b_fd - 1), kReadable | kWritable);
  const std::uint64_t writes = host.sockets.writes;
  a_sends(text_item(90));
  settle();
  EXPECT_EQ(host.sockets.writes, writes) << "a full socket is not tried again";
  host.sockets.set_blocked(b_fd, false);
  settle();
  EXPECT_EQ(b.packets, 3u);
  EXPECT_EQ(host.polling.interest(b_fd - 1), kReadable);
}

TEST_F(SessionTest, PassesLargeMessages) {
  connect();
  for (const std::size_t size : {66'000u, 66'048u, 200'000u, 1'000'000u}) {
    const Bytes item = text_item(size);
    a_sends(item);
    settle();
    ASSERT_EQ(a.closes, 0) << b.closed.text;
    EXPECT_EQ(b.last_items, std::string(item.begin(), item.end())) << size;
  }
  EXPECT_EQ(b_session->messages_in(), 4u);
}

TEST_F(SessionTest, ReadsSoManyFramesATurn) {
  connect();
  for (int i = 0; i < 5000; ++i) a_sends(bytes("01"));
  reactor.run_once(0);
  const std::uint64_t first = b.packets;
  EXPECT_GE(first, kSmallBlockBytes / 8) << "what fits into a first block";
  EXPECT_LE(first, 2048u);
  reactor.run_once(0);
  EXPECT_GE(b.packets - first, 1024u);
  EXPECT_LE(b.packets - first, 2048u);
  settle();
  EXPECT_EQ(b.packets, 5000u);
}

TEST_F(SessionTest, AFloodLeavesOthersTheirTurn) {
  connect();
  SessionWorld quiet;
  memory::Recorder other;
  const auto [far, near] = host.sockets.pair(Address::local(""), address);
  Session* third = Session::adopt(reactor, pool, b_config, near, Address::local(""), other);
  for (int i = 0; i < 5000; ++i) a_sends(bytes("01"));
  say(far, bytes("'AEMP' 01 7f 00 00"));
  reactor.run_once(0);
  reactor.run_once(0);
  EXPECT_LT(b.packets, 5000u);
  EXPECT_FALSE(hear(far).empty()) << "it was answered in between";
  third->abandon();
}

// --- holding ---

TEST_F(SessionTest, NothingPassesWhileHeld) {
  connect();
  b_session->hold(true);
  a_sends(bytes("01"));
  b_sends(bytes("02"));
  settle();
  EXPECT_EQ(b.packets, 0u);
  EXPECT_EQ(a.packets, 0u);
  EXPECT_EQ(settle(), 0) << "a held session keeps no loop busy";
  b_session->hold(false);
  settle();
  EXPECT_EQ(b.packets, 1u);
  EXPECT_EQ(a.packets, 1u);
}

TEST_F(SessionTest, CanBeHeldBetweenTwoFrames) {
  connect();
  b.packet = [this](Session& s, const Packet&) {
    if (b.packets == 2) s.hold(true);
  };
  for (std::uint8_t i = 1; i <= 4; ++i) a_sends({i});
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01, DATA 02");
  b.packet = nullptr;
  b_session->hold(false);
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01, DATA 02, DATA 03, DATA 04");
}

TEST_F(SessionTest, IsNotSilentWhileItIsHeld) {
  connect();
  b_session->hold(true);
  run_for(60 * kSecond);
  EXPECT_EQ(b.closes, 0);
  EXPECT_EQ(a.closes, 0) << "pings go out all the same";
  b_session->hold(false);
  run_for(10 * kSecond);
  EXPECT_EQ(b.closes + a.closes, 0);
}

// --- attaching ---

TEST_F(SessionTest, WritesNothingOfADetachedQueue) {
  connect();
  a_session->attach(nullptr);
  a_sends(bytes("01"));
  settle();
  EXPECT_EQ(b.packets, 0u);
  a_session->attach(&a_queue);
  settle();
  EXPECT_EQ(b.packets, 1u);
}

TEST_F(SessionTest, EndsTheFrameItHasBegunWhenDetached) {
  connect();
  host.sockets.capacity = 50;
  host.sockets.set_blocked(b_fd, true);
  a_sends(text_item(100));
  a_sends(bytes("02"));
  settle();
  a_session->attach(nullptr);
  EXPECT_EQ(a_queue.bytes(), 6u);
  a_session->control(kFrameIdleAsk);
  host.sockets.set_blocked(b_fd, false);
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA of 100, IDLE_ASK");
  EXPECT_EQ(a_session->messages_out(), 1u);
  a_session->attach(&a_queue);
  settle();
  EXPECT_EQ(b.log.back(), "DATA 02");
  EXPECT_EQ(a_session->messages_out(), 2u);
}

// --- control frames ---

TEST_F(SessionTest, PingIsAnsweredWithItsNonceAndTime) {
  connect();
  host.sockets.set_blocked(b_fd, true);
  a_session->ping(42);
  run_for(30 * kMillisecond);
  host.sockets.set_blocked(b_fd, false);
  settle();
  EXPECT_EQ(a.log.back(), "pong 42 30");
  EXPECT_EQ(a_session->rtt(), 30 * kMillisecond);
  EXPECT_EQ(b.packets, 0u) << "PING is no matter of the owner";
}

TEST_F(SessionTest, PingGoesAheadOfTheQueueBetweenFrames) {
  for (std::size_t room = 1; room < 120; ++room) {
    SessionWorld world;
    world.connect();
    world.host.sockets.set_blocked(world.b_fd, true);
    world.host.sockets.capacity = room;
    for (int i = 0; i < 3; ++i) world.a_sends(text_item(30));
    world.settle();
    world.a_session->ping(7);
    world.settle();
    world.host.sockets.capacity = 1000;
    world.settle();
    // 35 bytes a frame; PING stands behind the one that had been begun.
    Bytes stream = world.hear(world.b_fd);
    ASSERT_TRUE(stream.empty());
    world.host.sockets.set_blocked(world.b_fd, false);
    stream = world.hear(world.b_fd);
    ASSERT_EQ(stream.size(), 3 * 35u + 12u);
    const std::size_t at = std::min<std::size_t>((room + 34) / 35 * 35, 3 * 35);
    EXPECT_EQ(stream[at + 3], kFramePing) << room;
    world.b_session->abandon();
    world.b.closes = 1;
  }
}

TEST_F(SessionTest, AnswersToPingsDoNotPileUp) {
  connect();
  host.sockets.set_blocked(b_fd - 1, true);
  host.sockets.capacity = 64;
  for (int i = 0; i < 2000; ++i) {
    a_session->ping(static_cast<std::uint64_t>(i));
    settle();
  }
  const std::uint64_t written = b_session->bytes_out();
  host.sockets.capacity = 1 << 20;
  settle();
  EXPECT_LT(b_session->bytes_out() - written, 6000u);
}

TEST_F(SessionTest, UnknownFramesThatMayBeSkippedAre) {
  connect();
  a_queue.frame(0x90, "xyz", 3);
  a_sends(bytes("01"));
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01");
}

}  // namespace
}  // namespace aemp
