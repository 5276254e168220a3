// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/decimal.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "base/text.h"

namespace aemp {
namespace {

// What the standard library says, in the form of ours.
void expect_as_the_standard_library(double v) {
  char text[40];
  const char* end = std::to_chars(text, text + sizeof text, v, std::chars_format::scientific).ptr;
  std::string digits;
  const char* p = text;
  for (; *p != 'e'; ++p) {
    if (*p != '.') digits.push_back(*p);
  }
  int exponent = 0;
  std::from_chars(p[1] == '+' ? p + 2 : p + 1, end, exponent);
  const Decimal decimal = shortest_decimal(v);
  const std::string ours(decimal.digits.data(), static_cast<std::size_t>(decimal.count));
  ASSERT_EQ(ours, digits) << text;
  ASSERT_EQ(decimal.exponent, exponent + 1) << text;
}

TEST(Decimal, OfPublishedHardCases) {
  // Limits and values that are known to catch printers: powers of two with the nearer neighbour
  // below, ties, and values whose 17 digits are needed.
  for (const double v : {5e-324,
                         1e-323,
                         2.2250738585072009e-308,
                         2.2250738585072014e-308,
                         1.7976931348623157e308,
                         9007199254740992.0,
                         9007199254740993.0,
                         9007199254740994.0,
                         4.35,
                         0.1,
                         1e23,
                         8.41e21,
                         2.0e-3,
                         9.5367431640625e-7,
                         1.0 / 3,
                         2.0 / 3,
                         4.4501477170144023e-308,
                         5.764607523034235e39,
                         1.152921504606847e40,
                         2.305843009213694e40,
                         1.2345678,
                         4.294967294,
                         4.294967295,
                         1e21}) {
    expect_as_the_standard_library(v);
  }
}

TEST(Decimal, OfEveryPowerOfTwoAndItsNeighbours) {
  for (int power = -1074; power <= 1023; ++power) {
    const double v = std::ldexp(1.0, power);
    expect_as_the_standard_library(v);
    if (power > -1074) expect_as_the_standard_library(std::nextafter(v, 0));
    expect_as_the_standard_library(std::nextafter(v, 1e308));
  }
}

TEST(Decimal, OfEveryPowerOfTenAndItsNeighbours) {
  for (int power = -322; power <= 308; ++power) {
    double v = 0;
    const std::string text = "1e" + std::to_string(power);
    std::from_chars(text.data(), text.data() + text.size(), v);
    expect_as_the_standard_library(v);
    expect_as_the_standard_library(std::nextafter(v, 0));
    expect_as_the_standard_library(std::nextafter(v, 1e308));
  }
}

TEST(Decimal, OfRandomBits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const double v = std::fabs(std::bit_cast<double>(random()));
    if (std::isfinite(v) && v > 0) expect_as_the_standard_library(v);
  }
}

TEST(Decimal, OfShortDecimals) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20'000; ++i) {
    const double v = static_cast<double>(random() % 1'000'000) / std::pow(10.0, random() % 12);
    if (v > 0) expect_as_the_standard_library(v);
  }
}

TEST(Decimal, TextHasTheShorterForm) {
  const auto text = [](double v) {
    std::string out;
    append_double(out, v);
    return out;
  };
  for (const auto& [v, expected] : {std::pair<double, const char*>{1e5, "1e+05"},
                                    {12345, "12345.0"},
                                    {100, "100.0"},
                                    {1e-3, "0.001"},
                                    {1e-4, "1e-04"},
                                    {1.25e-4, "0.000125"},
                                    {1.5e-5, "1.5e-05"},
                                    {1.5e100, "1.5e+100"},
                                    {-1.5e-100, "-1.5e-100"},
                                    {123456789012345680000.0, "123456789012345680000.0"},
                                    {0.5, "0.5"},
                                    {-2.5, "-2.5"},
                                    {1234.5678, "1234.5678"}}) {
    EXPECT_EQ(text(v), expected);
  }
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const double v = i % 2 == 0 ? std::bit_cast<double>(random())
                                : static_cast<double>(random() % 1'000'000) / 1000;
    if (!std::isfinite(v)) continue;
    const std::string ours = text(v);
    double back = 0;
    const auto read = std::from_chars(ours.data(), ours.data() + ours.size(), back);
    ASSERT_EQ(read.ptr, ours.data() + ours.size()) << ours;
    ASSERT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(v)) << ours;
    char theirs[40];
    const std::string_view shortest(
        theirs, static_cast<std::size_t>(std::to_chars(theirs, theirs + 40, v).ptr - theirs));
    ASSERT_LE(ours.size(), shortest.size() + 2) << ours << ' ' << shortest;
  }
}

}  // namespace
}  // namespace aemp
