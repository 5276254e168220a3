// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/packet.h"

#include <gtest/gtest.h>

#include "support/sanitized.h"
#include "support/wire_bytes.h"
#include "wire/frame.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;
using wire_test::operator+;

// A frame body that lives exactly as long as the packet that points into it.
struct Decoded {
  Decoded(std::uint8_t type, Bytes in) : body(std::move(in)) {
    body.shrink_to_fit();
    parsed = parse_packet(type, body.data(), body.size(), packet, error);
  }
  Decoded(std::uint8_t type, std::string_view text) : Decoded(type, bytes(text)) {}
  std::string items() const { return hex({packet.items, packet.size}); }

  Bytes body;
  Parsed parsed;
  Packet packet;
  std::string error;
};

TEST(FrameHeader, IsOneBigEndianWord) {
  std::uint8_t header[4];
  store_frame_header(header, kFrameData, 0x010203);
  EXPECT_EQ(hex(header), "01 02 03 01");
  store_frame_header(header, 0xff, 0xffffff);
  EXPECT_EQ(load_frame_header(header).body_len, 0xffffffu);
  EXPECT_EQ(load_frame_header(header).type, 0xff);
}

TEST(Packet, ReadsMessages) {
  for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameDown}) {
    Decoded d(type, "04 64 'ping' 18 29");
    ASSERT_EQ(d.parsed, Parsed::packet) << d.error;
    EXPECT_EQ(d.packet.type, type);
    EXPECT_EQ(d.packet.dest, (Dest{Dest::Form::home, 1, 0}));
    EXPECT_EQ(d.items(), "64 70 69 6e 67 18 29");
  }
  Decoded empty(kFrameKil, "00");
  ASSERT_EQ(empty.parsed, Parsed::packet);
  EXPECT_EQ(empty.packet.size, 0u);
}

TEST(Packet, ReadsMonitors) {
  for (const std::uint8_t type : {kFrameMon, kFrameUnmon}) {
    Decoded d(type, "06 00 00 00 00 00 00 00 09");
    ASSERT_EQ(d.parsed, Parsed::packet) << d.error;
    EXPECT_EQ(d.packet.dest, (Dest{Dest::Form::full, 1, 9}));
    EXPECT_EQ(Decoded(type, "04 00").parsed, Parsed::error);
    EXPECT_EQ(Decoded(type, "").parsed, Parsed::error);
  }
}

TEST(Packet, ReadsSpawn) {
  Decoded d(kFrameSpawn, "81 01 65 'hello' 01 02");
  ASSERT_EQ(d.parsed, Parsed::packet) << d.error;
  EXPECT_EQ(d.packet.serial, 129u);
  EXPECT_EQ(d.packet.function, "hello");
  EXPECT_EQ(d.items(), "01 02");
}

TEST(Packet, ReadsFunctionNamesWithLongHeads) {
  for (const char* name : {"78 05 'hello'", "79 00 05 'hello'", "7a 00 00 00 05 'hello'",
                           "7b 00 00 00 00 00 00 00 05 'hello'"}) {
    Decoded d(kFrameSpawn, bytes("01") + bytes(name) + bytes("f6"));
    ASSERT_EQ(d.parsed, Parsed::packet) << d.error;
    EXPECT_EQ(d.packet.function, "hello");
    EXPECT_EQ(d.items(), "f6");
  }
}

TEST(Packet, RejectsMalformedSpawns) {
  for (const char* body : {"", "00 61 'x'", "81 00 61 'x'", "01", "01 01", "01 41 'x'",
                           "01 c1 61 'x'", "80 80 80 80 80 80 80 80 40 61 'x'", "01 62 'x'"}) {
    Decoded d(kFrameSpawn, body);
    EXPECT_EQ(d.parsed, Parsed::error) << body;
    EXPECT_EQ(d.error.substr(0, 6), "SPAWN:") << d.error;
  }
}

