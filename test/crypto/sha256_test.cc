// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/two_views.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::counting;
using test::hex_of;
using test::TwoViews;

using Digest = std::array<std::uint8_t, 32>;
using View = std::span<const std::uint8_t>;

Digest digest_of(View message) {
  Digest out;
  sha256(message, out);
  return out;
}

std::string digest_of_text(std::string_view text) { return hex_of(digest_of(bytes_of(text))); }

std::string finished(Sha256& hash) {
  Digest out;
  hash.finish(out);
  return hex_of(out);
}

// `count` bytes of one value, in pieces of `piece` bytes.
std::string digest_of_many(std::uint8_t value, std::size_t count, std::size_t piece) {
  const Bytes bytes(piece, value);
  Sha256 hash;
  for (; count >= piece; count -= piece) hash.update(bytes);
  hash.update(View(bytes).first(count));
  return finished(hash);
}

const std::string kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

// The examples published with FIPS 180-4.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(digest_of_text("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest_of_text("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                           "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(digest_of_text(""), kEmpty);
}

// NIST's additional examples: lengths at which the padding is or is not in a block of its own.
TEST(Sha256, GivesThePublishedDigestsOfEvenBytes) {
  const auto digest = [](std::uint8_t value, std::size_t count) {
    return digest_of_many(value, count, count);
  };
  EXPECT_EQ(digest(0xbd, 1), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b");
  EXPECT_EQ(digest(0, 55), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
  EXPECT_EQ(digest(0, 56), "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
  EXPECT_EQ(digest(0, 57), "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785");
  EXPECT_EQ(digest(0, 64), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
  EXPECT_EQ(digest(0, 1000), "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53");
  EXPECT_EQ(digest(0x41, 1000), "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4");
  EXPECT_EQ(digest(0x55, 1005), "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0");
  EXPECT_EQ(digest(0, 1000000), "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
}

TEST(Sha256, AddsAMillionAInPieces) {
  for (const std::size_t piece : {1u, 3u, 63u, 64u, 65u, 127u, 1000u, 4099u, 1000000u}) {
    EXPECT_EQ(digest_of_many('a', 1000000, piece), kMillionA) << piece;
  }
}

// The digest of the digests of 0 to 999 bytes; the answer comes from Python's hashlib.
TEST(Sha256, IsRightAtEveryLength) {
  const Bytes message = counting(1000);
  Sha256 all;
  for (std::size_t size = 0; size < message.size(); ++size) {
    all.update(digest_of(View(message).first(size)));
  }
  EXPECT_EQ(finished(all), "d21a557131616c7c58c814b1bb8c302ab23ee5d1252275d66754878cafb20da0");
}

TEST(Sha256, IsTheSameForEverySplit) {
  const Bytes message = counting(200);
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const View whole = View(message).first(size);
    const std::string expected = hex_of(digest_of(whole));
    for (std::size_t split = 0; split <= size; ++split) {
      Sha256 hash;
      hash.update(whole.first(split));
      hash.update({});
      hash.update(whole.subspan(split));
      ASSERT_EQ(finished(hash), expected) << size << ' ' << split;
    }
  }
}

TEST(Sha256, IsTheSameForPiecesOfEverySize) {
  const Bytes message = counting(1000);
  const std::string expected = hex_of(digest_of(message));
  for (std::size_t piece = 1; piece < 200; ++piece) {
    Sha256 hash;
    for (View rest = message; !rest.empty();) {
      const std::size_t n = std::min(piece, rest.size());
      hash.update(rest.first(n));
      rest = rest.subspan(n);
    }
    ASSERT_EQ(finished(hash), expected) << piece;
  }
}

TEST(Sha256, GoesOnFromACopy) {
  const Bytes message = counting(150);
  for (std::size_t split = 0; split <= message.size(); ++split) {
    Sha256 hash;
    hash.update(View(message).first(split));
    Sha256 copy = hash;
    Sha256 assigned;
    assigned.update(message);
    assigned = hash;
    hash.update(bytes_of("something else"));
    copy.update(View(message).subspan(split));
    assigned.update(View(message).subspan(split));
    ASSERT_EQ(finished(copy), hex_of(digest_of(message))) << split;
    ASSERT_EQ(finished(assigned), hex_of(digest_of(message))) << split;
    ASSERT_NE(finished(hash), hex_of(digest_of(message))) << split;
  }
}

TEST(Sha256, StartsAnewAfterTheDigest) {
  Sha256 hash;
  hash.update(counting(100));
  finished(hash);
  EXPECT_EQ(finished(hash), kEmpty);
  hash.update(counting(77));
  EXPECT_EQ(finished(hash), hex_of(digest_of(counting(77))));
}

TEST(Sha256, MayPutTheDigestOverTheMessage) {
  Bytes bytes = counting(100);
  const std::string expected = hex_of(digest_of(bytes));
  sha256(bytes, std::span(bytes).subspan<30, 32>());
  EXPECT_EQ(hex_of(std::span(bytes).subspan(30, 32)), expected);
}

TEST(Sha256, IsGoneAfterDestruction) {
  TwoViews memory;
  auto* hash = new (memory.storage()) Sha256();
  const Bytes secret = bytes_of("a secret that is not yet a whole block");
  hash->update(secret);
  EXPECT_TRUE(memory.contains(secret));
  hash->~Sha256();
  EXPECT_EQ(memory.count_of_zeros(), TwoViews::kSize);
}

TEST(Sha256, KeepsNothingOfAFinishedMessage) {
  TwoViews memory;
  auto* hash = new (memory.storage()) Sha256();
  const Bytes secret = bytes_of("secret");
  hash->update(secret);
  finished(*hash);
  EXPECT_FALSE(memory.contains(secret));
  // What is left is the initial value of 32 bytes, none of them 0.
  EXPECT_EQ(memory.count_of_zeros(), TwoViews::kSize - 32);
  hash->~Sha256();
}

// NIST's example of 2^29 bytes, the first length whose bits do not fit 32 bits. It and other tests
// that take seconds run with
//   aemp-tests --gtest_also_run_disabled_tests --gtest_filter='*Long.*'
TEST(Sha256Long, DISABLED_CountsMoreThan32BitsOfBits) {
  EXPECT_EQ(digest_of_many(0x5a, std::size_t{1} << 29, 1 << 16),
            "15a1868c12cc53951e182344277447cd0979536badcc512ad24c67e9b2d4f3dd");
}

}  // namespace
}  // namespace aemp::crypto
