// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "session/plain_handshake.h"
#include "support/wire_bytes.h"
#include "wire/frame.h"
#include "wire/packet.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::operator+;
using Role = PlainHandshake::Role;
using State = Handshake::State;

HandshakeSetup setup(const char* node, std::uint64_t incarnation) {
  HandshakeSetup s;
  s.own.node_id = node;
  s.own.incarnation = incarnation;
  return s;
}

Bytes output(Handshake& handshake) {
  Bytes out;
  handshake.take_output(out);
  return out;
}

Bytes with_length(const Bytes& hello) {
  return Bytes{static_cast<std::uint8_t>(hello.size() >> 8),
               static_cast<std::uint8_t>(hello.size())} +
         hello;
}
Bytes message(const Hello& hello) {
  Bytes body;
  encode_hello(hello, body);
  return with_length(body);
}

// Feeds in pieces of `step`, never more than is wanted. Returns what was not used.
Bytes feed(Handshake& handshake, Bytes in, std::size_t step = SIZE_MAX) {
  while (!in.empty() && handshake.want() > 0) {
    const std::size_t n = std::min({step, handshake.want(), in.size()});
    const std::size_t used = handshake.feed({in.data(), n});
    in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(used));
  }
  return in;
}

const Bytes kGreeting = bytes("'AEMP' 01 7f 00 00");

class HandshakeTest : public testing::Test {
 protected:
  PlainHandshake initiator_{Role::initiator, setup("ann", 1)};
  PlainHandshake responder_{Role::responder, setup("bob", 2)};
};

TEST_F(HandshakeTest, HasExactlyTheseBytes) {
  EXPECT_EQ(hex(output(initiator_)), "41 45 4d 50 01 7f 00 00");
  EXPECT_EQ(responder_.want(), 8u);
  feed(responder_, kGreeting);
  EXPECT_EQ(hex(output(responder_)),
            hex(bytes("00 4b 01 00 03 'bob' 02 00 08 00 00 00 00 00 00 00 02 "
                      "03 00 06 01 01 00 00 00 01 04 00 01 00 "
                      "05 00 08 00 00 00 00 00 00 00 00 06 00 02 'mp' "
                      "0a 00 04 01 00 00 00 0b 00 04 00 00 17 70 "
                      "0c 00 08 00 00 00 00 00 00 00 00 0d 00 01 00")));
}

// What it says proves nothing.
TEST_F(HandshakeTest, TheOtherEndIsWhatTheTransportSaysOfIt) {
  using OtherEnd = PlainHandshake::OtherEnd;
  for (const bool known : {false, true}) {
    const OtherEnd other_end = known ? OtherEnd::same_user : OtherEnd::stranger;
    PlainHandshake i(Role::initiator, setup("ann", 1), other_end);
    PlainHandshake r(Role::responder, setup("bob", 2), other_end);
    EXPECT_EQ(r.proven(), known);
    feed(r, output(i));
    feed(i, output(r));
    i.proceed(0);
    feed(r, output(i));
    r.accept(1);
    feed(i, output(r));
    ASSERT_EQ(i.state(), State::done);
    EXPECT_EQ(i.proven(), known);
    EXPECT_EQ(r.proven(), known);
  }
  EXPECT_FALSE(responder_.proven()) << "in doubt it is a stranger";
}

