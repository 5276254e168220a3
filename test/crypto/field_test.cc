// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Both implementations of the field of Curve25519 against a slow one that is easy to trust.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "crypto/field25.h"
#include "crypto/field51.h"
#include "crypto/montgomery_ladder.h"

namespace aemp::crypto {
namespace {

using test::hex_of;

// Little-endian. Those that are results of arithmetic are below p.
using Number = std::array<std::uint8_t, 32>;

Number number(std::uint8_t low, std::uint8_t others = 0, std::uint8_t high = 0) {
  Number n;
  n.fill(others);
  n.front() = low;
  n.back() = high;
  return n;
}

const Number kP = number(0xed, 0xff, 0x7f);

bool less(const Number& a, const Number& b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

Number difference(const Number& a, const Number& b) {
  Number out;
  int rest = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    rest += a[i] - b[i];
    out[i] = static_cast<std::uint8_t>(rest);
    rest >>= 8;
  }
  return out;
}

// Digits of base 256, which need not be below it, for numbers below 2^512.
using Digits = std::array<std::uint64_t, 64>;

void carry_digits(Digits& digits) {
  std::uint64_t rest = 0;
  for (std::uint64_t& digit : digits) {
    rest += digit;
    digit = rest & 0xff;
    rest >>= 8;
  }
}

Number reduced(Digits digits) {
  // 2^256 is 38 modulo p. After three rounds nothing is left above it.
  for (int round = 0; round < 3; ++round) {
    carry_digits(digits);
    for (std::size_t i = 0; i < 32; ++i) {
      digits[i] += 38 * digits[i + 32];
      digits[i + 32] = 0;
    }
  }
  carry_digits(digits);
  Number out;
  std::transform(digits.begin(), digits.begin() + 32, out.begin(),
                 [](std::uint64_t digit) { return static_cast<std::uint8_t>(digit); });
  while (!less(out, kP)) out = difference(out, kP);
  return out;
}

Number reduced(const Number& a) {
  Digits digits = {};
  std::ranges::copy(a, digits.begin());
  return reduced(digits);
}

Number negative(const Number& a) { return reduced(difference(kP, reduced(a))); }

Number sum(const Number& a, const Number& b) {
  Digits digits = {};
  for (std::size_t i = 0; i < 32; ++i) digits[i] = std::uint64_t{a[i]} + b[i];
  return reduced(digits);
}

Number product(const Number& a, const Number& b) {
  Digits digits = {};
  for (std::size_t i = 0; i < 32; ++i) {
    for (std::size_t j = 0; j < 32; ++j) digits[i + j] += std::uint64_t{a[i]} * b[j];
  }
  return reduced(digits);
}

Number word(std::uint64_t value) {
  Number out = {};
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> 8 * i);
  return out;
}

// How the limbs of each are laid out, and how large those of carried numbers may be.
template <class Field>
struct Layout;

template <>
struct Layout<Field25> {
  static constexpr int kLimbs = 10;
  static int width(int i) { return i % 2 == 0 ? 26 : 25; }
  static std::uint32_t largest(int i) { return (1u << width(i)) - 1 + (i == 1 ? 1u << 12 : 0); }
};

#ifdef __SIZEOF_INT128__
template <>
struct Layout<Field51> {
  static constexpr int kLimbs = 5;
  static int width(int) { return 51; }
  static std::uint64_t largest(int) { return (1ull << 51) - 1 + (1ull << 17); }
};
using Fields = ::testing::Types<Field25, Field51>;
#else
using Fields = ::testing::Types<Field25>;
#endif

// What the limbs, of whatever size, stand for.
template <class Field>
Number value_of(const Field& a) {
  Digits digits = {};
  std::size_t position = 0;
  for (int i = 0; i < Layout<Field>::kLimbs; ++i) {
    digits[position / 8] += std::uint64_t{a.limbs[i]} << position % 8;
    position += static_cast<std::size_t>(Layout<Field>::width(i));
  }
  return reduced(digits);
}

template <class Field>
bool is_carried(const Field& a) {
  for (int i = 0; i < Layout<Field>::kLimbs; ++i) {
    if (a.limbs[i] > Layout<Field>::largest(i)) return false;
  }
  return true;
}

template <class Field>
Field loaded(const Number& bytes) {
  Field out;
  load(out, bytes);
  return out;
}

template <class Field>
Number stored(const Field& a) {
  Number out;
  store(out, a);
  return out;
}

template <class Field>
Field largest_carried() {
  Field out;
  for (int i = 0; i < Layout<Field>::kLimbs; ++i) out.limbs[i] = Layout<Field>::largest(i);
  return out;
}

// Bytes around each place where something may carry or wrap, then random ones.
std::vector<Number> interesting_bytes() {
  std::vector<Number> out;
  const std::uint8_t highs[] = {0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xff};
  for (std::uint8_t low = 0; low < 40; ++low) {
    for (const std::uint8_t high : highs) {
      out.push_back(number(low, 0, high));
      out.push_back(number(static_cast<std::uint8_t>(0xff - low), 0xff, high));
    }
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Number power = {};
    power[bit / 8] = static_cast<std::uint8_t>(1 << bit % 8);
    out.push_back(power);
    out.push_back(difference(power, word(1)));
  }
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    Number bytes;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    out.push_back(bytes);
  }
  return out;
}

