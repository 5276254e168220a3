// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sessions with each other: from dialling to the last byte.
#include "session/session.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "support/session_pair.h"

namespace aemp {
namespace {

using By = CloseInfo::By;
using State = Session::State;
using wire_test::bytes;
using wire_test::Bytes;
using wire_test::operator+;

class SessionTest : public testing::Test, protected memory::SessionWorld {};

// A text item of so many bytes in all, 3 to 255 or 65 541.
Bytes text_item(std::size_t size) {
  if (size < 300) return Bytes{0x78, static_cast<std::uint8_t>(size - 2)} + Bytes(size - 2, 'x');
  const std::size_t n = size - 5;
  return Bytes{0x7a, static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
               static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)} +
         Bytes(n, 'x');
}

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
  for (int i = 0; i < 3000; ++i) a_sends(bytes("01"));
  reactor.run_once(0);
  EXPECT_GE(b.packets, 1024u);
  EXPECT_LE(b.packets, 2048u);
  settle();
  EXPECT_EQ(b.packets, 3000u);
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

// --- ends ---

TEST_F(SessionTest, FinishLosesNothingWithUnreadInputOnBothSides) {
  for (const std::size_t piece : {std::size_t{7}, SIZE_MAX}) {
    SessionWorld world;
    world.connect();
    world.host.sockets.write_max = piece;
    for (std::uint8_t i = 0; i < 20; ++i) {
      world.a_sends({i});
      world.b_sends(text_item(100));
    }
    world.a_session->finish();
    world.settle();
    EXPECT_EQ(world.b.packets, 20u);
    EXPECT_EQ(world.b.log.back(), "closed");
    EXPECT_EQ(world.b.closed.by, By::peer);
    EXPECT_TRUE(world.b.closed.clean);
    EXPECT_EQ(world.a.log.back(), "closed");
    EXPECT_EQ(world.a.closed.by, By::us);
    EXPECT_TRUE(world.a.closed.clean);
  }
}

TEST_F(SessionTest, BothEndsMayFinishAtOnce) {
  connect();
  b.packet = [](Session& s, const Packet&) { s.finish(); };
  for (std::uint8_t i = 0; i < 20; ++i) {
    a_sends(text_item(100));
    b_sends(text_item(100));
  }
  a_session->finish();
  settle();
  EXPECT_EQ(a.closes, 1);
  EXPECT_EQ(b.closes, 1);
  EXPECT_TRUE(a_queue.empty());
  EXPECT_TRUE(b_queue.empty());
}

TEST_F(SessionTest, FinishWritesOnAfterTheOtherEndsClose) {
  connect();
  host.sockets.capacity = 100;
  host.sockets.set_blocked(b_fd, true);
  for (int i = 0; i < 10; ++i) a_sends(text_item(90));
  a_session->finish();
  settle();
  host.sockets.shutdown_write(b_fd);
  settle();
  EXPECT_EQ(a.closes, 0);
  b_session->abandon();
  b.closes = 1;
  settle();
  EXPECT_EQ(a.closes, 1);
}

TEST_F(SessionTest, DeliversWhatCameBeforeTheEnd) {
  connect();
  for (std::uint8_t i = 0; i < 5; ++i) a_sends({i});
  reactor.run_once(0);
  a_session->abandon();
  a.closes = 1;
  settle();
  EXPECT_EQ(b.packets, 5u);
  EXPECT_EQ(b.log.back(), "closed");
  EXPECT_EQ(b.closed.by, By::peer);
  EXPECT_TRUE(b.closed.clean);
  EXPECT_TRUE(b.closed.was_up);
}

TEST_F(SessionTest, DeliversMoreThanATurnsFramesBeforeTheEnd) {
  connect();
  for (int i = 0; i < 3000; ++i) a_sends(bytes("01"));
  reactor.run_once(0);
  a_session->abandon();
  a.closes = 1;
  settle();
  EXPECT_EQ(b.packets, 3000u);
  EXPECT_EQ(b.closes, 1);
}

TEST_F(SessionTest, AnEndWithinAFrameIsNotClean) {
  connect();
  host.sockets.capacity = 20;
  a_sends(text_item(100));
  reactor.run_once(0);
  a_session->abandon();
  a.closes = 1;
  settle();
  EXPECT_EQ(b.packets, 0u);
  EXPECT_FALSE(b.closed.clean);
  EXPECT_NE(b.closed.text.find("within a frame"), std::string::npos);
}

TEST_F(SessionTest, AWriteErrorDoesNotStopReading) {
  connect();
  a_sends(bytes("01"));
  reactor.run_once(0);
  host.sockets.break_output(b_fd);
  b_sends(bytes("02"));
  settle();
  a_sends(bytes("03"));
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01, DATA 03");
  EXPECT_EQ(host.polling.interest(b_fd), kReadable);
  a_session->finish();
  settle();
  EXPECT_EQ(b.log.back(), "closed");
}

TEST_F(SessionTest, AReadErrorIsTheNetworks) {
  connect();
  host.sockets.break_input(b_fd, ECONNRESET);
  settle();
  EXPECT_EQ(b.closed.by, By::network);
  EXPECT_NE(b.closed.text.find("reset"), std::string::npos) << b.closed.text;
}

TEST_F(SessionTest, AProtocolErrorIsToldToBothSides) {
  connect();
  b.packet = [this](Session& s, const Packet&) {
    s.protocol_error("serial 3 was used before");
    EXPECT_EQ(b.closes, 0) << "not from inside a call";
  };
  a_sends(bytes("01"));
  a_sends(bytes("02"));
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01, closed");
  EXPECT_EQ(b.closed.by, By::us);
  EXPECT_EQ(b.closed.code, CloseCode::protocol);
  EXPECT_EQ(b.closed.text, "serial 3 was used before");
  EXPECT_EQ(a.closed.by, By::peer);
  EXPECT_EQ(a.closed.code, CloseCode::protocol);
  EXPECT_EQ(a.closed.text, "serial 3 was used before");
  settle();
  EXPECT_EQ(host.sockets.open_count(), 1u);
}

TEST_F(SessionTest, ACloseGoesBehindTheFrameThatIsPartlyWritten) {
  connect();
  host.sockets.capacity = 50;
  host.sockets.set_blocked(b_fd, true);
  for (int i = 0; i < 3; ++i) a_sends(text_item(100));
  settle();
  a_session->close_with(CloseCode::overrun, "too much");
  a_queue.clear();
  settle();
  EXPECT_EQ(a.closes, 1);
  host.sockets.set_blocked(b_fd, false);
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA of 100, closed");
  EXPECT_EQ(b.closed.code, CloseCode::overrun);
}

TEST_F(SessionTest, ALastCloseFrameIsWaitedForOneSecondOnly) {
  const int far = adopt_stranger();
  say(far, bytes("'AEMP' 01 7f 00 00 00 03 01 00 00"));
  settle();
  EXPECT_EQ(b.closed.code, CloseCode::bad_hello);
  EXPECT_TRUE(host.sockets.is_open(b_fd));
  run_for(1100 * kMillisecond);
  EXPECT_FALSE(host.sockets.is_open(b_fd));
}

TEST_F(SessionTest, AbandonInsideACallbackIsTheLastThingThatHappens) {
  connect();
  b.packet = [](Session& s, const Packet& p) {
    s.abandon();
    EXPECT_EQ(p.items[0], 0x01) << "views live until the call returns";
  };
  b_sends(bytes("02"));
  for (std::uint8_t i = 1; i < 5; ++i) a_sends({i});
  settle();
  EXPECT_EQ(b.all(), "hello ann, DATA 01");
  EXPECT_EQ(a.closes, 1);
  EXPECT_EQ(pool.taken(), b_queue.empty() ? 0u : 1u);
  b.closes = 1;
}

TEST_F(SessionTest, MayBeAbandonedInEveryCall) {
  for (int which = 0; which < 5; ++which) {
    SessionWorld world;
    if (which == 0) world.a.hello = [](Session& s, const Hello&) { s.abandon(); };
    if (which == 1) world.b.hello = [](Session& s, const Hello&) { s.abandon(); };
    if (which == 2) world.a.ready = [](Session& s) { s.abandon(); };
    world.connect();
    if (which == 3) world.a_session->abandon();
    if (which == 4) {
      world.a_session->abandon();
      world.b_session->abandon();
      world.b.closes = 1;
    }
    if (which == 1) world.b.closes = 1;
    if (which != 1) world.a.closes = 1;
    world.settle();
    EXPECT_EQ(world.a.closes, 1) << which;
    EXPECT_EQ(world.b.closes, 1) << which;
    EXPECT_EQ(world.host.sockets.open_count(), 1u) << which;
  }
}

TEST_F(SessionTest, CallsAfterTheEndDoNothing) {
  connect();
  b.packet = [](Session& s, const Packet&) {
    s.close_with(CloseCode::going, "enough");
    s.close_with(CloseCode::protocol, "again");
    s.accept(9);
    s.proceed(9);
    s.refuse(CloseCode::crossed, "");
    s.attach(nullptr);
    s.hold(true);
    s.hold(false);
    s.ping(1);
    s.control(kFrameIdleAsk);
    s.finish();
    s.wake();
  };
  a_sends(bytes("01"));
  settle();
  EXPECT_EQ(b.closed.text, "enough");
  EXPECT_EQ(b.closes, 1);
  EXPECT_EQ(a.closed.code, CloseCode::going);
}

TEST_F(SessionTest, AnExceptionOfTheOwnersStopsNothing) {
  connect();
  int thrown = 0;
  reactor.set_error_hook([&](std::string_view) { ++thrown; });
  b.packet = [](Session&, const Packet& p) {
    if (p.items[0] == 0x02) throw std::runtime_error("two");
  };
  for (std::uint8_t i = 1; i <= 4; ++i) a_sends({i});
  settle();
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(b.all(), "hello ann, DATA 01, DATA 02, DATA 03, DATA 04");
}

// Cuts the connection after every byte of an exchange of 3 messages: an ordered prefix arrives,
// then one close.
TEST_F(SessionTest, AnOrderedPrefixArrivesWhereverItIsCut) {
  for (std::size_t cut = 0; cut < 30; ++cut) {
    SessionWorld world;
    world.connect();
    world.host.sockets.capacity = cut;
    for (std::uint8_t i = 1; i <= 3; ++i) world.a_sends(Bytes(i, i));
    world.settle();
    world.host.sockets.cut(world.b_fd);
    world.settle();
    const std::size_t ends[] = {6, 13, 21};
    const auto whole = std::count_if(std::begin(ends), std::end(ends),
                                     [&](std::size_t end) { return end <= cut; });
    EXPECT_LE(world.b.packets, 3u);
    EXPECT_GE(world.b.packets, static_cast<std::uint64_t>(whole));
    EXPECT_EQ(world.b.closes, 1);
    EXPECT_EQ(world.b.log.back(), "closed");
    EXPECT_EQ(world.a.closes, 1);
  }
}

}  // namespace
}  // namespace aemp