TEST(Packet, ReadsFragments) {
  Decoded d(kFrameFrag, "04 81 ff 00");
  ASSERT_EQ(d.parsed, Parsed::packet) << d.error;
  EXPECT_EQ(d.packet.inner, kFrameData);
  EXPECT_TRUE(d.packet.last);
  EXPECT_EQ(hex({d.packet.fragment, d.packet.size}), "ff 00");
  EXPECT_FALSE(Decoded(kFrameFrag, "04 01 ff").packet.last);
  EXPECT_EQ(Decoded(kFrameFrag, "04 81").parsed, Parsed::packet);
  EXPECT_EQ(Decoded(kFrameFrag, "05 06 01").parsed, Parsed::packet);
}

TEST(Packet, RejectsMalformedFragments) {
  for (const char* body : {"", "04", "04 01", "03 01 ff", "04 03 00", "04 07 00", "04 00 00",
                           "04 0f 00", "04 06 00", "00 06 00"}) {
    EXPECT_EQ(Decoded(kFrameFrag, body).parsed, Parsed::error) << body;
  }
}

TEST(Packet, ReadsPingAndPong) {
  for (const std::uint8_t type : {kFramePing, kFramePong}) {
    Decoded d(type, "01 02 03 04 05 06 07 08");
    ASSERT_EQ(d.parsed, Parsed::packet);
    EXPECT_EQ(d.packet.nonce, 0x0102030405060708u);
    EXPECT_EQ(Decoded(type, "01 02 03 04 05 06 07").parsed, Parsed::error);
    EXPECT_EQ(Decoded(type, "01 02 03 04 05 06 07 08 09").parsed, Parsed::error);
  }
}

TEST(Packet, ReadsIdleFramesWithoutBody) {
  for (const std::uint8_t type : {kFrameIdleAsk, kFrameIdleOk, kFrameIdleNo}) {
    EXPECT_EQ(Decoded(type, "").parsed, Parsed::packet);
    EXPECT_EQ(Decoded(type, "00").parsed, Parsed::error);
  }
}

TEST(Packet, ReadsReadyAndSkipsUnknownFields) {
  Decoded d(kFrameReady, "00 00 00 00 00 00 00 07");
  ASSERT_EQ(d.parsed, Parsed::packet);
  EXPECT_EQ(d.packet.link_id, 7u);
  EXPECT_EQ(Decoded(kFrameReady, "00 00 00 00 00 00 00 07 20 00 01 ff").parsed, Parsed::packet);
  EXPECT_EQ(Decoded(kFrameReady, "00 00 00 00 00 00 00 07 a0 00 01 ff").parsed, Parsed::error);
  EXPECT_EQ(Decoded(kFrameReady, "00 00 00 00 00 00 00 07 20 00 02 ff").parsed, Parsed::error);
  EXPECT_EQ(Decoded(kFrameReady, "00 00 00 00 00 00 00 00").parsed, Parsed::error);
  EXPECT_EQ(Decoded(kFrameReady, "00 00 00 00 00 00 07").parsed, Parsed::error);
}

TEST(Packet, ReadsClose) {
  Decoded d(kFrameClose, "02 'twice'");
  ASSERT_EQ(d.parsed, Parsed::packet);
  EXPECT_EQ(d.packet.code, CloseCode::crossed);
  EXPECT_EQ(d.packet.text, "twice");
  EXPECT_EQ(Decoded(kFrameClose, "fe").parsed, Parsed::packet);
  EXPECT_EQ(Decoded(kFrameClose, "").parsed, Parsed::error);
  EXPECT_EQ(Decoded(kFrameClose, "02 ff").parsed, Parsed::error);
}

TEST(Packet, WritesClose) {
  Bytes out;
  put_close_frame(out, CloseCode::crossed, "twice");
  EXPECT_EQ(hex(out), hex(bytes("00 00 06 0e 02 'twice'")));
  out.clear();
  put_close_frame(out, CloseCode::refused, std::string(kMaxCloseText - 1, 'x').append("\xc3\xa4"));
  EXPECT_EQ(load_frame_header(out.data()).body_len, kMaxCloseText);
  out.clear();
  put_close_frame(out, CloseCode::refused, "\xff");
  EXPECT_EQ(Decoded(kFrameClose, Bytes(out.begin() + 4, out.end())).parsed, Parsed::packet);
}