TEST_F(HandshakeTest, GoesThroughFourMessages) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, SIZE_MAX}) {
    PlainHandshake i(Role::initiator, setup("ann", 1));
    PlainHandshake r(Role::responder, setup("bob", 2));
    EXPECT_TRUE(feed(r, output(i), step).empty());
    EXPECT_EQ(r.state(), State::need_more);
    EXPECT_TRUE(feed(i, output(r), step).empty());
    ASSERT_EQ(i.state(), State::hello);
    EXPECT_EQ(i.peer().node_id, "bob");
    EXPECT_EQ(i.peer().last_link, 0u);
    EXPECT_TRUE(output(i).empty()) << "nothing but what was said may leave an initiator";
    i.proceed(77);
    EXPECT_TRUE(feed(r, output(i), step).empty());
    ASSERT_EQ(r.state(), State::hello);
    EXPECT_EQ(r.peer().node_id, "ann");
    EXPECT_EQ(r.peer().last_link, 77u);
    EXPECT_TRUE(output(r).empty());
    r.accept(0x99);
    EXPECT_EQ(r.state(), State::done);
    const Bytes ready = output(r);
    EXPECT_EQ(hex(ready), "00 00 08 0d 00 00 00 00 00 00 00 99");
    EXPECT_EQ(feed(i, ready + bytes("00 00"), step), bytes("00 00")) << "frames are not read";
    ASSERT_EQ(i.state(), State::done);
    EXPECT_EQ(i.link_id(), 0x99u);
    EXPECT_EQ(r.link_id(), 0x99u);
    EXPECT_EQ(i.want(), 0u);
  }
}

TEST_F(HandshakeTest, RefusesWithOneFrame) {
  feed(responder_, kGreeting + message(setup("ann", 1).own));
  ASSERT_EQ(responder_.state(), State::hello);
  output(responder_);
  responder_.refuse(CloseCode::crossed, "another one");
  EXPECT_EQ(responder_.state(), State::failed);
  const Bytes close = output(responder_);
  EXPECT_EQ(hex(close), hex(bytes("00 00 0c 0e 02 'another one'")));

  feed(initiator_, message(setup("bob", 2).own));
  initiator_.proceed(0);
  feed(initiator_, close);
  ASSERT_EQ(initiator_.state(), State::failed);
  EXPECT_EQ(initiator_.failure().code, CloseCode::crossed);
  EXPECT_EQ(initiator_.failure().text, "another one");
  EXPECT_TRUE(initiator_.failure().by_peer);
}

TEST_F(HandshakeTest, IsSilentTowardsStrangers) {
  for (const char* greeting : {"'GET / HT'", "'AEMQ' 01 7f 00 00", "00 00 00 00 00 00 00 00",
                               "'aemp' 01 7f 00 00", "'AEMP' 01 7f 00 01", "'AEMP' 01 7f 30 00"}) {
    PlainHandshake r(Role::responder, setup("bob", 2));
    feed(r, bytes(greeting));
    EXPECT_EQ(r.state(), State::failed) << greeting;
    EXPECT_EQ(r.failure().code, CloseCode::protocol);
    EXPECT_TRUE(output(r).empty()) << greeting;
  }
}

TEST_F(HandshakeTest, AnswersForeignVersionsAndSuites) {
  const std::pair<const char*, CloseCode> table[] = {
      {"'AEMP' 02 7f 00 00", CloseCode::version}, {"'AEMP' 00 7f 00 00", CloseCode::version},
      {"'AEMP' ff 01 00 30", CloseCode::version}, {"'AEMP' 01 01 00 30", CloseCode::suite},
      {"'AEMP' 01 00 00 00", CloseCode::suite},
  };
  for (const auto& [greeting, code] : table) {
    PlainHandshake r(Role::responder, setup("bob", 2));
    feed(r, bytes(greeting));
    ASSERT_EQ(r.state(), State::failed) << greeting;
    EXPECT_EQ(r.failure().code, code) << greeting;
    EXPECT_EQ(hex(output(r)), "41 45 4d 50 01 00 00 00");
  }
}

TEST_F(HandshakeTest, UnderstandsThatAnswer) {
  feed(initiator_, bytes("'AEMP' 02 00 00 00"));
  ASSERT_EQ(initiator_.state(), State::failed);
  EXPECT_EQ(initiator_.failure().code, CloseCode::version);
  EXPECT_TRUE(initiator_.failure().by_peer);
  EXPECT_NE(initiator_.failure().text.find("version 2"), std::string::npos);

  PlainHandshake other(Role::initiator, setup("ann", 1));
  feed(other, bytes("'AEMP' 01 00 00 00"));
  ASSERT_EQ(other.state(), State::failed);
  EXPECT_EQ(other.failure().code, CloseCode::suite);

  PlainHandshake third(Role::initiator, setup("ann", 1));
  feed(third, bytes("'AEXX' 01 00 00 00"));
  EXPECT_EQ(third.failure().code, CloseCode::protocol);
}

