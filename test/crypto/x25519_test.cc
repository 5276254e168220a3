// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/x25519.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "crypto/bytes.h"
#include "crypto/field25.h"
#include "crypto/field51.h"
#include "crypto/montgomery_ladder.h"
#include "support/hex.h"

namespace aemp::crypto {
namespace {

using test::hex_of;
using test::unhex;

using Key = std::array<std::uint8_t, 32>;

Key key(std::string_view digits) {
  Key out;
  std::ranges::copy(unhex(digits), out.begin());
  return out;
}

// A little-endian number whose bytes are all the same but the lowest and the highest.
Key number(std::uint8_t low, std::uint8_t others = 0, std::uint8_t high = 0) {
  Key out;
  out.fill(others);
  out.front() = low;
  out.back() = high;
  return out;
}

Key random_key(std::mt19937& random) {
  Key out;
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

// X25519 as everybody calls it, and over each of the fields.
struct Chosen {
  static constexpr const char* kName = "Chosen";
  static bool run(std::span<std::uint8_t, 32> out, const Key& scalar, const Key& point) {
    return x25519(out, scalar, point);
  }
};

struct Over25 : MontgomeryLadder<Field25> {
  static constexpr const char* kName = "Field25";
};

#ifdef __SIZEOF_INT128__
struct Over51 : MontgomeryLadder<Field51> {
  static constexpr const char* kName = "Field51";
};
using Functions = ::testing::Types<Chosen, Over25, Over51>;
#else
using Functions = ::testing::Types<Chosen, Over25>;
#endif

template <class Function>
class X25519 : public ::testing::Test {
 protected:
  static Key of(const Key& scalar, const Key& point) {
    Key out;
    EXPECT_TRUE(Function::run(out, scalar, point)) << hex_of(scalar) << ' ' << hex_of(point);
    return out;
  }

  static void expect_zero(const Key& point) {
    std::mt19937 random(1);
    for (int i = 0; i < 4; ++i) {
      Key out = number(1, 1, 1);
      EXPECT_FALSE(Function::run(out, random_key(random), point)) << hex_of(point);
      EXPECT_EQ(out, number(0)) << hex_of(point);
    }
  }
};

struct Name {
  template <class Function>
  static std::string GetName(int) {
    return Function::kName;
  }
};

TYPED_TEST_SUITE(X25519, Functions, Name);

// RFC 7748, section 5.2.
TYPED_TEST(X25519, GivesThePublishedResults) {
  EXPECT_EQ(
      hex_of(this->of(key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                      key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))),
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  EXPECT_EQ(
      hex_of(this->of(key("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                      key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"))),
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

// RFC 7748, section 5.2. The millionth is in long_vectors.cc.
TYPED_TEST(X25519, GivesThePublishedResultsAgainAndAgain) {
  Key k = number(9), u = number(9);
  for (int i = 1; i <= 1000; ++i) {
    const Key result = this->of(k, u);
    u = k;
    k = result;
    if (i == 1) {
      EXPECT_EQ(hex_of(k), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(hex_of(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// RFC 7748, section 6.1.
TYPED_TEST(X25519, AgreesOnASecret) {
  const Key a = key("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
  const Key b = key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
  const Key public_a = this->of(a, number(9));
  const Key public_b = this->of(b, number(9));
  EXPECT_EQ(hex_of(public_a), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(hex_of(public_b), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  const std::string secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
  EXPECT_EQ(hex_of(this->of(a, public_b)), secret);
  EXPECT_EQ(hex_of(this->of(b, public_a)), secret);
}

TYPED_TEST(X25519, ReportsPointsOfSmallOrder) {
  // 0 is of order 2, 1 and p - 1 of order 4 on the curve and its twist, p and p + 1 are 0 and 1
  // again, and the last two are of order 8.
  for (Key point : {number(0), number(1), number(0xec, 0xff, 0x7f), number(0xed, 0xff, 0x7f),
                    number(0xee, 0xff, 0x7f),
                    key("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
                    key("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")}) {
    this->expect_zero(point);
    point.back() |= 0x80;
    this->expect_zero(point);
  }
}

TYPED_TEST(X25519, TakesNumbersFromPOnAsThoseLessP) {
  std::mt19937 random(2);
  for (std::uint8_t low = 2; low < 19; ++low) {
    const Key scalar = random_key(random);
    const Key more = number(static_cast<std::uint8_t>(0xed + low), 0xff, 0x7f);
    EXPECT_EQ(this->of(scalar, more), this->of(scalar, number(low))) << int{low};
  }
}

TYPED_TEST(X25519, IgnoresTheHighestBitOfThePoint) {
  std::mt19937 random(3);
  for (int i = 0; i < 10; ++i) {
    const Key scalar = random_key(random);
    Key point = random_key(random);
    const Key result = this->of(scalar, point);
    point.back() ^= 0x80;
    EXPECT_EQ(this->of(scalar, point), result);
  }
}

TYPED_TEST(X25519, ClampsTheScalar) {
  std::mt19937 random(4);
  const Key point = random_key(random);
  const Key scalar = random_key(random);
  const Key result = this->of(scalar, point);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Key other = scalar;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(this->of(other, point) == result, bit < 3 || bit >= 254) << bit;
  }
  EXPECT_EQ(hex_of(this->of(number(0), number(9))),
            "2fe57da347cd62431528daac5fbb290730fff684afc4cfc2ed90995f58cb3b74");
  EXPECT_EQ(this->of(number(0xff, 0xff, 0xff), point), this->of(number(0xf8, 0xff, 0x7f), point));
}

TYPED_TEST(X25519, MayBeWrittenOverItsInput) {
  std::mt19937 random(5);
  Key scalar = random_key(random), point = random_key(random);
  const Key result = this->of(scalar, point);
  const Key scalar_before = scalar;
  EXPECT_TRUE(TypeParam::run(scalar, scalar, point));
  EXPECT_EQ(scalar, result);
  EXPECT_TRUE(TypeParam::run(point, scalar_before, point));
  EXPECT_EQ(point, result);
}

#ifdef __SIZEOF_INT128__
TEST(X25519Fields, GiveTheSameResults) {
  std::mt19937 random(6);
  for (std::ptrdiff_t i = 0; i < 200; ++i) {
    Key scalar = random_key(random), point = random_key(random);
    // Some have long runs of equal bits.
    if (i % 2 == 0) std::fill_n(scalar.begin() + i % 16, 16, i % 8 < 4 ? 0x00 : 0xff);
    if (i % 4 == 0) std::fill_n(point.begin() + i % 16, 16, i % 8 < 4 ? 0xff : 0x00);
    Key result25, result51;
    ASSERT_TRUE(MontgomeryLadder<Field25>::run(result25, scalar, point));
    ASSERT_TRUE(MontgomeryLadder<Field51>::run(result51, scalar, point));
    ASSERT_EQ(result25, result51) << hex_of(scalar) << ' ' << hex_of(point);
  }
}
#endif

TEST(X25519Base, IsTheProductWithNine) {
  std::mt19937 random(7);
  for (int i = 0; i < 20; ++i) {
    Key scalar = random_key(random);
    Key expected, result;
    ASSERT_TRUE(x25519(expected, scalar, number(9)));
    x25519_base(result, scalar);
    EXPECT_EQ(result, expected);
    x25519_base(scalar, scalar);
    EXPECT_EQ(scalar, expected);
  }
}

}  // namespace
}  // namespace aemp::crypto
