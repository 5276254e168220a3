// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a peer must not send on a link that is up. Each ends that one connection, with a sentence
// for both sides; what came before is delivered.
#include <gtest/gtest.h>

#include "session/session.h"
#include "support/session_pair.h"

namespace aemp {
namespace {

using By = CloseInfo::By;
using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::operator+;

const Bytes kGood = bytes("00 00 02 01 04 07");

class SessionInputTest : public testing::Test, protected memory::SessionWorld {
 protected:
  // A responder that is up, with the test as its initiator.
  int up_stranger() {
    b = memory::Recorder();
    b.hello = [](Session& s, const Hello&) { s.accept(0x77); };
    const int far = adopt_stranger();
    Hello hello;
    hello.node_id = "eve";
    hello.incarnation = 9;
    Bytes body;
    encode_hello(hello, body);
    say(far, bytes("'AEMP' 01 7f 00 00 00") + Bytes{static_cast<std::uint8_t>(body.size())} + body);
    settle();
    EXPECT_TRUE(b_session->is_up());
    hear(far);
    return far;
  }
  static Bytes frame(std::uint8_t type, const Bytes& body) {
    Bytes header(kFrameHeaderBytes);
    store_frame_header(header.data(), type, body.size());
    return header + body;
  }
  // The frame ends the link, after the good one before it and before the one behind it.
  void expect_refused(const Bytes& bad, const char* text) {
    const int far = up_stranger();
    say(far, kGood + bad + kGood);
    settle();
    EXPECT_EQ(b.all(), "hello eve, DATA 07, closed") << text;
    EXPECT_EQ(b.closed.by, By::us) << text;
    EXPECT_EQ(b.closed.code, CloseCode::protocol) << text;
    EXPECT_NE(b.closed.text.find(text), std::string::npos) << b.closed.text;
    EXPECT_TRUE(b.closed.was_up);
    const Bytes answer = hear(far);
    ASSERT_GT(answer.size(), 5u);
    EXPECT_EQ(answer[3], kFrameClose);
    EXPECT_EQ(answer[4], static_cast<std::uint8_t>(CloseCode::protocol));
    host.sockets.close(far);
    settle();
    EXPECT_FALSE(host.sockets.is_open(b_fd));
  }
};

TEST_F(SessionInputTest, FramesThatAreTooLong) {
  expect_refused(bytes("01 02 01 01"), "66049 bytes");
  expect_refused(bytes("ff ff ff 01"), "16777215 bytes");
}

TEST_F(SessionInputTest, UnknownTypes) {
  expect_refused(frame(0, {}), "unknown frame type 0");
  expect_refused(frame(0x10, bytes("00")), "unknown frame type 16");
  expect_refused(frame(0x7f, {}), "unknown frame type 127");
}

TEST_F(SessionInputTest, MalformedDestinations) {
  expect_refused(frame(kFrameData, {}), "DATA: malformed destination");
  expect_refused(frame(kFrameData, bytes("03 01")), "DATA: malformed destination");
  expect_refused(frame(kFrameKil, bytes("84 00 01")), "KIL: malformed destination");
  expect_refused(frame(kFrameMon, bytes("06 00 01")), "MON: malformed destination");
}

TEST_F(SessionInputTest, ValuesThatAreNoCbor) {
  expect_refused(frame(kFrameData, bytes("04 1c")), "malformed values");
  expect_refused(frame(kFrameData, bytes("04 9f 01 ff")), "malformed values");
  expect_refused(frame(kFrameData, bytes("04 ff")), "malformed values");
  expect_refused(frame(kFrameData, bytes("04 61 ff")), "malformed values");
  expect_refused(frame(kFrameKil, bytes("04 9b ff ff ff ff ff ff ff ff")), "malformed values");
  expect_refused(frame(kFrameBye, bytes("62 'x'")), "malformed values");
}

TEST_F(SessionInputTest, ValuesCutAtEveryByte) {
  const Bytes item = bytes(
      "a2 61 'k' 83 01 f9 3c 00 44 01 02 03 04 61 'p' d9 ae 4d 83 64 'node' "
      "48 00 00 00 00 00 00 00 01 19 04 01");
  for (std::size_t n = 1; n < item.size(); ++n) {
    const Bytes cut(item.begin(), item.begin() + static_cast<std::ptrdiff_t>(n));
    expect_refused(frame(kFrameData, bytes("04") + cut), "malformed values");
  }
}

TEST_F(SessionInputTest, TenThousandLevels) {
  expect_refused(frame(kFrameData, bytes("04") + Bytes(10'000, 0x81) + bytes("00")),
                 "malformed values");
}

TEST_F(SessionInputTest, FramesOutOfPlace) {
  expect_refused(frame(kFrameReady, bytes("00 00 00 00 00 00 00 01")), "READY on a link");
  expect_refused(frame(kFramePing, bytes("00")), "PING");
  expect_refused(frame(kFrameIdleOk, bytes("00")), "IDLE_OK");
  expect_refused(frame(kFrameSpawn, bytes("01 01")), "SPAWN");
}

TEST_F(SessionInputTest, FragmentsThatDoNotFit) {
  expect_refused(frame(kFrameFrag, bytes("04 03 00")), "MON cannot come in fragments");
  const Bytes open = frame(kFrameFrag, bytes("04 01 61"));
  expect_refused(open + frame(kFrameFrag, bytes("04 82 'x'")), "inner type has changed");
  expect_refused(open + frame(kFrameData, bytes("04 01")), "DATA within a large message");
  expect_refused(open + frame(kFrameMon, bytes("04")), "MON within a large message");
  expect_refused(open + frame(kFrameFrag, bytes("04 81 ff")), "malformed values");
  Bytes nine;
  for (std::uint8_t i = 1; i <= 9; ++i) {
    nine = nine + frame(kFrameFrag, Bytes{static_cast<std::uint8_t>(4 * i), 0x01, 0x61});
  }
  expect_refused(nine, "more than 8");
}

TEST_F(SessionInputTest, LargeMessagesOverTheAnnouncedSize) {
  b_config.max_message = 100'000;
  const Bytes part = frame(kFrameFrag, bytes("04 01") + Bytes(60'000, 0));
  expect_refused(part + part, "more than 100000 bytes");
}

TEST_F(SessionInputTest, OtherFramesMayStandBetweenFragments) {
  const int far = up_stranger();
  say(far, frame(kFrameFrag, bytes("04 01 62")) + frame(kFrameData, bytes("08 01")) +
               frame(kFramePing, bytes("00 00 00 00 00 00 00 05")) +
               frame(kFrameFrag, bytes("04 81 'ab'")));
  settle();
  EXPECT_EQ(b.all(), "hello eve, DATA 01, DATA 62 61 62");
  EXPECT_EQ(hex(hear(far)), "00 00 08 09 00 00 00 00 00 00 00 05");
}

TEST_F(SessionInputTest, MemoryIsTakenAsBytesArrive) {
  const int far = up_stranger();
  say(far, bytes("01 02 00 01 04"));
  settle();
  EXPECT_EQ(b.closes, 0);
  EXPECT_EQ(pool.taken(), 1u);
}

TEST_F(SessionInputTest, CloseIsUnderstood) {
  const int far = up_stranger();
  say(far, kGood + frame(kFrameClose, bytes("01 'good night'")));
  settle();
  EXPECT_EQ(b.all(), "hello eve, DATA 07, closed");
  EXPECT_EQ(b.closed.by, By::peer);
  EXPECT_EQ(b.closed.code, CloseCode::going);
  EXPECT_EQ(b.closed.text, "good night");
  EXPECT_TRUE(b.closed.clean);
}

TEST_F(SessionInputTest, CloseWithoutATextIsItsWord) {
  const int far = up_stranger();
  say(far, frame(kFrameClose, bytes("0d")));
  settle();
  EXPECT_EQ(b.closed.text, "overrun");
}

TEST_F(SessionInputTest, RandomBytesEndOneLinkOnly) {
  std::uint64_t state = 88172645463325252u;
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  connect();
  Session* const good_session = b_session;
  memory::Recorder good = std::move(b);
  for (int i = 0; i < 200; ++i) {
    const int far = up_stranger();
    Bytes noise(1 + next() % 300);
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(next());
    say(far, noise);
    settle();
    host.sockets.close(far);
    settle();
    EXPECT_EQ(b.closes, 1);
    EXPECT_FALSE(host.sockets.is_open(b_fd));
  }
  EXPECT_TRUE(good_session->is_up());
  EXPECT_TRUE(a_session->is_up());
  good_session->abandon();
}

}  // namespace
}  // namespace aemp
