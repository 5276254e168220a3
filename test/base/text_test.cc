// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/bytes.h"
#include "base/report.h"

namespace aemp {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(Text, DoublesAreShortAndKeepTheirPoint) {
  const auto text = [](double v) {
    std::string out;
    append_double(out, v);
    return out;
  };
  EXPECT_EQ(text(1), "1.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(1e22), "1e+22");
  EXPECT_EQ(text(123456789.0), "123456789.0");
  EXPECT_EQ(text(5e-324), "5e-324");
  EXPECT_EQ(text(1.7976931348623157e308), "1.7976931348623157e+308");
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_uint("0"), 0u);
  EXPECT_EQ(parse_uint("18446744073709551615"), kMost);
  for (const char* bad : {"", "18446744073709551616", "99999999999999999999", "-1", "+1", " 1",
                          "1 ", "0x1", "a", "1.0"}) {
    EXPECT_FALSE(parse_uint(bad)) << bad;
  }
  EXPECT_EQ(to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(to_text(kMost), "18446744073709551615");
}

TEST(Text, Base62HasElevenDigits) {
  for (std::uint64_t v : {std::uint64_t{0}, std::uint64_t{61}, std::uint64_t{62}, kMost}) {
    std::string text;
    append_base62(text, v);
    EXPECT_EQ(text.size(), 11u);
    EXPECT_EQ(parse_base62(text), v);
  }
  std::string most;
  append_base62(most, kMost);
  ++most.back();
  EXPECT_FALSE(parse_base62(most));
  for (const char* bad : {"", "0", "0000000000", "000000000000", "0000000000-", "zzzzzzzzzzz"}) {
    EXPECT_FALSE(parse_base62(bad)) << bad;
  }
}

TEST(Text, Base36HasOneFormOnly) {
  for (std::uint64_t v : {std::uint64_t{0}, std::uint64_t{35}, std::uint64_t{36}, kMost}) {
    std::string text;
    append_base36(text, v);
    EXPECT_EQ(parse_base36(text), v);
  }
  EXPECT_EQ(parse_base36("10"), 36u);
  for (const char* bad : {"", "00", "01", "A", "1A", "-1", "zzzzzzzzzzzzzz", "1 "}) {
    EXPECT_FALSE(parse_base36(bad)) << bad;
  }
}

TEST(Text, Base64UrlHasNoPadding) {
  const auto text = [](std::string_view bytes) {
    std::string out;
    append_base64url(out, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    return out;
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("f"), "Zg");
  EXPECT_EQ(text("fo"), "Zm8");
  EXPECT_EQ(text("foo"), "Zm9v");
  EXPECT_EQ(text("foob"), "Zm9vYg");
  EXPECT_EQ(text("\xfb\xff\xbf"), "-_-_");
}

TEST(Text, KnowsNodeIdsAndPortNames) {
  for (const char* good : {"a", "eg_receiver", "anon/x", "10.0.0.1:4040", "%n-1", "A.b"}) {
    EXPECT_TRUE(valid_node_id(good)) << good;
  }
  for (const char* bad : {"", "a#b", "a b", "\u00fc", "a\n", "a,b", "a@b", "[::1]"}) {
    EXPECT_FALSE(valid_node_id(bad)) << bad;
  }
  EXPECT_TRUE(valid_node_id(std::string(255, 'a')));
  EXPECT_FALSE(valid_node_id(std::string(256, 'a')));
  EXPECT_FALSE(valid_node_id(std::string_view("a\0b", 3)));
  EXPECT_TRUE(valid_port_name(""));
  EXPECT_TRUE(valid_port_name("any # thing~"));
  EXPECT_TRUE(valid_port_name(std::string(64, 'x')));
  EXPECT_FALSE(valid_port_name(std::string(65, 'x')));
  for (const char* bad : {"\t", "\x7f", "\u00fc"}) EXPECT_FALSE(valid_port_name(bad)) << bad;
}

TEST(Text, QuotesWhatCannotBeTrusted) {
  EXPECT_EQ(quote("plain"), "\"plain\"");
  EXPECT_EQ(quote("a\nb\xff"), "\"a?b?\"");
  EXPECT_EQ(quote(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
}

TEST(Bytes, AreBigEndian) {
  std::uint8_t bytes[9] = {};
  store_be16(bytes + 1, 0x0102);
  EXPECT_EQ(bytes[1], 1);
  EXPECT_EQ(load_be16(bytes + 1), 0x0102);
  store_be32(bytes + 1, 0x01020304);
  EXPECT_EQ(bytes[4], 4);
  EXPECT_EQ(load_be32(bytes + 1), 0x01020304u);
  store_be64(bytes + 1, 0xf102030405060708);
  EXPECT_EQ(bytes[1], 0xf1);
  EXPECT_EQ(bytes[8], 8);
  EXPECT_EQ(load_be64(bytes + 1), 0xf102030405060708);
}

TEST(Bytes, CopyTakesAnyLength) {
  std::uint8_t from[80];
  for (std::size_t i = 0; i < sizeof from; ++i) from[i] = static_cast<std::uint8_t>(i + 1);
  for (std::size_t n = 0; n <= sizeof from; ++n) {
    std::uint8_t to[sizeof from + 1] = {};
    copy_bytes(to, from, n);
    for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(to[i], from[i]) << n;
    ASSERT_EQ(to[n], 0) << n;
  }
}

TEST(Bytes, AsciiIsSeenAtAnyLength) {
  for (std::size_t n = 0; n < 40; ++n) {
    std::string text(n, '\x7f');
    EXPECT_TRUE(is_ascii(text.data(), n));
    for (char& c : text) {
      c = '\x80';
      EXPECT_FALSE(is_ascii(text.data(), n));
      c = 'a';
    }
  }
}

TEST(Text, OneLineHasNothingThatDrivesATerminal) {
  EXPECT_EQ(one_line("a\n\x1b[2J\x7f\u009b", 100), "a??[2J???");
  for (const char* turn :
       {"\u061c", "\u200e", "\u200f", "\u2028", "\u202a", "\u202e", "\u2066", "\u2069"}) {
    const std::string text = one_line(std::string("<") + turn + ">", 100);
    EXPECT_EQ(text.find_first_not_of('?', 1), text.size() - 1) << text;
  }
  for (const char* fine : {"\u00e4", "\u061b", "\u200d", "\u2010", "\u2027", "\u202f", "\u2065",
                           "\u206a", "\u4e2d", "\U0001f600"}) {
    EXPECT_EQ(one_line(fine, 100), fine);
  }
}

}  // namespace
}  // namespace aemp