Number without_highest_bit(Number bytes) {
  bytes.back() &= 0x7f;
  return bytes;
}

// Carried numbers as they come from bytes, from products, and with limbs as large as they may be.
template <class Field>
std::vector<Field> carried_numbers() {
  std::vector<Field> out;
  for (const Number& bytes : interesting_bytes()) out.push_back(loaded<Field>(bytes));
  std::mt19937 random(2);
  const std::size_t from_bytes = out.size();
  for (int i = 0; i < 50; ++i) {
    Field a;
    multiply(a, out[random() % from_bytes], out[random() % from_bytes]);
    out.push_back(a);
  }
  const Field largest = largest_carried<Field>();
  for (int i = 0; i < Layout<Field>::kLimbs; ++i) {
    Field a = {};
    a.limbs[i] = largest.limbs[i];
    out.push_back(a);
    a = largest;
    a.limbs[i] = 0;
    out.push_back(a);
  }
  out.push_back(largest);
  return out;
}

template <class Field>
class FieldTest : public ::testing::Test {
 protected:
  // Calls check(a, b) for pairs of numbers: each with itself, with some that are special and with
  // one at random.
  template <class Check>
  static void for_pairs(const std::vector<Field>& numbers, Check check) {
    std::mt19937 random(3);
    for (const Field& a : numbers) {
      for (const Field& b : {a, numbers[random() % numbers.size()], numbers.back()}) {
        ASSERT_NO_FATAL_FAILURE(check(a, b)) << hex_of(value_of(a)) << ' ' << hex_of(value_of(b));
      }
    }
  }

  // Carried numbers, and sums and differences of such.
  static std::vector<Field> any_numbers() {
    std::vector<Field> out;
    const Field zero = {}, largest = largest_carried<Field>();
    for (const Field& a : carried_numbers<Field>()) {
      out.push_back(a);
      subtract(out.emplace_back(), zero, a);
      add(out.emplace_back(), a, largest);
    }
    // No limb is ever larger than here.
    subtract(out.emplace_back(), largest, zero);
    return out;
  }
};

struct FieldName {
  template <class Field>
  static std::string GetName(int) {
    return Layout<Field>::kLimbs == 10 ? "Field25" : "Field51";
  }
};

TYPED_TEST_SUITE(FieldTest, Fields, FieldName);

TYPED_TEST(FieldTest, LoadsNumbersBelowTwoTo255) {
  for (const Number& bytes : interesting_bytes()) {
    const TypeParam a = loaded<TypeParam>(bytes);
    EXPECT_TRUE(is_carried(a));
    EXPECT_EQ(hex_of(value_of(a)), hex_of(reduced(without_highest_bit(bytes))));
  }
}

TYPED_TEST(FieldTest, StoresNumbersBelowP) {
  for (const Number& bytes : interesting_bytes()) {
    EXPECT_EQ(hex_of(stored(loaded<TypeParam>(bytes))),
              hex_of(reduced(without_highest_bit(bytes))));
  }
  EXPECT_EQ(stored(loaded<TypeParam>(kP)), number(0));
  for (const TypeParam& a : carried_numbers<TypeParam>()) {
    EXPECT_EQ(hex_of(stored(a)), hex_of(value_of(a)));
  }
}

