// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/hello.h"

#include <gtest/gtest.h>

#include "support/wire_bytes.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;

Hello full_hello() {
  Hello h;
  h.node_id = "eg/receiver";
  h.incarnation = 0x0102030405060708;
  h.features = 5;
  h.service = "mp";
  h.seen_address = "127.0.0.1:4040";
  h.software = "aemp 0.1.0";
  h.binds = {"127.0.0.1:4040", "unix:/run/x"};
  h.max_message = 1 << 20;
  h.heartbeat_ms = 3000;
  h.last_link = 0x1122334455667788;
  h.flags = 1;
  return h;
}

Bytes encode(const Hello& hello) {
  Bytes out;
  encode_hello(hello, out);
  out.shrink_to_fit();
  return out;
}

std::string refusal(const Bytes& in) {
  Hello out;
  std::string error;
  const Bytes copy(in);
  return decode_hello(copy, out, error) ? "" : error;
}

Bytes field(std::uint8_t type, const Bytes& value) {
  const Bytes head{type, static_cast<std::uint8_t>(value.size() >> 8),
                   static_cast<std::uint8_t>(value.size())};
  return wire_test::operator+(head, value);
}

const Bytes kNode = bytes("01 00 01 'n'");
const Bytes kIncarnation = bytes("02 00 08 00 00 00 00 00 00 00 07");
const Bytes kVersions = bytes("03 00 06 01 01 00 00 00 01");
const Bytes kRequired = wire_test::operator+(wire_test::operator+(kNode, kIncarnation), kVersions);

Bytes required_and(const Bytes& more) { return wire_test::operator+(kRequired, more); }

TEST(Hello, HasExactlyTheseBytes) {
  EXPECT_EQ(hex(encode(full_hello())),
            hex(bytes("01 00 0b 'eg/receiver' 02 00 08 01 02 03 04 05 06 07 08 "
                      "03 00 06 01 01 00 00 00 01 04 00 01 00 "
                      "05 00 08 00 00 00 00 00 00 00 05 06 00 02 'mp' "
                      "07 00 0e '127.0.0.1:4040' 08 00 0a 'aemp 0.1.0' "
                      "09 00 1b 0e '127.0.0.1:4040' 0b 'unix:/run/x' "
                      "0a 00 04 00 10 00 00 0b 00 04 00 00 0b b8 "
                      "0c 00 08 11 22 33 44 55 66 77 88 0d 00 01 01")));
}

TEST(Hello, RoundTrips) {
  Hello back;
  std::string error;
  ASSERT_TRUE(decode_hello(encode(full_hello()), back, error)) << error;
  EXPECT_EQ(back, full_hello());
}

TEST(Hello, NeedsThreeFieldsOnly) {
  Hello out = full_hello();
  std::string error;
  ASSERT_TRUE(decode_hello(kRequired, out, error)) << error;
  Hello expected;
  expected.node_id = "n";
  expected.incarnation = 7;
  EXPECT_EQ(out, expected);
  EXPECT_EQ(out.service, "mp");
  EXPECT_EQ(out.heartbeat_ms, 6000u);

  using wire_test::operator+;
  EXPECT_NE(refusal(kIncarnation + kVersions).find("no node ID"), std::string::npos);
  EXPECT_NE(refusal(kNode + kVersions).find("no incarnation"), std::string::npos);
  EXPECT_NE(refusal(kNode + kIncarnation).find("no versions"), std::string::npos);
  EXPECT_NE(refusal({}), "");
}

TEST(Hello, RejectsEveryTruncation) {
  const Bytes whole = encode(full_hello());
  std::size_t accepted = 0;
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    // Only a cut between two fields, after the required ones, is a hello again.
    if (refusal(cut).empty()) ++accepted;
  }
  EXPECT_EQ(accepted, 10u);
}

