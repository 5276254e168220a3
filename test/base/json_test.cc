// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/cbor.h"

namespace aemp {
namespace {

std::string through(std::string_view text) { return parse_json_value(text).json(); }

// What the error says, or "" when there is none.
std::string complaint(std::string_view text) {
  try {
    const OwnedValue value = parse_json_value(text);
    EXPECT_TRUE(cbor::validate(value.data(), value.size_bytes()).ok) << text;
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::bad_json);
    return error.what();
  }
}

TEST(JsonParse, TakesWhatTheStandardTakes) {
  const std::pair<const char*, const char*> table[] = {
      {"null", "null"},
      {" true ", "true"},
      {"\t\r\nfalse\n", "false"},
      {"0", "0"},
      {"-0", "-0.0"},
      {"-1", "-1"},
      {"1.0", "1.0"},
      {"1e3", "1000.0"},
      {"1E+3", "1000.0"},
      {"1e-3", "0.001"},
      {"0.1", "0.1"},
      {"0e99999", "0.0"},
      {"-0.0e-1", "-0.0"},
      {"1e-400", "0.0"},
      {"-1e-400", "-0.0"},
      {"0.000000000000000000001e-310", "0.0"},
      {"123456789012345678901234567890", "1.2345678901234568e+29"},
      {"\"\"", "\"\""},
      {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")"},
      {R"("\u0041\u00e4\u20AC")", "\"A\u00e4\u20ac\""},
      {R"("\ud83d\ude00")", "\"\U0001f600\""},
      {R"("\uD800\uDC00\uDBFF\uDFFF")", "\"\U00010000\U0010ffff\""},
      {R"("a\u0000b")", R"("a\u0000b")"},
      {R"("\u001f\u007f")", "\"\\u001f\x7f\""},
      {"\"\u00fc\u6c34\U00010151\"", "\"\u00fc\u6c34\U00010151\""},
      {"[]", "[]"},
      {"[ ]", "[]"},
      {"[1,[2,[3]],{}]", "[1,[2,[3]],{}]"},
      {"{ }", "{}"},
      {R"({"a":1,"b":{"c":[null]}})", R"({"a":1,"b":{"c":[null]}})"},
      {R"( { "" : [ 1 , 2 ] } )", R"({"":[1,2]})"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(complaint(text), "") << text;
    EXPECT_EQ(through(text), expected) << text;
  }
}

TEST(JsonParse, RejectsWithLineAndColumn) {
  const std::pair<const char*, const char*> table[] = {
      {"", "JSON, line 1, column 1: expected a value"},
      {"  \n ", "JSON, line 2, column 2: expected a value"},
      {"x", "JSON, line 1, column 1: expected a value"},
      {"nul", "JSON, line 1, column 1: expected a value"},
      {"True", "JSON, line 1, column 1: expected a value"},
      {"nullx", "JSON, line 1, column 5: expected the end of the text"},
      {"1 2", "JSON, line 1, column 3: expected the end of the text"},
      {"[1,]", "JSON, line 1, column 4: expected a value"},
      {"[,1]", "JSON, line 1, column 2: expected a value"},
      {"[1 2]", "JSON, line 1, column 4: expected ',' or ']'"},
      {"[1", "JSON, line 1, column 3: expected ',' or ']'"},
      {"[", "JSON, line 1, column 2: expected a value"},
      {"]", "JSON, line 1, column 1: expected a value"},
      {"{", "JSON, line 1, column 2: expected a key in quotes"},
      {"{1:2}", "JSON, line 1, column 2: expected a key in quotes"},
      {"{a:2}", "JSON, line 1, column 2: expected a key in quotes"},
      {"{\"a\"}", "JSON, line 1, column 5: expected ':'"},
      {"{\"a\":}", "JSON, line 1, column 6: expected a value"},
      {"{\"a\":1,}", "JSON, line 1, column 8: expected a key in quotes"},
      {"{\"a\":1 \"b\":2}", "JSON, line 1, column 8: expected ',' or '}'"},
      {"{\"a\":1", "JSON, line 1, column 7: expected ',' or '}'"},
      {"\"", "JSON, line 1, column 2: the text ends within a string"},
      {"\"abc", "JSON, line 1, column 5: the text ends within a string"},
      {"\"a\\", "JSON, line 1, column 4: the text ends within a string"},
      {"\"a\nb\"", "JSON, line 1, column 3: control character in a string"},
      {"\"\\x\"", "JSON, line 1, column 2: unknown escape"},
      {"\"\\u12g4\"", "JSON, line 1, column 2: incomplete escape"},
      {"\"\\u12\"", "JSON, line 1, column 2: incomplete escape"},
      {"\"\\ud83d\"", "JSON, line 1, column 2: half of a surrogate pair"},
      {"\"\\ud83dx\"", "JSON, line 1, column 2: half of a surrogate pair"},
      {"\"\\ud83d\\n\"", "JSON, line 1, column 2: half of a surrogate pair"},
      {"\"\\ud83d\\ud83d\"", "JSON, line 1, column 2: half of a surrogate pair"},
      {"\"\\ude00\"", "JSON, line 1, column 2: half of a surrogate pair"},
      {"'a'", "JSON, line 1, column 1: expected a value"},
      {"01", "JSON, line 1, column 2: malformed number"},
      {"-", "JSON, line 1, column 2: malformed number"},
      {"-a", "JSON, line 1, column 2: malformed number"},
      {"+1", "JSON, line 1, column 1: expected a value"},
      {".5", "JSON, line 1, column 1: expected a value"},
      {"1.", "JSON, line 1, column 3: malformed number"},
      {"1.e3", "JSON, line 1, column 3: malformed number"},
      {"1e", "JSON, line 1, column 3: malformed number"},
      {"1e+", "JSON, line 1, column 4: malformed number"},
      {"0x10", "JSON, line 1, column 2: expected the end of the text"},
      {"NaN", "JSON, line 1, column 1: expected a value"},
      {"-Infinity", "JSON, line 1, column 2: malformed number"},
      {"[1,\n 1e400]", "JSON, line 2, column 2: number out of range"},
      {"1000000000000000000000e300", "JSON, line 1, column 1: number out of range"},
      {"// comment\n1", "JSON, line 1, column 1: expected a value"},
      {"\xef\xbb\xbf[]", "JSON, line 1, column 1: expected a value"},
      {"[\"\xff\"]", "JSON, line 1, column 3: text is not UTF-8"},
      {"\"\u00fc\u6c34\xc0\x80\"", "JSON, line 1, column 4: text is not UTF-8"},
      {"{\"\xed\xa0\x80\":1}", "JSON, line 1, column 3: text is not UTF-8"},
      {"{\n  \"a\": 1,\n  \"\u00fc\": x\n}", "JSON, line 3, column 8: expected a value"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(complaint(text), expected) << text;
  EXPECT_NE(complaint(std::string_view("1\0", 2)), "");
}

TEST(JsonParse, DecidesHugeOrTinyByTheWholeNumber) {
  const std::string zeros(400, '0');
  EXPECT_EQ(through("1" + zeros + "e-400"), "1.0");
  EXPECT_NE(complaint("1" + zeros + "e-50"), "");
  EXPECT_EQ(through("0." + zeros + "1e401"), "1.0");
  EXPECT_EQ(through("0." + zeros + "1e50"), "0.0");
  EXPECT_EQ(through("1e-99999999999999999999"), "0.0");
  EXPECT_NE(complaint("1e99999999999999999999"), "");
  EXPECT_EQ(through("0.0e99999999999999999999"), "0.0");
}

TEST(JsonParse, KeepsWholeNumbersOf64BitsExact) {
  for (const char* text : {"9223372036854775807", "-9223372036854775808", "9223372036854775808",
                           "18446744073709551615", "9007199254740993", "-9007199254740993"}) {
    EXPECT_EQ(parse_json_value(text).kind(), Kind::integer) << text;
    EXPECT_EQ(through(text), text);
  }
  EXPECT_EQ(parse_json_value("-9223372036854775808").as<std::int64_t>(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse_json_value("18446744073709551615").as<std::uint64_t>(),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(parse_json_value("18446744073709551616").as<double>(), 0x1p64);
  EXPECT_EQ(parse_json_value("-9223372036854775809").as<double>(), -0x1p63);
  EXPECT_EQ(parse_json_value("18446744073709551616").kind(), Kind::floating);
}

TEST(JsonParse, TakesContainersOfAnyNumberOfElements) {
  for (std::size_t n : {0u, 1u, 23u, 24u, 25u, 255u, 256u, 300u, 65535u, 65536u}) {
    std::string text = "[[";
    std::string map = "{";
    for (std::size_t i = 0; i < n; ++i) {
      const std::string number = std::to_string(i);
      if (i > 0) text += ',', map += ',';
      text += number;
      map += '"' + number + "\":" + number;
    }
    text += "]," + map + "}]";
    const OwnedMessage message = parse_json(text);
    ASSERT_TRUE(cbor::validate(message.data(), message.size_bytes()).ok);
    EXPECT_EQ(message[0].size(), n);
    EXPECT_EQ(message[1].size(), n);
    EXPECT_EQ(message.json(), text);
  }
}

TEST(JsonParse, EncodesLikeTheWriter) {
  EXPECT_EQ(parse_json(R"(["ping",1,-1,1.5,true,null,[1,2],{"a":"b"}])"),
            message("ping", 1, -1, 1.5, true, nullptr, list(1, 2), dict("a", "b")));
  EXPECT_EQ(parse_json("[]"), OwnedMessage());
}

TEST(JsonParse, MessagesAreArrays) {
  EXPECT_EQ(parse_json(" [1, [2] ] ").size(), 2u);
  for (const char* text : {"1", "{}", "\"a\"", "null", "", "[1", "[1]]", "[1] x"}) {
    EXPECT_THROW(parse_json(text), Error) << text;
  }
}

TEST(JsonParse, BoundsTheNesting) {
  const auto deep = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(complaint(deep(128)), "");
  EXPECT_EQ(complaint(deep(129)), "JSON, line 1, column 129: nested more than 128 deep");
  EXPECT_NE(complaint(std::string(1'000'000, '[')), "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_NE(complaint(objects), "");
  const OwnedMessage message = parse_json(deep(129));
  EXPECT_EQ(message.json(), deep(129));
  EXPECT_THROW(parse_json(deep(130)), Error);
}

TEST(JsonParse, TheLastOfEqualKeysCounts) {
  const OwnedValue value = parse_json_value(R"({"a":1,"b":2,"a":3})");
  EXPECT_EQ(value["a"].as<int>(), 3);
  EXPECT_EQ((value.as<std::map<std::string, int>>()),
            (std::map<std::string, int>{{"a", 3}, {"b", 2}}));
}

TEST(JsonPrint, DoublesReadBackTheSame) {
  for (double v : {0.0, -0.0, 1.0, 0.1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 1.0 / 3,
                   123456789012345680.0, 65504.0, 3.4028234663852886e38}) {
    const std::string text = message(v).json();
    const OwnedMessage back = parse_json(text);
    EXPECT_EQ(back[0].kind(), Kind::floating) << text;
    EXPECT_EQ(back, message(v)) << text;
    EXPECT_EQ(std::signbit(back[0].as<double>()), std::signbit(v));
  }
}

TEST(JsonPrint, WhatJsonLacksBecomesNullOrText) {
  EXPECT_EQ(message(std::nan(""), std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity())
                .json(),
            "[null,null,null]");
  EXPECT_EQ(message(std::vector<std::byte>{std::byte{0xfb}, std::byte{0xff}}).json(), "[\"-_8\"]");
  EXPECT_EQ(message(*Port::parse("ruth#x.1"), *Port::parse("ruth"), Port()).json(),
            R"(["ruth#x.1","ruth#",null])");
}

TEST(JsonPrint, KeysAreText) {
  using Bytes = std::vector<std::byte>;
  EXPECT_EQ(dict("t", 1, 2, 3, true, 4, nullptr, 5, 1.0, 6).json(),
            R"({"t":1,"2":3,"true":4,"null":5,"1.0":6})");
  EXPECT_EQ(dict(Bytes(3), 1, *Port::parse("a#b"), 2).json(), R"({"AAAA":1,"a#b":2})");
  EXPECT_EQ(dict(list("a", 1), 2, dict("k", "v"), 3).json(),
            R"({"[\"a\",1]":2,"{\"k\":\"v\"}":3})");
}

TEST(JsonPrint, KeysWithinKeysDoNotMultiply) {
  OwnedValue value = dict("\"", "\\");
  for (int i = 0; i < 100; ++i) value = dict(value, 1);
  EXPECT_LT(value.json().size(), 2000u);
  EXPECT_NO_THROW(parse_json_value(value.json()));
}

TEST(JsonPrint, EscapesOnlyWhatItMust) {
  std::string all;
  for (char c = 0; c < 0x7f; ++c) all.push_back(c);
  const std::string text = message(all).json();
  EXPECT_EQ(text.substr(0, 60), R"(["\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u00)");
  EXPECT_EQ(parse_json(text)[0].as<std::string>(), all);
}

}  // namespace
}  // namespace aemp
