// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Doubles as decimal digits. The standard library does the same faster, but with 130 kB of tables,
// which a small program should not have to carry for a log line.
#ifndef AEMP_BASE_DECIMAL_H
#define AEMP_BASE_DECIMAL_H

#include <array>

namespace aemp {

// 0.d1d2d3... times 10^exponent; neither the first nor the last digit is 0. Digits are '0' to '9'.
struct Decimal {
  std::array<char, 17> digits;
  int count = 0;
  int exponent = 0;
};

// The fewest digits that read back as v, and of those the closest to v. v is finite and greater
// than 0. Guy L. Steele Jr. and Jon L. White, "How to print floating-point numbers accurately",
// PLDI 1990, in the form of Robert G. Burger and R. Kent Dybvig, "Printing floating-point numbers
// quickly and accurately", PLDI 1996.
Decimal shortest_decimal(double v) noexcept;

}  // namespace aemp

#endif  // AEMP_BASE_DECIMAL_H
