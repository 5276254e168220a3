// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How a session finds out that its peer is gone, in virtual time.
#include <gtest/gtest.h>

#include "session/session.h"
#include "support/session_pair.h"

namespace aemp {
namespace {

using By = CloseInfo::By;
using wire_test::bytes;

class SessionLivenessTest : public testing::Test, protected memory::SessionWorld {
 protected:
  void set_timeouts(Nanos a_timeout, Nanos b_timeout) {
    a_config.heartbeat_timeout = a_timeout;
    a_config.own.heartbeat_ms = static_cast<std::uint32_t>(a_timeout / kMillisecond);
    b_config.heartbeat_timeout = b_timeout;
    b_config.own.heartbeat_ms = static_cast<std::uint32_t>(b_timeout / kMillisecond);
  }
  // Nothing reaches `fd` any more.
  void silence(int fd) { host.sockets.set_blocked(fd, true); }
  int a_fd() const { return b_fd - 1; }
};

// Blocks the loop, once a turn.
class Blocker final : public Resumable {
 public:
  Blocker(Reactor& reactor, memory::MemoryHost& host, Nanos span)
      : reactor_(reactor), host_(host), span_(span) {
    reactor_.resume_later(*this);
  }
  void resume() override {
    host_.time += span_;
    if (again) reactor_.resume_later(*this);
  }
  bool again = false;

