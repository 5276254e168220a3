// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sessions until they are up: connecting, who is let in, strangers, time-outs.
#include <gtest/gtest.h>

#include <cerrno>

#include "session/session.h"
#include "support/session_pair.h"

namespace aemp {
namespace {

using By = CloseInfo::By;
using State = Session::State;
using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::operator+;

const Bytes kGreeting = bytes("'AEMP' 01 7f 00 00");

Bytes hello_of(const char* node, std::uint64_t incarnation) {
  Hello hello;
  hello.node_id = node;
  hello.incarnation = incarnation;
  Bytes body;
  encode_hello(hello, body);
  return Bytes{static_cast<std::uint8_t>(body.size() >> 8),
               static_cast<std::uint8_t>(body.size())} +
         body;
}

class SessionHandshakeTest : public testing::Test, protected memory::SessionWorld {
 protected:
  // The end comes from the loop, never from inside dial() or adopt().
  void expect_end(memory::Recorder& who, By by, CloseCode code, const char* text) {
    settle();
    ASSERT_EQ(who.closes, 1) << text;
    EXPECT_EQ(who.closed.by, by) << text;
    EXPECT_EQ(who.closed.code, code) << text;
    EXPECT_NE(who.closed.text.find(text), std::string::npos) << who.closed.text;
    EXPECT_FALSE(who.closed.was_up) << text;
  }
  void use_tcp(const Address& at) {
    address = at;
    listener = *host.sockets.listen(at);
  }
};

// --- connecting ---

TEST_F(SessionHandshakeTest, ARefusedConnectionIsReportedFromTheLoop) {
  address = Address::local("/run/nobody");
  dial();
  EXPECT_EQ(a.closes, 0);
  expect_end(a, By::network, CloseCode::none, "cannot connect: ");
}

TEST_F(SessionHandshakeTest, WaitsForAConnectionThatTakesTime) {
  host.sockets.hold_connects = true;
  dial();
  settle();
  EXPECT_EQ(a_session->state(), State::connecting);
  host.polling.spurious = listener + 1;
  settle();
  EXPECT_EQ(a_session->state(), State::connecting);
  run_for(3 * kSecond);
  host.sockets.finish_connect(b_fd = listener + 1, 0);
  adopt();
  settle();
  EXPECT_TRUE(a_session->is_up());
}

TEST_F(SessionHandshakeTest, AConnectionMayFailLater) {
  host.sockets.hold_connects = true;
  dial();
  settle();
  host.sockets.finish_connect(listener + 1, EHOSTUNREACH);
  expect_end(a, By::network, CloseCode::none, "cannot connect: No route to host");
}

TEST_F(SessionHandshakeTest, AConnectionMayBeLostBeforeItIsSeen) {
  host.sockets.hold_connects = true;
  dial();
  host.sockets.lose_connect(listener + 1);
  expect_end(a, By::network, CloseCode::none, "lost at once");
}

TEST_F(SessionHandshakeTest, AConnectionThatNeverComesTimesOut) {
  host.sockets.hold_connects = true;
  dial();
  run_for(4990 * kMillisecond);
  EXPECT_EQ(a.closes, 0);
  run_for(20 * kMillisecond);
  expect_end(a, By::network, CloseCode::timeout, "no connection within 5000 ms");
}

TEST_F(SessionHandshakeTest, MayBeAbandonedWhileConnecting) {
  host.sockets.hold_connects = true;
  dial();
  settle();
  a_session->abandon();
  a_session = nullptr;
  run_for(10 * kSecond);
  EXPECT_TRUE(a.log.empty());
}

// --- who is let in ---

TEST_F(SessionHandshakeTest, TcpNeedsInsecureOnBothEnds) {
  use_tcp(Address::tcp4(127, 0, 0, 1, 4040));
  dial();
  expect_end(a, By::us, CloseCode::refused, "aemp gensecret");
  EXPECT_EQ(host.sockets.accept(listener, nullptr), -EAGAIN) << "it was not even dialled";

  a = memory::Recorder();
  a_config.insecure = true;
  dial();
  adopt();
  EXPECT_EQ(b.closes, 0) << "not from inside adopt()";
  expect_end(b, By::us, CloseCode::refused, "aemp gensecret");
  expect_end(a, By::peer, CloseCode::none, "during the handshake");
  EXPECT_EQ(host.sockets.writes, 1u) << "the greeting; not one byte to a stranger";
}

TEST_F(SessionHandshakeTest, InsecureTcpWorksOnLoopback) {
  a_config.insecure = b_config.insecure = true;
  use_tcp(Address::tcp4(127, 0, 0, 1, 4040));
  connect();
  EXPECT_TRUE(a_session->is_up());
  EXPECT_TRUE(b_session->is_up());
}

TEST_F(SessionHandshakeTest, InsecureTcpStaysOnLoopback) {
  a_config.insecure = b_config.insecure = true;
  use_tcp(Address::tcp4(192, 0, 2, 1, 4040));
  dial();
  adopt();
  expect_end(a, By::us, CloseCode::refused, "192.0.2.1");
  expect_end(b, By::us, CloseCode::refused, "not loopback");
  EXPECT_EQ(host.sockets.writes, 0u);
}

TEST_F(SessionHandshakeTest, UnixSocketsNeedTheSameUser) {
  host.sockets.cred.uid = 1001;
  dial();
  adopt();
  expect_end(a, By::us, CloseCode::refused, "user 1001, not 1000");
  expect_end(b, By::us, CloseCode::refused, "user 1001, not 1000");
}

TEST_F(SessionHandshakeTest, UnixSocketsNeedToKnowTheUser) {
  host.sockets.cred.known = false;
  dial();
  adopt();
  expect_end(a, By::us, CloseCode::refused, "does not tell");
  expect_end(b, By::us, CloseCode::refused, "does not tell");
}

// --- the owners' answers ---

TEST_F(SessionHandshakeTest, TheRespondersAnswerMayComeLater) {
  b.hello = nullptr;
  connect();
  EXPECT_EQ(a.all(), "hello bob");
  EXPECT_EQ(b.all(), "hello ann");
  EXPECT_EQ(b_session->state(), State::deciding);
  run_for(kSecond);
  b_session->accept(3);
  EXPECT_TRUE(b_session->is_up());
  settle();
  EXPECT_EQ(a.all(), "hello bob, ready");
  EXPECT_EQ(a_session->link_id(), 3u);
}

TEST_F(SessionHandshakeTest, TheInitiatorsAnswerMayComeLater) {
  a.hello = nullptr;
  connect();
  EXPECT_EQ(b.all(), "");
  a_session->proceed(0);
  settle();
  EXPECT_EQ(b.all(), "hello ann");
  EXPECT_EQ(a.all(), "hello bob, ready");
}

TEST_F(SessionHandshakeTest, ARefusalReachesTheInitiator) {
  b.hello = [this](Session& s, const Hello&) {
    s.refuse(CloseCode::crossed, "the other one is kept");
    EXPECT_EQ(b.closes, 0);
  };
  connect();
  expect_end(b, By::us, CloseCode::crossed, "the other one is kept");
  expect_end(a, By::peer, CloseCode::crossed, "the other one is kept");
  EXPECT_EQ(host.sockets.open_count(), 1u);
}

TEST_F(SessionHandshakeTest, ARefusalMayComeLater) {
  b.hello = nullptr;
  connect();
  b_session->refuse(CloseCode::id_in_use, "taken");
  EXPECT_EQ(b.closes, 0);
  expect_end(b, By::us, CloseCode::id_in_use, "taken");
  expect_end(a, By::peer, CloseCode::id_in_use, "taken");
}

TEST_F(SessionHandshakeTest, AnInitiatorThatGivesUpIsNoticedWhileDeciding) {
  b.hello = nullptr;
  connect();
  a_session->abandon();
  a.closes = 1;
  expect_end(b, By::peer, CloseCode::none, "during the handshake");
}

TEST_F(SessionHandshakeTest, ALinkMayBeAcceptedTooLate) {
  const int far = adopt_stranger();
  say(far, kGreeting + hello_of("eve", 9));
  host.sockets.cut(far);
  settle();
  EXPECT_EQ(b.all(), "hello eve, closed");
  EXPECT_TRUE(b.closed.was_up);
}

TEST_F(SessionHandshakeTest, WhatFollowsReadyAtOnceIsRead) {
  b.hello = [this](Session& s, const Hello&) {
    s.accept(1);
    s.attach(&b_queue);
    b_sends(bytes("05"));
  };
  connect();
  EXPECT_EQ(a.all(), "hello bob, ready, DATA 05");
}

TEST_F(SessionHandshakeTest, InsistsOnTheDialledNode) {
  expected_node = "carl";
  connect();
  expect_end(a, By::us, CloseCode::wrong_node, "it is node bob, not carl");
  expect_end(b, By::peer, CloseCode::none, "during the handshake");
}

TEST_F(SessionHandshakeTest, NoticesThatItReachedItself) {
  b_config.own.incarnation = a_config.own.incarnation;
  connect();
  expect_end(a, By::us, CloseCode::self, "this node itself");
}

// --- strangers ---

TEST_F(SessionHandshakeTest, IsSilentTowardsStrangers) {
  for (const char* greeting :
       {"'GET / HTTP/1.1'", "00 00 00 00 00 00 00 00", "'AEMP' 01 7f 00 30"}) {
    b = memory::Recorder();
    const int far = adopt_stranger();
    say(far, bytes(greeting));
    expect_end(b, By::us, CloseCode::protocol, "greeting");
    EXPECT_TRUE(hear(far).empty()) << greeting;
    EXPECT_FALSE(host.sockets.is_open(b_fd));
  }
}

TEST_F(SessionHandshakeTest, AnswersAForeignVersion) {
  const int far = adopt_stranger();
  say(far, bytes("'AEMP' 07 7f 00 00"));
  expect_end(b, By::us, CloseCode::version, "version 7");
  EXPECT_EQ(hex(hear(far)), "41 45 4d 50 01 00 00 00");
}

TEST_F(SessionHandshakeTest, UnderstandsAForeignVersionsAnswer) {
  const int far = dial_stranger();
  settle();
  EXPECT_EQ(hex(hear(far)), hex(kGreeting));
  say(far, bytes("'AEMP' 09 00 00 00"));
  expect_end(a, By::peer, CloseCode::version, "version 9");
}

TEST_F(SessionHandshakeTest, NothingMayComeBeforeReady) {
  b.hello = nullptr;
  const int far = adopt_stranger();
  say(far, kGreeting + hello_of("eve", 9) + bytes("00"));
  expect_end(b, By::us, CloseCode::protocol, "before the link was up");
}

TEST_F(SessionHandshakeTest, TakesAtMost1200Bytes) {
  const int far = adopt_stranger();
  b.hello = nullptr;
  const Bytes hello = hello_of("eve", 9);
  const std::size_t padding = kMaxHello - (hello.size() - 2) - 3;
  say(far,
      kGreeting + bytes("04 00") + Bytes(hello.begin() + 2, hello.end()) +
          Bytes{0x7f, static_cast<std::uint8_t>(padding >> 8), static_cast<std::uint8_t>(padding)} +
          Bytes(padding) + Bytes(5000, 0x7f));
  reactor.run_once(0);
  EXPECT_EQ(b_session->state(), State::deciding);
  EXPECT_LE(b_session->bytes_in(), kMaxHandshakeBytes);
}

TEST_F(SessionHandshakeTest, SurvivesRandomBytes) {
  std::uint64_t state = 2463534242;
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  for (int i = 0; i < 300; ++i) {
    b = memory::Recorder();
    const int far = adopt_stranger();
    Bytes noise(1 + next() % 100);
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(next());
    say(far, i % 2 == 0 ? noise : kGreeting + noise);
    settle();
    run_for(10 * kSecond);
    EXPECT_EQ(b.log, std::vector<std::string>{"closed"});
  }
}

TEST_F(SessionHandshakeTest, EveryTruncationEndsWithoutALink) {
  const Bytes whole = kGreeting + hello_of("eve", 9);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    b = memory::Recorder();
    const int far = adopt_stranger();
    if (n > 0) say(far, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)));
    host.sockets.shutdown_write(far);
    settle();
    EXPECT_EQ(b.log, std::vector<std::string>{"closed"}) << n;
    EXPECT_EQ(b.closed.by, By::peer);
  }
}