TYPED_TEST(FieldTest, AddsAndSubtracts) {
  TestFixture::for_pairs(carried_numbers<TypeParam>(), [](const TypeParam& a, const TypeParam& b) {
    TypeParam out;
    add(out, a, b);
    ASSERT_EQ(value_of(out), sum(value_of(a), value_of(b)));
    subtract(out, a, b);
    ASSERT_EQ(value_of(out), sum(value_of(a), negative(value_of(b))));
  });
}

TYPED_TEST(FieldTest, Multiplies) {
  TestFixture::for_pairs(TestFixture::any_numbers(), [](const TypeParam& a, const TypeParam& b) {
    TypeParam out;
    multiply(out, a, b);
    ASSERT_TRUE(is_carried(out));
    ASSERT_EQ(value_of(out), product(value_of(a), value_of(b)));
  });
}

TYPED_TEST(FieldTest, Squares) {
  for (const TypeParam& a : TestFixture::any_numbers()) {
    TypeParam out;
    square(out, a);
    ASSERT_TRUE(is_carried(out));
    ASSERT_EQ(value_of(out), product(value_of(a), value_of(a))) << hex_of(value_of(a));
  }
}

TYPED_TEST(FieldTest, MultipliesByWords) {
  for (const TypeParam& a : TestFixture::any_numbers()) {
    for (const std::uint32_t b : {0u, 1u, 121665u, (1u << 17) - 1}) {
      TypeParam out;
      multiply_by_word(out, a, b);
      ASSERT_TRUE(is_carried(out));
      ASSERT_EQ(value_of(out), product(value_of(a), word(b))) << hex_of(value_of(a)) << ' ' << b;
    }
  }
}

TYPED_TEST(FieldTest, ResultsMayBeWrittenOverOperands) {
  TestFixture::for_pairs(carried_numbers<TypeParam>(), [](const TypeParam& a, const TypeParam& b) {
    const auto check = [&](auto operation) {
      TypeParam expected, over_a = a, over_b = b;
      operation(expected, a, b);
      operation(over_a, over_a, b);
      operation(over_b, a, over_b);
      ASSERT_EQ(value_of(over_a), value_of(expected));
      ASSERT_EQ(value_of(over_b), value_of(expected));
    };
    using F = TypeParam;
    check([](F& out, const F& x, const F& y) { add(out, x, y); });
    check([](F& out, const F& x, const F& y) { subtract(out, x, y); });
    check([](F& out, const F& x, const F& y) { multiply(out, x, y); });
    F squared, over = a;
    square(squared, a);
    square(over, over);
    ASSERT_EQ(value_of(over), value_of(squared));
    multiply_by_word(squared, a, 121665);
    over = a;
    multiply_by_word(over, over, 121665);
    ASSERT_EQ(value_of(over), value_of(squared));
  });
}

TYPED_TEST(FieldTest, SwapsOrDoesNot) {
  const TypeParam a = loaded<TypeParam>(number(1, 0xa5, 0x12));
  const TypeParam b = loaded<TypeParam>(number(2, 0x3c, 0x34));
  TypeParam x = a, y = b;
  swap_if(mask_of<typename TypeParam::Word>(0), x, y);
  EXPECT_EQ(value_of(x), value_of(a));
  EXPECT_EQ(value_of(y), value_of(b));
  swap_if(mask_of<typename TypeParam::Word>(1), x, y);
  EXPECT_EQ(value_of(x), value_of(b));
  EXPECT_EQ(value_of(y), value_of(a));
}

TYPED_TEST(FieldTest, Inverts) {
  for (const TypeParam& a : carried_numbers<TypeParam>()) {
    TypeParam inverse, over = a;
    invert(inverse, a);
    if (value_of(a) == number(0)) {
      ASSERT_EQ(value_of(inverse), number(0));
    } else {
      ASSERT_EQ(product(value_of(inverse), value_of(a)), number(1)) << hex_of(value_of(a));
    }
    invert(over, over);
    ASSERT_EQ(value_of(over), value_of(inverse));
  }
}

}  // namespace
}  // namespace aemp::crypto
