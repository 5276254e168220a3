// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/decimal.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace aemp {

namespace {

// A whole number below 2^1248. The largest here are a little above 2^1130: the smallest doubles
// times 10^324.
class Natural {
 public:
  explicit Natural(std::uint64_t v) noexcept {
    limbs_[0] = static_cast<std::uint32_t>(v);
    limbs_[1] = static_cast<std::uint32_t>(v >> 32);
  }

  void shift_left(unsigned bits) noexcept {
    for (; bits >= 31; bits -= 31) multiply(std::uint32_t{1} << 31);
    multiply(std::uint32_t{1} << bits);
  }

  void multiply(std::uint32_t by) noexcept {
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      carry += std::uint64_t{limbs_[i]} * by;
      limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs_[used_++] = static_cast<std::uint32_t>(carry);
  }

  void multiply_by_power_of_10(int power) noexcept {
    for (; power >= 9; power -= 9) multiply(1'000'000'000);
    for (; power > 0; --power) multiply(10);
  }

  Natural plus(const Natural& other) const noexcept {
    Natural sum = *this;
    sum.used_ = used_ > other.used_ ? used_ : other.used_;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < sum.used_; ++i) {
      carry += std::uint64_t{sum.limbs_[i]} + other.limbs_[i];
      sum.limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) sum.limbs_[sum.used_++] = static_cast<std::uint32_t>(carry);
    return sum;
  }

  // other is not larger.
  void subtract(const Natural& other) noexcept {
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < used_; ++i) {
      borrow += std::int64_t{limbs_[i]} - other.limbs_[i];
      limbs_[i] = static_cast<std::uint32_t>(borrow);
      borrow >>= 32;
    }
  }

  // Negative, 0 or positive, as memcmp.
  int compare(const Natural& other) const noexcept {
    for (std::size_t i = used_ > other.used_ ? used_ : other.used_; i-- > 0;) {
      if (limbs_[i] != other.limbs_[i]) return limbs_[i] < other.limbs_[i] ? -1 : 1;
    }
    return 0;
  }

 private:
  std::uint32_t limbs_[39] = {};  // the least significant first
  std::size_t used_ = 2;          // all above are 0
};

// v = rest / scale; what lies less than below / scale under v or above / scale over it reads back
// as v, and what lies just as far does if the last bit of v is 0.
class Digits {
 public:
  explicit Digits(double v) noexcept {
    std::uint64_t bits;
    std::memcpy(&bits, &v, sizeof bits);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
    const int biased = static_cast<int>(bits >> 52 & 0x7ff);
    const std::uint64_t mantissa = biased == 0 ? fraction : fraction | std::uint64_t{1} << 52;
    const int exponent = (biased == 0 ? 1 : biased) - 1075;
    // The double below a power of two is only half as far away as the one above.
    const unsigned closer_below = fraction == 0 && biased > 1 ? 1 : 0;
    even_ = mantissa % 2 == 0;
    rest_ = Natural(mantissa);
    const unsigned up = exponent > 0 ? static_cast<unsigned>(exponent) : 0;
    const unsigned down = exponent < 0 ? static_cast<unsigned>(-exponent) : 0;
    rest_.shift_left(up + 1 + closer_below);
    scale_.shift_left(down + 1 + closer_below);
    below_.shift_left(up);
    above_.shift_left(up + closer_below);
    scale_to(exponent + static_cast<int>(std::bit_width(mantissa)) - 1);
  }

  int exponent() const noexcept { return exponent_; }

  // Puts the next digit and says whether more must follow.
  bool next(char& digit) noexcept {
    multiply_rest(10);
    int value = 0;
    while (rest_.compare(scale_) >= 0) {
      rest_.subtract(scale_);
      ++value;
    }
    const bool low = within(rest_.compare(below_));
    const bool high = above_half_way();
    if (!low && !high) {
      digit = static_cast<char>('0' + value);
      return true;
    }
    if (high && (!low || rounds_up(value))) ++value;
    digit = static_cast<char>('0' + value);
    return false;
  }

 private:
  bool within(int compared) const noexcept { return compared < 0 || (even_ && compared == 0); }
  bool above_half_way() const noexcept { return within(scale_.compare(rest_.plus(above_))); }

  bool rounds_up(int value) const noexcept {
    const int compared = rest_.plus(rest_).compare(scale_);
    return compared > 0 || (compared == 0 && value % 2 != 0);
  }

  void multiply_rest(std::uint32_t by) noexcept {
    rest_.multiply(by);
    below_.multiply(by);
    above_.multiply(by);
  }

  // Makes 1/10 <= v < 1, of what may be printed for v; the first bit of v has the weight 2^power.
  void scale_to(int power) noexcept {
    exponent_ = (power * 78913) >> 18;  // log10(2), at most one too small
    if (exponent_ > 0) scale_.multiply_by_power_of_10(exponent_);
    if (exponent_ < 0) {
      rest_.multiply_by_power_of_10(-exponent_);
      below_.multiply_by_power_of_10(-exponent_);
      above_.multiply_by_power_of_10(-exponent_);
    }
    while (above_half_way()) {
      scale_.multiply(10);
      ++exponent_;
    }
  }

  Natural rest_{0}, scale_{1}, below_{1}, above_{1};
  int exponent_ = 0;
  bool even_ = false;
};

}  // namespace

Decimal shortest_decimal(double v) noexcept {
  Decimal out;
  Digits digits(v);
  out.exponent = digits.exponent();
  while (digits.next(out.digits[static_cast<std::size_t>(out.count++)])) {
  }
  return out;
}

}  // namespace aemp