TEST(Packet, ReadsBye) {
  Decoded d(kFrameBye, "64 'left'");
  ASSERT_EQ(d.parsed, Parsed::packet);
  EXPECT_EQ(d.packet.size, 5u);
  EXPECT_EQ(Decoded(kFrameBye, "64 'lef'").parsed, Parsed::error);
}

TEST(Packet, TellsUnknownTypesApart) {
  EXPECT_EQ(Decoded(0, "").parsed, Parsed::error);
  EXPECT_EQ(Decoded(0x10, "").error, "unknown frame type 16");
  EXPECT_EQ(Decoded(0x7f, "").parsed, Parsed::error);
  EXPECT_EQ(Decoded(0x80, "ff ff").parsed, Parsed::skip);
  EXPECT_EQ(Decoded(0xff, "").parsed, Parsed::skip);
}

// One item of every kind and head length.
const char kItems[] =
    "00 18 64 19 03 e8 1a 00 0f 42 40 1b 00 00 00 e8 d4 a5 10 00 20 39 03 e7 f9 3c 00 "
    "fb 3f f1 99 99 99 99 99 9a f4 f6 44 01 02 03 04 62 c3 bc 82 01 61 'a' a1 61 'k' 83 01 02 03 "
    "d9 ae 4d 83 64 'node' 48 00 00 00 00 00 00 00 01 1a 04 00 00 01 c1 1a 51 4b 67 b0";

// All prefixes that are whole sequences of items themselves.
std::vector<std::size_t> item_ends() {
  const Bytes items = bytes(kItems);
  std::vector<std::size_t> ends{0};
  for (const std::uint8_t* at = items.data(); at < items.data() + items.size();) {
    at = detail::skip_item(at);
    ends.push_back(static_cast<std::size_t>(at - items.data()));
  }
  return ends;
}

TEST(Packet, RejectsValuesAtEveryTruncation) {
  const std::vector<std::size_t> ends = item_ends();
  const Bytes items = bytes(kItems);
  ASSERT_EQ(ends.back(), items.size());
  for (std::size_t n = 0; n <= items.size(); ++n) {
    const Bytes cut(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(n));
    const bool whole = std::find(ends.begin(), ends.end(), n) != ends.end();
    for (const std::uint8_t type : {kFrameData, kFrameKil, kFrameDown}) {
      Decoded d(type, bytes("04") + cut);
      EXPECT_EQ(d.parsed, whole ? Parsed::packet : Parsed::error) << n;
    }
    EXPECT_EQ(Decoded(kFrameBye, cut).parsed, whole ? Parsed::packet : Parsed::error) << n;
    EXPECT_EQ(Decoded(kFrameSpawn, bytes("01 61 'f'") + cut).parsed,
              whole ? Parsed::packet : Parsed::error)
        << n;
  }
}

TEST(Packet, RejectsTenThousandLevels) {
  Bytes deep(10'000, 0x81);
  deep.push_back(0x00);
  Decoded d(kFrameData, bytes("04") + deep);
  EXPECT_EQ(d.parsed, Parsed::error);
}

TEST(Packet, SaysWhatIsWrongAndWhere) {
  Decoded d(kFrameData, "04 01 61 ff");
  EXPECT_EQ(d.parsed, Parsed::error);
  EXPECT_NE(d.error.find("DATA: malformed values: "), std::string::npos) << d.error;
  EXPECT_EQ(Decoded(kFrameMon, "03").error, "MON: malformed destination");
  EXPECT_EQ(Decoded(kFramePing, "03").error, "PING: 1 bytes instead of 8");
}

// No input may be read beyond its end (the sanitizers watch) or be taken for two things.
TEST(Packet, SurvivesRandomBodies) {
  std::uint64_t state = 88172645463325252u;
  auto next = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  for (int i = 0; i < (kSanitized ? 20'000 : 200'000); ++i) {
    Bytes body(next() % 40);
    for (std::uint8_t& byte : body) byte = static_cast<std::uint8_t>(next());
    Decoded d(static_cast<std::uint8_t>(next() % 18), body);
    EXPECT_EQ(d.parsed == Parsed::error, !d.error.empty());
  }
}

}  // namespace
}  // namespace aemp
