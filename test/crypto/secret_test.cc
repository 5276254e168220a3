// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "crypto/bytes.h"
#include "crypto/two_views.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::counting;
using test::hex_of;
using test::TwoViews;

using Key = Secret<32>;

static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_assignable_v<Key>);
static_assert(std::is_nothrow_move_constructible_v<Key> && std::is_nothrow_move_assignable_v<Key>);
static_assert(sizeof(Key) == 32);

const Bytes kBytes = {0xde, 0xad, 0xbe, 0xef, 5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                      17,   18,   19,   20,   21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0x99};
const std::span<const std::uint8_t, 32> kSecret(kBytes.data(), 32);
const std::string kZeros(64, '0');

TEST(Secret, IsZeroAtFirst) {
  TwoViews memory;
  std::ranges::copy(kSecret, static_cast<std::uint8_t*>(memory.storage()));
  const auto* key = new (memory.storage()) Key();
  EXPECT_EQ(hex_of(key->bytes()), kZeros);
}

TEST(Secret, IsGoneAfterDestruction) {
  TwoViews memory;
  auto* key = new (memory.storage()) Key(kSecret);
  EXPECT_TRUE(memory.contains(kSecret));
  key->~Key();
  EXPECT_EQ(memory.count_of_zeros(), TwoViews::kSize);
}

TEST(Secret, MovesAndLeavesNothing) {
  Key source(kSecret);
  Key target(std::move(source));
  EXPECT_EQ(hex_of(target.bytes()), hex_of(kSecret));
  EXPECT_EQ(hex_of(std::as_const(source).bytes()), kZeros);  // NOLINT: that is what a move promises

  Key other;
  other = std::move(target);
  EXPECT_EQ(hex_of(other.bytes()), hex_of(kSecret));
  EXPECT_EQ(hex_of(std::as_const(target).bytes()), kZeros);  // NOLINT
}

TEST(Secret, OutlivesAMoveToItself) {
  Key key(kSecret);
  Key& same = key;
  key = std::move(same);
  EXPECT_EQ(hex_of(key.bytes()), hex_of(kSecret));
}

TEST(Secret, IsCopiedOnRequest) {
  const Key key(kSecret);
  Key copy(key.bytes());
  copy.bytes()[0] = 1;
  EXPECT_EQ(hex_of(key.bytes()), hex_of(kSecret));
  EXPECT_EQ(copy.bytes()[1], kSecret[1]);
}

TEST(Wipe, ErasesWhatItIsGivenAndNoMore) {
  for (std::size_t size = 0; size < 100; ++size) {
    Bytes bytes(size + 2, 0xff);
    wipe({bytes.data() + 1, size});
    Bytes expected(size + 2, 0);
    expected.front() = expected.back() = 0xff;
    ASSERT_EQ(bytes, expected);
  }
  wipe({});
}

TEST(Wipe, ErasesWholeObjects) {
  struct {
    std::uint64_t a = 1;
    std::uint8_t b[3] = {2, 3, 4};
  } object;
  wipe_object(object);
  EXPECT_EQ(object.a, 0u);
  EXPECT_EQ(object.b[0] | object.b[1] | object.b[2], 0);
}

TEST(Equal, HoldsForTheSameBytesOnly) {
  const Bytes a = counting(64);
  for (std::size_t size = 0; size <= a.size(); ++size) {
    Bytes b(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_TRUE(equal(std::span(a).first(size), b));
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      const auto flip = static_cast<std::uint8_t>(1 << bit % 8);
      b[bit / 8] ^= flip;
      ASSERT_FALSE(equal(std::span(a).first(size), b)) << size << ' ' << bit;
      b[bit / 8] ^= flip;
    }
  }
}

TEST(Equal, NeedsTheSameSize) {
  const Bytes zeros(3);
  EXPECT_FALSE(equal(zeros, std::span(zeros).first(2)));
  EXPECT_FALSE(equal({}, zeros));
  EXPECT_TRUE(equal({}, std::span(zeros).first(0)));
}

// Two differences that cancel in a sum do not in a comparison.
TEST(Equal, SeesDifferencesThatWouldCancel) {
  EXPECT_FALSE(equal(Bytes{1, 0, 0xff}, Bytes{0, 1, 0xff}));
  EXPECT_FALSE(equal(Bytes{0x80, 0x80}, Bytes{0, 0}));
}

}  // namespace
}  // namespace aemp::crypto