 private:
  Reactor& reactor_;
  memory::MemoryHost& host_;
  Nanos span_;
};

TEST_F(SessionLivenessTest, QuietLinksStayUp) {
  connect();
  const std::uint64_t before = a_session->bytes_in();
  run_for(120 * kSecond);
  EXPECT_TRUE(a_session->is_up());
  EXPECT_TRUE(b_session->is_up());
  // A PING and a PONG of 12 bytes every 2 s in each direction is the most.
  EXPECT_LE(a_session->bytes_in() - before, 60u * 24 + 24);
  EXPECT_GT(a_session->rtt(), 0);
}

TEST_F(SessionLivenessTest, EachSideKeepsTheOthersTime) {
  set_timeouts(30 * kMillisecond, 60 * kSecond);
  connect();
  run_for(10 * kSecond);
  EXPECT_TRUE(a_session->is_up());
  EXPECT_TRUE(b_session->is_up());
}

TEST_F(SessionLivenessTest, ASilentPeerIsDownAfterItsTime) {
  connect();
  silence(a_fd());
  run_for(5990 * kMillisecond);
  EXPECT_EQ(a.closes, 0);
  run_for(30 * kMillisecond);
  ASSERT_EQ(a.closes, 1);
  EXPECT_EQ(a.closed.by, By::network);
  EXPECT_EQ(a.closed.code, CloseCode::timeout);
  EXPECT_EQ(a.closed.text, "silent for 6000 ms");
  EXPECT_EQ(a.silent, 6 * kSecond);
  EXPECT_TRUE(a.closed.was_up);
}

TEST_F(SessionLivenessTest, HalfAFrameAndSilenceIsDownToo) {
  connect();
  host.sockets.capacity = 3;
  a_sends(bytes("01"));
  settle();
  host.sockets.capacity = 0;
  run_for(7 * kSecond);
  EXPECT_EQ(b.closes, 1);
  EXPECT_EQ(b.closed.code, CloseCode::timeout);
}

TEST_F(SessionLivenessTest, AnyByteCountsAsLife) {
  connect();
  host.sockets.capacity = 0;
  for (int i = 0; i < 15; ++i) {
    a_sends(bytes("01"));
    host.sockets.capacity = 1;
    run_for(5 * kSecond);
  }
  EXPECT_EQ(b.closes, 0);
}

TEST_F(SessionLivenessTest, AShortTimeIsKeptExactly) {
  set_timeouts(30 * kMillisecond, 30 * kMillisecond);
  connect();
  run_for(kSecond);
  ASSERT_EQ(a.closes + b.closes, 0);
  silence(b_fd);
  run_for(45 * kMillisecond);
  EXPECT_EQ(b.closes, 1);
  EXPECT_LE(b.silent, 35 * kMillisecond);
}

TEST_F(SessionLivenessTest, ABlockedLoopReadsBeforeItJudges) {
  connect();
  b_sends(bytes("01"));
  Blocker blocker(reactor, host, 20 * kSecond);
  settle();
  EXPECT_EQ(a.closes + b.closes, 0);
  run_for(20 * kSecond);
  EXPECT_EQ(a.closes + b.closes, 0);
}

TEST_F(SessionLivenessTest, TheOwnLatenessIsNotThePeersSilence) {
  connect();
  silence(a_fd());
  run_for(3 * kSecond);
  Blocker blocker(reactor, host, 10 * kSecond);
  settle();
  EXPECT_EQ(a.closes, 0);
  run_for(2 * kSecond);
  EXPECT_EQ(a.closes, 0) << "5 s of silence and 10 s of lateness";
  run_for(5 * kSecond);
  EXPECT_EQ(a.closes, 1);
  EXPECT_GE(a.late, 10 * kSecond);
}

TEST_F(SessionLivenessTest, EachSilenceIsJudgedAnew) {
  connect();
  for (int round = 0; round < 3; ++round) {
    silence(a_fd());
    Blocker blocker(reactor, host, 10 * kSecond);
    settle();
    run_for(2 * kSecond);
    EXPECT_EQ(a.closes, 0) << round;
    host.sockets.set_blocked(a_fd(), false);
    run_for(20 * kSecond);
  }
  EXPECT_EQ(a.closes + b.closes, 0);
}

TEST_F(SessionLivenessTest, ALoopThatIsAlwaysLateStillNotices) {
  connect();
  silence(a_fd());
  Blocker blocker(reactor, host, 50 * kMillisecond);
  blocker.again = true;
  const Nanos start = host.time;
  while (a.closes == 0 && host.time < start + 60 * kSecond) reactor.run_once(0);
  EXPECT_EQ(a.closes, 1);
  EXPECT_GE(host.time - start, 6 * kSecond);
  EXPECT_LE(host.time - start, 20 * kSecond);
}

TEST_F(SessionLivenessTest, FramesThatWaitForTheirTurnAreNoSilence) {
  set_timeouts(30 * kMillisecond, 30 * kMillisecond);
  connect();
  // Some 20 turns of 9 ms, none of which is late.
  b.packet = [this](Session&, const Packet&) { host.time += 9 * kMicrosecond; };
  for (int i = 0; i < 20'000; ++i) a_sends(bytes("01"));
  settle();
  EXPECT_EQ(b.packets, 20'000u);
  EXPECT_EQ(b.closes, 0);
}

TEST_F(SessionLivenessTest, ReadsBeforeItJudges) {
  connect();
  host.polling.muted = a_fd();
  run_for(7 * kSecond);
  EXPECT_EQ(a.closes, 0) << "what the poller has not told of counts";
}

TEST_F(SessionLivenessTest, PingsGoOutWhileOnlyTheOtherSends) {
  connect();
  for (int i = 0; i < 60; ++i) {
    b_sends(bytes("01"));
    run_for(500 * kMillisecond);
  }
  EXPECT_EQ(a.closes + b.closes, 0);
  EXPECT_GT(a_session->bytes_out(), 12u * 10);
}

TEST_F(SessionLivenessTest, ABlockedSocketIsNotFilledWithPings) {
  connect();
  b_config.heartbeat_timeout = 600 * kSecond;
  host.sockets.capacity = 0;
  a_sends(bytes("01"));
  const std::uint64_t writes = host.sockets.writes;
  run_for(5 * kSecond);
  EXPECT_LE(host.sockets.writes - writes, 4u);
}

TEST_F(SessionLivenessTest, IdleLinksCauseFewTurns) {
  connect();
  const std::uint64_t turns = reactor.turns();
  run_for(60 * kSecond);
  // Each side: its timer every 2 s, and reading the other's PING and PONG.
  EXPECT_LE(reactor.turns() - turns, 60u / 2 * 8);
}

}  // namespace
}  // namespace aemp
