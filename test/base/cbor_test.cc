// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/cbor.h"

#include <aemp/value.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support/hex.h"

namespace aemp {
namespace {

using test::hex;
using test::unhex;

// In memory of exactly its size, so that a sanitizer sees reads beyond it.
cbor::Checked check(const std::vector<std::uint8_t>& bytes) {
  std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  return cbor::validate(exact.get(), bytes.size());
}
cbor::Checked check(std::string_view text) { return check(unhex(text)); }

// Builds the value again from what the C++ types of its parts say.
void rebuild(Writer& w, const Value& v) {
  switch (v.kind()) {
    case Kind::null:
      w.put(nullptr);
      return;
    case Kind::boolean:
      w.put(v.as<bool>());
      return;
    case Kind::integer:
      if (auto small = v.get<std::int64_t>()) {
        w.put(*small);
      } else {
        w.put(v.as<std::uint64_t>());
      }
      return;
    case Kind::floating:
      w.put(v.as<double>());
      return;
    case Kind::text:
      w.put(v.as<std::string_view>());
      return;
    case Kind::bytes:
      w.put(v.as<std::span<const std::byte>>());
      return;
    case Kind::port:
      w.put(v.as<Port>());
      return;
    case Kind::array:
      w.array(v.size());
      for (Value element : v.items()) rebuild(w, element);
      return;
    case Kind::map:
      w.map(v.size());
      for (auto [key, value] : v.entries()) {
        rebuild(w, key);
        rebuild(w, value);
      }
  }
}

struct Example {
  const char* encoded;
  const char* diag;
  const char* json;
  bool preferred = true;  // encodes back to the same bytes
};

// RFC 8949, appendix A, what the profile takes.
constexpr Example kExamples[] = {
    {"00", "0", "0"},
    {"01", "1", "1"},
    {"0a", "10", "10"},
    {"17", "23", "23"},
    {"1818", "24", "24"},
    {"1819", "25", "25"},
    {"1864", "100", "100"},
    {"1903e8", "1000", "1000"},
    {"1a000f4240", "1000000", "1000000"},
    {"1b000000e8d4a51000", "1000000000000", "1000000000000"},
    {"1bffffffffffffffff", "18446744073709551615", "18446744073709551615"},
    {"c249010000000000000000", "2(h'010000000000000000')", "\"AQAAAAAAAAAA\"", false},
    {"3bffffffffffffffff", "-18446744073709551616", "-18446744073709551616", false},
    {"c349010000000000000000", "3(h'010000000000000000')", "\"AQAAAAAAAAAA\"", false},
    {"20", "-1", "-1"},
    {"29", "-10", "-10"},
    {"3863", "-100", "-100"},
    {"3903e7", "-1000", "-1000"},
    {"f90000", "0.0", "0.0"},
    {"f98000", "-0.0", "-0.0"},
    {"f93c00", "1.0", "1.0"},
    {"fb3ff199999999999a", "1.1", "1.1"},
    {"f93e00", "1.5", "1.5"},
    {"f97bff", "65504.0", "65504.0"},
    {"fa47c35000", "1e+05", "1e+05"},
    {"fa7f7fffff", "3.4028234663852886e+38", "3.4028234663852886e+38"},
    {"fb7e37e43c8800759c", "1e+300", "1e+300"},
    {"f90001", "5.960464477539063e-08", "5.960464477539063e-08"},
    {"f90400", "6.103515625e-05", "6.103515625e-05"},
    {"f9c400", "-4.0", "-4.0"},
    {"fbc010666666666666", "-4.1", "-4.1"},
    {"f97c00", "Infinity", "null"},
    {"f97e00", "NaN", "null"},
    {"f9fc00", "-Infinity", "null"},
    {"fa7f800000", "Infinity", "null", false},
    {"fa7fc00000", "NaN", "null", false},
    {"faff800000", "-Infinity", "null", false},
    {"fb7ff0000000000000", "Infinity", "null", false},
    {"fb7ff8000000000000", "NaN", "null", false},
    {"fbfff0000000000000", "-Infinity", "null", false},
    {"f4", "false", "false"},
    {"f5", "true", "true"},
    {"f6", "null", "null"},
    {"f7", "undefined", "null", false},
    {"c074323031332d30332d32315432303a30343a30305a", "0(\"2013-03-21T20:04:00Z\")",
     "\"2013-03-21T20:04:00Z\"", false},
    {"c11a514b67b0", "1(1363896240)", "1363896240", false},
    {"c1fb41d452d9ec200000", "1(1363896240.5)", "1363896240.5", false},
    {"d74401020304", "23(h'01020304')", "\"AQIDBA\"", false},
    {"d818456449455446", "24(h'6449455446')", "\"ZElFVEY\"", false},
    {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "32(\"http://www.example.com\")",
     "\"http://www.example.com\"", false},
    {"40", "h''", "\"\""},
    {"4401020304", "h'01020304'", "\"AQIDBA\""},
    {"60", "\"\"", "\"\""},
    {"6161", "\"a\"", "\"a\""},
    {"6449455446", "\"IETF\"", "\"IETF\""},
    {"62225c", R"("\"\\")", R"("\"\\")"},
    {"62c3bc", "\"\u00fc\"", "\"\u00fc\""},
    {"63e6b0b4", "\"\u6c34\"", "\"\u6c34\""},
    {"64f0908591", "\"\U00010151\"", "\"\U00010151\""},
    {"80", "[]", "[]"},
    {"83010203", "[1, 2, 3]", "[1,2,3]"},
    {"8301820203820405", "[1, [2, 3], [4, 5]]", "[1,[2,3],[4,5]]"},
    {"98190102030405060708090a0b0c0d0e0f101112131415161718181819",
     "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]",
     "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]"},
    {"a0", "{}", "{}"},
    {"a201020304", "{1: 2, 3: 4}", R"({"1":2,"3":4})"},
    {"a26161016162820203", R"({"a": 1, "b": [2, 3]})", R"({"a":1,"b":[2,3]})"},
    {"826161a161626163", R"(["a", {"b": "c"}])", R"(["a",{"b":"c"}])"},
    {"a56161614161626142616361436164614461656145",
     R"({"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"})",
     R"({"a":"A","b":"B","c":"C","d":"D","e":"E"})"},
};

// RFC 8949, appendix A, what it does not take: simple values without meaning, indefinite lengths.
constexpr const char* kOutside[] = {
    "f0",
    "f8ff",
    "5f42010243030405ff",
    "7f657374726561646d696e67ff",
    "9fff",
    "9f018202039f0405ffff",
    "9f01820203820405ff",
    "83018202039f0405ff",
    "83019f0203ff820405",
    "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
    "bf61610161629f0203ffff",
    "826161bf61626163ff",
    "bf6346756ef563416d7421ff",
};

// Ports, and numbers at the edges of their heads.
constexpr const char* kMore[] = {
    "d9ae4d8364727574684801234567 89abcdef1a0c000007",
    "d9ae4d826472757468637 82e31",
    "d9ae4d836472757468480000000000000000 00",
    "18ff",
    "190100",
    "19ffff",
    "1a00010000",
    "1affffffff",
    "1b0000000100000000",
    "3b7fffffffffffffff",
    "fa7f7fffff",
    "fb0000000000000001",
    "818181818181d9ae4d826472757468637 82e31",
};

TEST(CborValidate, TakesTheExamplesOfTheStandard) {
  for (const Example& example : kExamples) {
    const auto bytes = unhex(example.encoded);
    const cbor::Checked checked = check(bytes);
    EXPECT_TRUE(checked.ok) << example.encoded << ": " << checked.what;
    EXPECT_EQ(checked.items, 1u) << example.encoded;
    EXPECT_EQ(cbor::diag(bytes.data(), bytes.size()), example.diag);
    EXPECT_EQ(Value(bytes.data(), bytes.data() + bytes.size(), nullptr).json(), example.json);
  }
}

TEST(CborValidate, RejectsTheExamplesOutsideTheProfile) {
  for (const char* encoded : kOutside) EXPECT_FALSE(check(encoded).ok) << encoded;
}

TEST(CborValidate, RejectsEveryTruncation) {
  std::vector<const char*> all(std::begin(kMore), std::end(kMore));
  for (const Example& example : kExamples) all.push_back(example.encoded);
  for (const char* encoded : all) {
    const auto bytes = unhex(encoded);
    ASSERT_TRUE(check(bytes).ok) << encoded << ": " << check(bytes).what;
    EXPECT_EQ(detail::skip_item(bytes.data()), bytes.data() + bytes.size()) << encoded;
    for (std::size_t n = 1; n < bytes.size(); ++n) {
      const cbor::Checked checked = check({bytes.begin(), bytes.begin() + static_cast<long>(n)});
      EXPECT_FALSE(checked.ok) << encoded << " cut to " << n;
      EXPECT_LE(checked.at, n);
      EXPECT_NE(checked.what, nullptr);
    }
  }
}

TEST(CborWriter, EncodesTheExamplesToTheSameBytes) {
  std::vector<Example> all(std::begin(kExamples), std::end(kExamples));
  for (const char* encoded : kMore) all.push_back({encoded, "", ""});
  for (const Example& example : all) {
    if (!example.preferred) continue;
    const auto bytes = unhex(example.encoded);
    detail::Scratch scratch;
    rebuild(scratch.writer(), Value(bytes.data(), bytes.data() + bytes.size(), nullptr));
    EXPECT_EQ(hex(scratch.writer().begin(), scratch.writer().size()),
              hex(bytes.data(), bytes.size()));
  }
}

TEST(CborValidate, TakesHeadsOfAnyLength) {
  for (const char* encoded :
       {"1800", "190000", "1a00000000", "1b0000000000000000", "5800", "590000", "7a0000000161",
        "7b000000000000000161", "980101", "9b000000000000000101", "b8010101", "d90000f6",
        "da0000ae4d826161617a", "d9ae4d9802616161 7a"}) {
    EXPECT_TRUE(check(encoded).ok) << encoded << ": " << check(encoded).what;
    const auto bytes = unhex(encoded);
    EXPECT_EQ(detail::skip_item(bytes.data()), bytes.data() + bytes.size()) << encoded;
  }
}

TEST(CborValidate, RejectsReservedHeads) {
  for (unsigned major = 0; major < 8; ++major) {
    for (unsigned info = 28; info < 32; ++info) {
      const auto first = static_cast<std::uint8_t>(major << 5 | info);
      std::vector<std::uint8_t> bytes(32, 0);
      bytes[0] = first;
      EXPECT_FALSE(check(bytes).ok) << unsigned{first};
    }
  }
}

TEST(CborValidate, RejectsSimpleValuesWithoutMeaning) {
  for (unsigned b = 0xe0; b < 0xf4; ++b) EXPECT_FALSE(check({static_cast<std::uint8_t>(b)}).ok);
  for (unsigned b = 0; b < 256; ++b) EXPECT_FALSE(check({0xf8, static_cast<std::uint8_t>(b)}).ok);
}

TEST(CborValidate, CountsTheItemsOfASequence) {
  EXPECT_EQ(check("").items, 0u);
  EXPECT_TRUE(check("").ok);
  EXPECT_EQ(check("01 6161 820203 f6").items, 4u);
  EXPECT_EQ(check("01 6161 820203 ff").at, 6u);
}

TEST(CborValidate, RejectsCountsThatCannotBe) {
  for (const char* encoded :
       {"9bffffffffffffffff", "bbffffffffffffffff", "bb8000000000000000", "9b0000000100000000 00",
        "5bffffffffffffffff", "7bffffffffffffffff", "5b7fffffffffffffff00", "9a00100000f6f6f6",
        "b903e8f6f6", "82820000", "a200a10000"}) {
    EXPECT_FALSE(check(encoded).ok) << encoded;
  }
}

std::vector<std::uint8_t> nested(std::uint8_t head, std::size_t levels) {
  std::vector<std::uint8_t> bytes(levels, head);
  bytes.push_back(0);
  return bytes;
}

TEST(CborValidate, BoundsTheNesting) {
  for (std::uint8_t head : {std::uint8_t{0x81}, std::uint8_t{0xc1}}) {
    EXPECT_TRUE(check(nested(head, 128)).ok);
    EXPECT_FALSE(check(nested(head, 129)).ok);
    EXPECT_TRUE(check(nested(head, 129)).too_deep);
    EXPECT_FALSE(check(nested(head, 10'000)).ok);
    EXPECT_EQ(check(nested(head, 10'000)).at, 128u);
  }
  std::vector<std::uint8_t> empty(129, 0x81);
  empty.back() = 0x80;
  EXPECT_TRUE(check(empty).too_deep);
  const auto bytes = nested(0x81, 100);
  EXPECT_TRUE(cbor::validate(bytes.data(), bytes.size(), 100).ok);
  EXPECT_TRUE(cbor::validate(bytes.data(), bytes.size(), 99).too_deep);
  EXPECT_TRUE(cbor::validate(bytes.data(), bytes.size(), 0).too_deep);
}

TEST(CborValidate, RejectsMapsOfTheDepthOfTheStack) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 10'000; ++i) bytes.insert(bytes.end(), {0xa1, 0x00});
  bytes.push_back(0);
  EXPECT_TRUE(check(bytes).too_deep);
}

TEST(CborValidate, RejectsTextThatIsNotUtf8) {
  EXPECT_EQ(check("6461ff6162").at, 2u);
  for (const char* encoded : {"61ff", "62c080", "63eda080", "64f4908080", "61c3", "820061fe",
                              "a161800 0", "6a6161616161616161c361"}) {
    EXPECT_FALSE(check(encoded).ok) << encoded;
  }
  EXPECT_TRUE(check("41ff").ok);
}

TEST(CborValidate, RejectsMalformedPorts) {
  for (const char* inside : {
           "f6",                              // no array
           "00",                              //
           "80",                              // wrong number of parts
           "8161 61",                         //
           "84616148000000000000000000 00",   //
           "83616148000000000000000020",      // negative serial
           "836161480000000000000000f90000",  // serial that is no integer
           "83616147000000000000 0000",       // origin of 7 bytes
           "83616149000000000000000000 00",   // origin of 9 bytes
           "836161680000000000000000 00",     // origin that is text
           "83416148000000000000000000",      // node that is bytes
           "8360480000000000000000 00",       // empty node
           "83612348000000000000000000",      // node with '#'
           "8362c3bc48000000000000000000",    // node beyond ASCII
           "8261616 0",                       // empty name
           "82616141 00",                     // name that is bytes
           "8261616 10a",                     // name with a control character
           "c1826161617a",                    // a tag within
       }) {
    EXPECT_FALSE(check(std::string("d9ae4d") + inside).ok) << inside;
  }
  const std::string most = "6161";
  EXPECT_TRUE(check("d9ae4d82" + most + "7840" + std::string(128, '6')).ok);
  EXPECT_FALSE(check("d9ae4d82" + most + "7841" + std::string(130, '6')).ok);
  EXPECT_TRUE(check("d9ae4d8278ff" + std::string(510, '6') + most).ok);
  EXPECT_FALSE(check("d9ae4d82790100" + std::string(512, '6') + most).ok);
}

// Uses all that there is on what validate() lets through.
void use(const std::vector<std::uint8_t>& bytes, std::size_t items) {
  const Message message(bytes.data(), bytes.size());
  ASSERT_EQ(message.size(), items);
  EXPECT_NE(message.json(), "");
  cbor::diag(bytes.data(), bytes.size());
  for (Value v : message) {
    v.kind();
    v.get<std::int64_t>();
    v.get<std::uint8_t>();
    v.get<double>();
    v.get<float>();
    v.get<std::string>();
    v.get<Port>();
    v.get<std::vector<Value>>();
    v.get<std::vector<std::uint16_t>>();
    v.find("a");
    const OwnedValue copy = v.copy();
    EXPECT_EQ(message.copy()[0].kind(), (*message.begin()).kind());
    EXPECT_EQ(copy.kind(), v.kind());
    EXPECT_TRUE(cbor::validate(copy.data(), copy.size_bytes()).ok);
  }
}

TEST(CborValidate, WhatRandomBytesItTakesCanBeRead) {
  std::mt19937 random(20261122);
  std::size_t taken = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::vector<std::uint8_t> bytes(random() % 24);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random());
    const cbor::Checked checked = check(bytes);
    if (!checked.ok || bytes.empty()) continue;
    ++taken;
    use(bytes, checked.items);
  }
  EXPECT_GT(taken, 1000u);
}

TEST(CborValidate, WhatChangedMessagesItTakesCanBeRead) {
  const OwnedMessage message =
      aemp::message("ping", *Port::parse("ruth#x.1"), 41, list(1, 2.5, "\u00fc"),
                    dict("a", list(), "b", true), 1e300, *Port::parse("a#06gR3KLmnop.1z"));
  std::mt19937 random(7);
  std::size_t taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::vector<std::uint8_t> bytes(message.data(), message.data() + message.size_bytes());
    for (auto n = 1 + random() % 3; n > 0; --n) {
      bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1u << random() % 8);
    }
    const cbor::Checked checked = check(bytes);
    if (!checked.ok) continue;
    ++taken;
    use(bytes, checked.items);
  }
  EXPECT_GT(taken, 1000u);
}

TEST(CborDiag, SeparatesTheItemsOfASequence) {
  const auto bytes = unhex("01f7a0");
  EXPECT_EQ(cbor::diag(bytes.data(), bytes.size()), "1, undefined, {}");
  EXPECT_EQ(cbor::diag(nullptr, 0), "");
}

}  // namespace
}  // namespace aemp
