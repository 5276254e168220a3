// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/json_number.h"

#include <charconv>
#include <system_error>

namespace aemp {

namespace {

using Type = JsonNumber::Type;

bool is_digit(const char* p, const char* end) noexcept {
  return p != end && *p >= '0' && *p <= '9';
}

const char* digits(const char* p, const char* end) noexcept {
  while (is_digit(p, end)) ++p;
  return p;
}

// Whether a number that double cannot hold is too large rather than too small: by the decimal
// exponent of its first digit that is not 0.
bool is_huge(const char* at, const char* end) noexcept {
  long shift = 0;
  bool point = false;
  bool found = false;
  const char* p = at;
  for (; p != end && *p != 'e' && *p != 'E'; ++p) {
    if (*p == '.') point = true;
    if (*p == '.' || *p == '-') continue;
    found = found || *p != '0';
    if (found && !point) ++shift;
    if (!found && point) --shift;
  }
  if (p == end) return shift > 0;
  const bool negative = *++p == '-';
  if (*p == '-' || *p == '+') ++p;
  long exponent = 0;
  constexpr long kEnough = 1L << 24;  // beyond any number of digits in a message
  for (; p != end && exponent < kEnough; ++p) exponent = exponent * 10 + (*p - '0');
  return (negative ? shift - exponent : shift + exponent) > 0;
}

JsonNumber read_floating(const char* at, const char* end) noexcept {
  JsonNumber out{Type::floating, end};
  const auto result = std::from_chars(at, end, out.floating);
  if (result.ec == std::errc()) return out;
  if (is_huge(at, end)) {
    out.type = Type::too_large;
  } else {
    out.floating = *at == '-' ? -0.0 : 0.0;
  }
  return out;
}

}  // namespace

JsonNumber read_json_number(const char* at, const char* end) noexcept {
  const bool negative = at != end && *at == '-';
  const char* p = negative ? at + 1 : at;
  if (!is_digit(p, end)) return {negative ? Type::malformed : Type::none, p};
  const bool zero = *p == '0';
  p = zero ? p + 1 : digits(p, end);
  if (zero && is_digit(p, end)) return {Type::malformed, p};
  bool whole = true;
  if (p != end && *p == '.') {
    whole = false;
    if (!is_digit(++p, end)) return {Type::malformed, p};
    p = digits(p, end);
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    whole = false;
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!is_digit(p, end)) return {Type::malformed, p};
    p = digits(p, end);
  }
  JsonNumber out{negative ? Type::negative : Type::positive, p};
  if (!whole || (negative && zero)) return read_floating(at, p);
  const auto result =
      negative ? std::from_chars(at, p, out.negative) : std::from_chars(at, p, out.positive);
  return result.ec == std::errc() ? out : read_floating(at, p);
}

}  // namespace aemp