// --- time-outs ---

TEST_F(SessionHandshakeTest, TheGreetingHasTwoSeconds) {
  adopt_stranger();
  run_for(1990 * kMillisecond);
  EXPECT_EQ(b.closes, 0);
  run_for(20 * kMillisecond);
  expect_end(b, By::network, CloseCode::timeout, "no link within 2000 ms");
}

TEST_F(SessionHandshakeTest, SlowDripExtendsNothing) {
  const int far = adopt_stranger();
  for (int i = 0; i < 7; ++i) {
    say(far, Bytes{kGreeting[static_cast<std::size_t>(i)]});
    run_for(300 * kMillisecond);
  }
  expect_end(b, By::network, CloseCode::timeout, "no link within 2000 ms");

  b = memory::Recorder();
  const int slow = adopt_stranger();
  say(slow, kGreeting);
  const Bytes hello = hello_of("eve", 9);
  for (std::size_t i = 0; i < 6; ++i) {
    say(slow, Bytes{hello[i]});
    run_for(900 * kMillisecond);
  }
  expect_end(b, By::network, CloseCode::timeout, "no link within 5000 ms");
}

TEST_F(SessionHandshakeTest, TheInitiatorHasFiveSecondsInAll) {
  dial_stranger();
  run_for(4990 * kMillisecond);
  EXPECT_EQ(a.closes, 0);
  run_for(20 * kMillisecond);
  expect_end(a, By::network, CloseCode::timeout, "no link within 5000 ms");
}

TEST_F(SessionHandshakeTest, TheOwnersDecisionIsNotWaitedForWithoutEnd) {
  b.hello = nullptr;
  dial();
  adopt();
  run_for(5100 * kMillisecond);
  EXPECT_EQ(b.closes, 1);
  EXPECT_EQ(a.closes, 1);
}

}  // namespace
}  // namespace aemp
