// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "support/hex.h"

namespace aemp {
namespace {

// Decodes by the definition, the slow way: the code point at text[at], or -1.
long decode(const std::string& text, std::size_t at, std::size_t& size) {
  const auto byte = [&](std::size_t i) -> long {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const long first = byte(at);
  size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  if (size == 0) return -1;
  long code = size == 1 ? first : first & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (byte(at + i) >> 6 != 2) return -1;
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  constexpr long kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool wrong = code < kLeast[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return wrong ? -1 : code;
}

std::size_t slow_prefix(const std::string& text) {
  std::size_t at = 0;
  std::size_t size = 0;
  while (at < text.size() && decode(text, at, size) >= 0) at += size;
  return at;
}

std::size_t prefix(std::string_view text) {
  return utf8_valid_prefix(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

TEST(Utf8, TakesEveryCodePoint) {
  for (std::uint32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    std::string text;
    utf8_append(text, code);
    std::size_t size = 0;
    ASSERT_EQ(decode(text, 0, size), static_cast<long>(code));
    ASSERT_EQ(size, text.size());
    ASSERT_TRUE(utf8_valid(text)) << code;
    for (std::size_t n = 1; n < text.size(); ++n) {
      ASSERT_EQ(prefix(std::string_view(text).substr(0, n)), 0u);
    }
  }
}

TEST(Utf8, AgreesWithTheDefinitionOnAllShortSequences) {
  // All of two bytes, and all of three and four with the second and further ones at the edges.
  constexpr unsigned char kEdges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
  for (unsigned a = 0; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      const std::string two{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_EQ(prefix(two), slow_prefix(two)) << a << ' ' << b;
      for (unsigned char c : kEdges) {
        for (unsigned char d : kEdges) {
          const std::string four = two + static_cast<char>(c) + static_cast<char>(d);
          ASSERT_EQ(prefix(four), slow_prefix(four)) << a << ' ' << b << ' ' << +c << ' ' << +d;
        }
      }
    }
  }
}

TEST(Utf8, RejectsOverlongSurrogatesAndWhatLiesAbove) {
  for (const char* bad : {"\x80",
                          "\xbf",
                          "\xc0\x80",
                          "\xc1\xbf",
                          "\xe0\x80\x80",
                          "\xe0\x9f\xbf",
                          "\xf0\x80\x80\x80",
                          "\xf0\x8f\xbf\xbf",
                          "\xed\xa0\x80",
                          "\xed\xbf\xbf",
                          "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80",
                          "\xf8\x88\x80\x80\x80",
                          "\xfe",
                          "\xff",
                          "\xc3",
                          "\xe2\x82",
                          "\xf0\x9f\x98",
                          "\xc3(",
                          "\xe2(\xac",
                          "\xf0\x9f(\x80"}) {
    EXPECT_EQ(prefix(bad), 0u) << bad;
  }
}

TEST(Utf8, FindsTheFirstBadByteWhereverItIs) {
  for (std::size_t n = 0; n < 100; ++n) {
    for (std::size_t at = 0; at < n; ++at) {
      std::string text(n, 'a');
      text[at] = '\x80';
      ASSERT_EQ(prefix(text), at);
      ASSERT_FALSE(utf8_valid(text));
    }
    EXPECT_TRUE(utf8_valid(std::string(n, 'a')));
    EXPECT_TRUE(utf8_valid(std::string(n, 'a') + "\u00fc" + std::string(n, 'b')));
  }
}

TEST(Utf8, RepairReplacesOnlyWhatIsWrong) {
  EXPECT_EQ(utf8_repaired("plain \u00fc"), "plain \u00fc");
  EXPECT_EQ(utf8_repaired("a\xff\xfe"
                          "b"),
            "a\ufffd\ufffdb");
  EXPECT_EQ(utf8_repaired("\xe2\x82"), "\ufffd\ufffd");
  EXPECT_EQ(utf8_repaired(""), "");
}

TEST(Utf8, CutsBetweenCharacters) {
  const std::string_view text = "a\u00fc\u20acx";
  EXPECT_EQ(utf8_cut(text, 0), "");
  EXPECT_EQ(utf8_cut(text, 1), "a");
  EXPECT_EQ(utf8_cut(text, 2), "a");
  EXPECT_EQ(utf8_cut(text, 3), "a\u00fc");
  EXPECT_EQ(utf8_cut(text, 5), "a\u00fc");
  EXPECT_EQ(utf8_cut(text, 6), "a\u00fc\u20ac");
  EXPECT_EQ(utf8_cut(text, 100), text);
}

}  // namespace
}  // namespace aemp