TEST_F(HandshakeTest, BoundsTheHello) {
  for (const char* length : {"00 00", "04 01", "ff ff"}) {
    PlainHandshake i(Role::initiator, setup("ann", 1));
    feed(i, bytes(length));
    EXPECT_EQ(i.state(), State::failed) << length;
    PlainHandshake r(Role::responder, setup("bob", 2));
    feed(r, kGreeting + bytes(length));
    EXPECT_EQ(r.state(), State::failed) << length;
  }
  feed(initiator_, bytes("04 00"));
  EXPECT_EQ(initiator_.want(), 1024u);
}

TEST_F(HandshakeTest, ReadsAtMost1200Bytes) {
  std::size_t read = 0;
  Bytes filler(2000, 0x7f);
  PlainHandshake r(Role::responder, setup("bob", 2));
  read += 8;
  feed(r, kGreeting);
  Bytes longest;
  encode_hello(setup("ann", 1).own, longest);
  const std::size_t padding = kMaxHello - longest.size() - 3;
  longest =
      longest +
      Bytes{0x7f, static_cast<std::uint8_t>(padding >> 8), static_cast<std::uint8_t>(padding)} +
      Bytes(padding);
  const Bytes in = with_length(longest) + filler;
  read += in.size() - feed(r, in).size();
  EXPECT_EQ(r.state(), State::hello);
  EXPECT_LE(read, kMaxHandshakeBytes);
}

struct PeerCase {
  const char* what;
  void (*change)(Hello&);
  CloseCode code;
};

const PeerCase kPeers[] = {
    {"itself", [](Hello& h) { h.incarnation = 1; }, CloseCode::self},
    {"itself comes before all else",
     [](Hello& h) {
       h.incarnation = 1;
       h.suites = 3;
       h.protection = 2;
     },
     CloseCode::self},
    {"higher minimum", [](Hello& h) { h.lowest_major = h.highest_major = 2; }, CloseCode::version},
    {"no suite", [](Hello& h) { h.suites = 0; }, CloseCode::suite},
    {"other suites only", [](Hello& h) { h.suites = 0x0e; }, CloseCode::suite},
    {"protection", [](Hello& h) { h.protection = 2; }, CloseCode::protection},
};

TEST_F(HandshakeTest, ChecksTheOtherEndInBothRoles) {
  for (const PeerCase& c : kPeers) {
    Hello peer = setup("bob", 2).own;
    c.change(peer);
    PlainHandshake i(Role::initiator, setup("ann", 1));
    output(i);
    feed(i, message(peer));
    ASSERT_EQ(i.state(), State::failed) << c.what;
    EXPECT_EQ(i.failure().code, c.code) << c.what;
    EXPECT_FALSE(i.failure().by_peer);
    EXPECT_TRUE(output(i).empty()) << "an initiator says nothing";

    PlainHandshake r(Role::responder, setup("ann", 1));
    feed(r, kGreeting);
    output(r);
    feed(r, message(peer));
    ASSERT_EQ(r.state(), State::failed) << c.what;
    EXPECT_EQ(r.failure().code, c.code) << c.what;
    const Bytes close = output(r);
    ASSERT_GT(close.size(), 5u) << c.what;
    EXPECT_EQ(close[3], kFrameClose);
    EXPECT_EQ(close[4], static_cast<std::uint8_t>(c.code)) << c.what;
  }
}

TEST_F(HandshakeTest, NoticesSuitesThatWereTalkedDown) {
  HandshakeSetup both = setup("ann", 1);
  both.own.suites = 0x03;
  Hello peer = setup("bob", 2).own;
  peer.suites = 0x03;
  PlainHandshake i(Role::initiator, both);
  feed(i, message(peer));
  EXPECT_EQ(i.failure().code, CloseCode::suite);
  peer.suites = 0x05;
  PlainHandshake j(Role::initiator, both);
  feed(j, message(peer));
  EXPECT_EQ(j.state(), State::hello);
}

