// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include <array>
#include <new>
#include <span>
#include <string>

#include "crypto/bytes.h"
#include "crypto/two_views.h"
#include "support/hex.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::counting;
using test::hex_of;
using test::TwoViews;
using test::unhex;

using View = std::span<const std::uint8_t>;

std::string code_of(View key, View message) {
  std::array<std::uint8_t, 32> out;
  hmac_sha256(key, message, out);
  return hex_of(out);
}

std::string finished(HmacSha256& mac) {
  std::array<std::uint8_t, 32> out;
  mac.finish(out);
  return hex_of(out);
}

// RFC 4231, sections 4.2 to 4.8.
TEST(Hmac, GivesThePublishedCodes) {
  EXPECT_EQ(code_of(Bytes(20, 0x0b), bytes_of("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(code_of(bytes_of("Jefe"), bytes_of("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(code_of(Bytes(20, 0xaa), Bytes(50, 0xdd)),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(code_of(unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), Bytes(50, 0xcd)),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  // Published in its first 128 bits only.
  EXPECT_EQ(code_of(Bytes(20, 0x0c), bytes_of("Test With Truncation")).substr(0, 32),
            "a3b6167473100ee06e0c796c2955552b");
  EXPECT_EQ(
      code_of(Bytes(131, 0xaa), bytes_of("Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(code_of(Bytes(131, 0xaa),
                    bytes_of("This is a test using a larger than block-size key and a larger than "
                             "block-size data. The key needs to be hashed before being used by the "
                             "HMAC algorithm.")),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// The digest of the codes of keys of 0 to 199 bytes; the answer comes from Python's hmac.
TEST(Hmac, IsRightForEveryLengthOfKey) {
  Sha256 all;
  for (std::size_t size = 0; size < 200; ++size) {
    all.update(bytes_of(code_of(counting(size), counting(3 * size))));
  }
  std::array<std::uint8_t, 32> out;
  all.finish(out);
  EXPECT_EQ(hex_of(out), "32d38ae64b28b78b64377cef8b635d71fd01262ee3a5f2fd8a457c0d05441de3");
}

TEST(Hmac, IsTheSameForEverySplit) {
  const Bytes key = counting(32);
  const Bytes message = counting(150);
  const std::string expected = code_of(key, message);
  for (std::size_t split = 0; split <= message.size(); ++split) {
    HmacSha256 mac(key);
    mac.update(View(message).first(split));
    mac.update(View(message).subspan(split));
    ASSERT_EQ(finished(mac), expected) << split;
  }
}

TEST(Hmac, KeepsItsKeyInACopy) {
  const Bytes key = counting(80);
  const HmacSha256 keyed(key);
  for (std::size_t size = 0; size < 150; ++size) {
    HmacSha256 mac = keyed;
    mac.update(counting(size));
    ASSERT_EQ(finished(mac), code_of(key, counting(size))) << size;
  }
}

TEST(Hmac, MayPutTheCodeOverKeyAndMessage) {
  Bytes bytes = counting(64);
  const std::string expected = code_of(View(bytes).first(32), View(bytes).last(32));
  Bytes over_key = bytes;
  hmac_sha256(View(over_key).first(32), View(over_key).last(32), std::span(over_key).first<32>());
  EXPECT_EQ(hex_of(View(over_key).first(32)), expected);
  Bytes over_message = bytes;
  hmac_sha256(View(over_message).first(32), View(over_message).last(32),
              std::span(over_message).last<32>());
  EXPECT_EQ(hex_of(View(over_message).last(32)), expected);
}

TEST(Hmac, IsGoneAfterDestruction) {
  TwoViews memory;
  auto* mac = new (memory.storage()) HmacSha256(counting(32));
  const Bytes secret = bytes_of("a secret");
  mac->update(secret);
  EXPECT_TRUE(memory.contains(secret));
  mac->~HmacSha256();
  EXPECT_EQ(memory.count_of_zeros(), TwoViews::kSize);
}

// Both states start anew, that is, with the initial value of SHA-256: the key is not in them.
TEST(Hmac, KeepsNothingOfAFinishedMessage) {
  TwoViews memory;
  auto* mac = new (memory.storage()) HmacSha256(counting(32));
  mac->update(bytes_of("a secret"));
  finished(*mac);
  EXPECT_EQ(memory.count_of_zeros(), TwoViews::kSize - 2 * 32);
  mac->~HmacSha256();
}

}  // namespace
}  // namespace aemp::crypto
