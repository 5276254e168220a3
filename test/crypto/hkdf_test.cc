// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/hkdf.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <stdexcept>

#include "crypto/bytes.h"
#include "crypto/hmac.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::counting;
using test::hex_of;
using test::unhex;

using View = std::span<const std::uint8_t>;

Bytes hkdf(View salt, View ikm, View info, std::size_t size) {
  Bytes out(size);
  hkdf_sha256(salt, ikm, info, out);
  return out;
}

// Bytes first to last.
Bytes sequence(std::uint8_t first, std::uint8_t last) {
  const Bytes all = counting(256);
  return {all.begin() + first, all.begin() + last + 1};
}

// RFC 5869, appendices A.1 to A.3.
TEST(Hkdf, GivesThePublishedKeys) {
  EXPECT_EQ(hex_of(hkdf(sequence(0, 12), Bytes(22, 0x0b), sequence(0xf0, 0xf9), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(
      hex_of(hkdf(sequence(0x60, 0xaf), sequence(0, 0x4f), sequence(0xb0, 0xff), 82)),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
      "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  EXPECT_EQ(hex_of(hkdf({}, Bytes(22, 0x0b), {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, GivesTheBeginningOfALongerKey) {
  const Bytes longest = hkdf(counting(20), counting(32), bytes_of("info"), kMaxHkdf);
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes key = hkdf(counting(20), counting(32), bytes_of("info"), size);
    ASSERT_EQ(hex_of(key), hex_of(longest).substr(0, 2 * size));
  }
}

// The digest of the longest key; the answer comes from Python, with RFC 5869 written out.
TEST(Hkdf, CountsTo255) {
  std::array<std::uint8_t, 32> digest;
  sha256(hkdf(counting(20), counting(32), bytes_of("info"), kMaxHkdf), digest);
  EXPECT_EQ(hex_of(digest), "459c7fc4775a5b1d88179cee54fc64d4634bdb7a59c39f15c2979b834b39ca61");
}

TEST(Hkdf, RefusesMoreThan255Blocks) {
  Bytes out(kMaxHkdf + 1, 0x55);
  EXPECT_THROW(hkdf_sha256({}, counting(32), {}, out), std::length_error);
  EXPECT_EQ(out, Bytes(kMaxHkdf + 1, 0x55));
}

// Noise Protocol Framework, revision 34, section 4.3, written out.
TEST(Hkdf, GivesNoiseItsTwoOrThreeKeys) {
  const auto hmac = [](View key, Bytes message, std::uint8_t number) {
    Bytes out(32);
    if (number > 0) message.push_back(number);
    hmac_sha256(key, message, std::span(out).first<32>());
    return out;
  };
  const Bytes chaining_key = counting(32);
  for (const std::size_t size : {0u, 32u, 65u}) {
    const Bytes ikm(size, 0x77);
    const Bytes temp_key = hmac(chaining_key, ikm, 0);
    const Bytes first = hmac(temp_key, {}, 1);
    const Bytes second = hmac(temp_key, first, 2);
    const Bytes third = hmac(temp_key, second, 3);
    std::array<std::uint8_t, 32> out1, out2, out3;
    hkdf2(std::span(chaining_key).first<32>(), ikm, out1, out2);
    EXPECT_EQ(hex_of(out1) + hex_of(out2), hex_of(first) + hex_of(second));
    out1 = out2 = {};
    hkdf3(std::span(chaining_key).first<32>(), ikm, out1, out2, out3);
    EXPECT_EQ(hex_of(out1) + hex_of(out2) + hex_of(out3),
              hex_of(first) + hex_of(second) + hex_of(third));
  }
}

TEST(Hkdf, MayPutTheOutputsOverTheInputs) {
  std::array<std::uint8_t, 32> chaining_key = {1, 2, 3}, ikm = {4, 5, 6}, out1, out2, out3;
  auto ck = chaining_key;
  auto second = ikm;
  hkdf2(ck, ikm, out1, out2);
  hkdf2(ck, second, ck, second);
  EXPECT_EQ(ck, out1);
  EXPECT_EQ(second, out2);
  ck = chaining_key;
  second = ikm;
  std::array<std::uint8_t, 32> third;
  hkdf3(ck, ikm, out1, out2, out3);
  hkdf3(ck, second, second, ck, third);
  EXPECT_EQ(second, out1);
  EXPECT_EQ(ck, out2);
  EXPECT_EQ(third, out3);
}

}  // namespace
}  // namespace aemp::crypto