TEST_F(HandshakeTest, NoticesVersionsThatWereTalkedDown) {
  HandshakeSetup newer = setup("bob", 2);
  newer.own.highest_major = 2;
  Hello peer = setup("ann", 1).own;
  PlainHandshake r(Role::responder, newer);
  feed(r, kGreeting + message(peer));
  EXPECT_EQ(r.state(), State::hello);
  peer.highest_major = 2;
  PlainHandshake s(Role::responder, newer);
  feed(s, kGreeting + message(peer));
  EXPECT_EQ(s.failure().code, CloseCode::version);
}

TEST_F(HandshakeTest, InsistsOnTheNodeThatWasDialled) {
  HandshakeSetup s = setup("ann", 1);
  s.expected_node = "carl";
  PlainHandshake i(Role::initiator, s);
  feed(i, message(setup("bob", 2).own));
  ASSERT_EQ(i.state(), State::failed);
  EXPECT_EQ(i.failure().code, CloseCode::wrong_node);
  EXPECT_NE(i.failure().text.find("bob"), std::string::npos);
  EXPECT_NE(i.failure().text.find("carl"), std::string::npos);

  s.expected_node = "bob";
  PlainHandshake j(Role::initiator, s);
  feed(j, message(setup("bob", 2).own));
  EXPECT_EQ(j.state(), State::hello);
}

TEST_F(HandshakeTest, RejectsAMalformedHello) {
  feed(initiator_, bytes("00 03 01 00 00"));
  EXPECT_EQ(initiator_.failure().code, CloseCode::bad_hello);
  feed(responder_, kGreeting);
  output(responder_);
  feed(responder_, bytes("00 03 01 00 00"));
  EXPECT_EQ(responder_.failure().code, CloseCode::bad_hello);
  EXPECT_EQ(output(responder_)[4], static_cast<std::uint8_t>(CloseCode::bad_hello));
}

TEST_F(HandshakeTest, ExpectsReadyOrClose) {
  const char* const bad[] = {"00 00 01 01 00",
                             "00 00 00 0d",
                             "00 00 00 0e",
                             "00 04 01 0e",
                             "01 00 00 0d",
                             "00 00 08 08 00 00 00 00 00 00 00 01",
                             "00 00 08 0d 00 00 00 00 00 00 00 00",
                             "00 00 02 0e 02 ff"};
  for (const char* frame : bad) {
    PlainHandshake i(Role::initiator, setup("ann", 1));
    feed(i, message(setup("bob", 2).own));
    ASSERT_EQ(i.state(), State::hello);
    i.proceed(0);
    feed(i, bytes(frame));
    EXPECT_EQ(i.state(), State::failed) << frame;
    EXPECT_EQ(i.failure().code, CloseCode::protocol) << frame;
  }
}

TEST_F(HandshakeTest, TakesFurtherFieldsInReady) {
  feed(initiator_, message(setup("bob", 2).own));
  initiator_.proceed(0);
  feed(initiator_, bytes("00 00 0c 0d 00 00 00 00 00 00 00 05 20 00 01 ff"));
  EXPECT_EQ(initiator_.state(), State::done);
  EXPECT_EQ(initiator_.link_id(), 5u);
}

TEST_F(HandshakeTest, IgnoresAnswersThatAreNotAsked) {
  initiator_.accept(1);
  initiator_.refuse(CloseCode::going, "");
  initiator_.proceed(1);
  responder_.accept(1);
  responder_.proceed(1);
  EXPECT_EQ(initiator_.state(), State::need_more);
  EXPECT_EQ(responder_.state(), State::need_more);
  EXPECT_EQ(hex(output(initiator_)), hex(kGreeting));
  EXPECT_TRUE(output(responder_).empty());
}

}  // namespace
}  // namespace aemp