TEST(Hello, RejectsWhatIsWrong) {
  const struct {
    const char* what;
    Bytes in;
  } table[] = {
      {"order", wire_test::operator+(wire_test::operator+(kIncarnation, kNode), kVersions)},
      {"twice", required_and(bytes("04 00 01 00 04 00 01 00"))},
      {"half a head", required_and(bytes("04 00"))},
      {"too long for the rest", required_and(bytes("04 00 02 00"))},
      {"unknown critical", required_and(bytes("80 00 00"))},
      {"unknown critical, last", required_and(bytes("ff 00 01 00"))},
      {"protection of 2 bytes", required_and(bytes("04 00 02 00 00"))},
      {"features of 7 bytes", required_and(field(5, Bytes(7)))},
      {"max_message of 8 bytes", required_and(field(0x0a, Bytes(8)))},
      {"heartbeat of 3 bytes", required_and(field(0x0b, Bytes(3)))},
      {"last_link of 4 bytes", required_and(field(0x0c, Bytes(4)))},
      {"flags of 0 bytes", required_and(field(0x0d, {}))},
      {"service too long", required_and(field(6, Bytes(65, 'x')))},
      {"address not UTF-8", required_and(bytes("07 00 01 ff"))},
      {"software not UTF-8", required_and(bytes("08 00 02 c3 28"))},
      {"bind cut short", required_and(bytes("09 00 02 02 'x'"))},
      {"empty bind", required_and(bytes("09 00 01 00"))},
      {"bind not UTF-8", required_and(bytes("09 00 02 01 ff"))},
      {"nine binds", required_and(bytes("09 00 12 01 'a' 01 'b' 01 'c' 01 'd' 01 'e' 01 'f' "
                                        "01 'g' 01 'h' 01 'i'"))},
      {"1025 bytes", required_and(field(0x7f, Bytes(1025 - kRequired.size() - 3)))},
  };
  for (const auto& [what, in] : table) EXPECT_NE(refusal(in), "") << what;
}

TEST(Hello, RejectsMalformedRequiredFields) {
  using wire_test::operator+;
  const char* const nodes[] = {"01 00 00", "01 00 01 ' '", "01 00 01 '#'", "01 00 02 'a' 00",
                               "01 00 02 c3 a4"};
  for (const char* node : nodes) {
    EXPECT_NE(refusal(bytes(node) + kIncarnation + kVersions), "") << node;
  }
  EXPECT_NE(refusal(field(1, Bytes(256, 'x')) + kIncarnation + kVersions), "");
  EXPECT_EQ(refusal(field(1, Bytes(255, 'x')) + kIncarnation + kVersions), "");
  const char* const versions[] = {
      "03 00 05 01 01 00 00 00",        // short
      "03 00 07 01 01 00 00 00 01 00",  // long
      "03 00 06 02 01 00 00 00 01",     // empty range
      "03 00 06 00 01 00 00 00 01",     // version 0
      "03 00 06 01 01 00 01 00 01",     // reserved byte
  };
  for (const char* field_3 : versions) {
    EXPECT_NE(refusal(kNode + kIncarnation + bytes(field_3)), "") << field_3;
  }
  EXPECT_NE(refusal(kNode + bytes("02 00 07 00 00 00 00 00 00 07") + kVersions), "");
}

TEST(Hello, SkipsWhatItNeedNotKnow) {
  EXPECT_EQ(refusal(required_and(bytes("0e 00 02 ff ff 20 00 00 7f 00 03 00 00 00"))), "");
  EXPECT_EQ(refusal(required_and(field(0x7f, Bytes(1024 - kRequired.size() - 3)))), "");
}

TEST(Hello, NeverGetsTooLong) {
  Hello h = full_hello();
  h.node_id = std::string(255, 'n');
  h.service = std::string(100, 's');
  h.seen_address = std::string(100, 'a');
  h.software = std::string(63, 'v').append("\xc3\xa4");
  h.binds = std::vector<std::string>(12, std::string(200, 'b'));
  const Bytes out = encode(h);
  EXPECT_LE(out.size(), kMaxHello);
  Hello back;
  std::string error;
  ASSERT_TRUE(decode_hello(out, back, error)) << error;
  EXPECT_EQ(back.software, std::string(63, 'v'));
  EXPECT_EQ(back.binds.size(), 2u);
  EXPECT_EQ(back.flags, 1);
}

TEST(Hello, LeavesOutBindsThatCannotBeSent) {
  Hello h = full_hello();
  h.binds = {
      std::string(256, 'b'), "", "\xff", "127.0.0.1:1", "a", "b", "c", "d", "e", "f", "g", "h"};
  Hello back;
  std::string error;
  ASSERT_TRUE(decode_hello(encode(h), back, error)) << error;
  EXPECT_EQ(back.binds,
            (std::vector<std::string>{"127.0.0.1:1", "a", "b", "c", "d", "e", "f", "g"}));
}

TEST(HelloFields, OfReadyAreCheckedForFormOnly) {
  std::string error;
  EXPECT_TRUE(check_fields({}, error));
  EXPECT_TRUE(check_fields(bytes("01 00 01 ff 20 00 00"), error));
  EXPECT_FALSE(check_fields(bytes("01 00 01"), error));
  EXPECT_FALSE(check_fields(bytes("02 00 00 01 00 00"), error));
  EXPECT_FALSE(check_fields(bytes("81 00 00"), error));
  EXPECT_NE(error, "");
}

}  // namespace
}  // namespace aemp
