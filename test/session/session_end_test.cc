// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How links end: finished, refused, lost, given up; and what still arrives.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "session/session.h"
#include "support/session_pair.h"

namespace aemp {
namespace {

using By = CloseInfo::By;
using wire_test::bytes;
using wire_test::Bytes;
using wire_test::text_item;

class SessionEndTest : public testing::Test, protected memory::SessionWorld {};

TEST_F(SessionEndTest, FinishLosesNothingWithUnreadInputOnBothSides) {
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

TEST_F(SessionEndTest, BothEndsMayFinishAtOnce) {
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

TEST_F(SessionEndTest, FinishWritesOnAfterTheOtherEndsClose) {
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

TEST_F(SessionEndTest, DeliversWhatCameBeforeTheEnd) {
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

TEST_F(SessionEndTest, DeliversMoreThanATurnsFramesBeforeTheEnd) {
  connect();
  for (int i = 0; i < 3000; ++i) a_sends(bytes("01"));
  reactor.run_once(0);
  a_session->abandon();
  a.closes = 1;
  settle();
  EXPECT_EQ(b.packets, 3000u);
  EXPECT_EQ(b.closes, 1);
}

TEST_F(SessionEndTest, AnEndWithinAFrameIsNotClean) {
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

TEST_F(SessionEndTest, AWriteErrorDoesNotStopReading) {
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

TEST_F(SessionEndTest, AReadErrorIsTheNetworks) {
  connect();
  host.sockets.break_input(b_fd, ECONNRESET);
  settle();
  EXPECT_EQ(b.closed.by, By::network);
  EXPECT_NE(b.closed.text.find("reset"), std::string::npos) << b.closed.text;
}

TEST_F(SessionEndTest, AProtocolErrorIsToldToBothSides) {
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

TEST_F(SessionEndTest, ACloseGoesBehindTheFrameThatIsPartlyWritten) {
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

TEST_F(SessionEndTest, ALastCloseFrameIsWaitedForOneSecondOnly) {
  const int far = adopt_stranger();
  say(far, bytes("'AEMP' 01 7f 00 00 00 03 01 00 00"));
  settle();
  EXPECT_EQ(b.closed.code, CloseCode::bad_hello);
  EXPECT_TRUE(host.sockets.is_open(b_fd));
  run_for(1100 * kMillisecond);
  EXPECT_FALSE(host.sockets.is_open(b_fd));
}

// Over TCP without a secret anybody on the machine could make a node hold descriptors in no count.
TEST_F(SessionEndTest, NobodyIsWaitedForWhoIsRefusedWithoutASecret) {
  const Address loopback = Address::tcp4(127, 0, 0, 1, 4040);
  b_config.insecure = true;
  const auto [far, near] = host.sockets.pair(loopback, loopback);
  b_session = Session::adopt(reactor, pool, b_config, near, loopback, b);
  say(far, bytes("'AEMP' 01 7f 00 00 00 03 01 00 00"));
  settle();
  EXPECT_EQ(b.closed.code, CloseCode::bad_hello);
  EXPECT_FALSE(host.sockets.is_open(near));
  EXPECT_NE(hear(far).size(), 0u) << "it is told why nevertheless";
}

TEST_F(SessionEndTest, AbandonInsideACallbackIsTheLastThingThatHappens) {
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

TEST_F(SessionEndTest, MayBeAbandonedInEveryCall) {
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

TEST_F(SessionEndTest, CallsAfterTheEndDoNothing) {
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

// What came behind the frame that could not be handled must not be delivered: that would be a hole.
TEST_F(SessionEndTest, AnExceptionOfTheOwnersEndsIt) {
  connect();
  int thrown = 0;
  reactor.set_error_hook([&](std::string_view) { ++thrown; });
  b.packet = [](Session&, const Packet& p) {
    if (p.items[0] == 0x02) throw std::runtime_error("two");
  };
  for (std::uint8_t i = 1; i <= 4; ++i) a_sends({i});
  settle();
  EXPECT_EQ(thrown, 1);
  EXPECT_EQ(b.all(), "hello ann, DATA 01, DATA 02, closed");
  EXPECT_EQ(b.closed.text, "out of memory");
  EXPECT_EQ(a.closes, 1);
}

// Cuts the connection after every byte of an exchange of 3 messages: an ordered prefix arrives,
// then one close.
TEST_F(SessionEndTest, AnOrderedPrefixArrivesWhereverItIsCut) {
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
