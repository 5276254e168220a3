// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/decimal.h"

namespace aemp {

namespace {

constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

template <class T>
void append_number(std::string& to, T v) {
  char text[24];
  const auto result = std::to_chars(text, text + sizeof text, v);
  to.append(text, result.ptr);
}

int base62_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
  if (c >= 'a' && c <= 'z') return c - 'a' + 36;
  return -1;
}

// Of digits 0-9a-z, of which only those below the base count.
int base36_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'z') return c - 'a' + 10;
  return -1;
}

// nullopt when a character is no digit or the number does not fit.
std::optional<std::uint64_t> parse_digits(std::string_view text, unsigned base,
                                          int (*value)(char) noexcept) noexcept {
  std::uint64_t sum = 0;
  for (char c : text) {
    const int digit = value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return std::nullopt;
    std::uint64_t product;
    if (__builtin_mul_overflow(sum, std::uint64_t{base}, &product) ||
        __builtin_add_overflow(product, static_cast<std::uint64_t>(digit), &sum)) {
      return std::nullopt;
    }
  }
  return sum;
}

// 0.digits times 10^exponent, with an exponent where that is shorter.
void append_decimal(std::string& to, std::string_view digits, int exponent) {
  const int count = static_cast<int>(digits.size());
  const int scientific = count + (count > 1) + (std::abs(exponent - 1) < 100 ? 4 : 5);
  const int whole = std::max(exponent, 1), fraction = std::max(count - exponent, 0);
  if (whole + (fraction > 0) + fraction > scientific) {
    to.push_back(digits[0]);
    if (count > 1) to.append(".").append(digits.substr(1));
    to.append(exponent > 0 ? "e+" : "e-");
    if (std::abs(exponent - 1) < 10) to.push_back('0');
    append_int(to, std::abs(exponent - 1));
    return;
  }
  const auto zeros = [&](int n) { to.append(static_cast<std::size_t>(std::max(n, 0)), '0'); };
  const auto shown = static_cast<std::size_t>(std::clamp(exponent, 0, count));
  if (exponent <= 0) to.push_back('0');
  to.append(digits.substr(0, shown));
  zeros(exponent - count);
  to.push_back('.');
  zeros(-exponent);
  to.append(fraction > 0 ? digits.substr(shown) : "0");
}

consteval std::array<bool, 256> in_node_ids() {
  std::array<bool, 256> in{};
  for (char c : std::string_view(kDigits)) in[static_cast<unsigned char>(c)] = true;
  for (char c : std::string_view("_.:/%-")) in[static_cast<unsigned char>(c)] = true;
  return in;
}
constexpr auto kInNodeIds = in_node_ids();

}  // namespace

void append_int(std::string& to, std::int64_t v) { append_number(to, v); }
void append_uint(std::string& to, std::uint64_t v) { append_number(to, v); }

void append_double(std::string& to, double v) {
  if (std::signbit(v)) to.push_back('-');
  if (v == 0) {
    to.append("0.0");
    return;
  }
  const Decimal decimal = shortest_decimal(std::fabs(v));
  append_decimal(to, {decimal.digits.data(), static_cast<std::size_t>(decimal.count)},
                 decimal.exponent);
}

std::string to_text(std::int64_t v) {
  std::string text;
  append_int(text, v);
  return text;
}

std::string to_text(std::uint64_t v) {
  std::string text;
  append_uint(text, v);
  return text;
}

std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  return parse_digits(text, 10, base36_value);
}

void append_base62(std::string& to, std::uint64_t v) {
  char text[kBase62Digits];
  for (std::size_t i = kBase62Digits; i-- > 0; v /= 62) text[i] = kDigits[v % 62];
  to.append(text, kBase62Digits);
}

std::optional<std::uint64_t> parse_base62(std::string_view text) noexcept {
  if (text.size() != kBase62Digits) return std::nullopt;
  return parse_digits(text, 62, base62_value);
}

void append_base36(std::string& to, std::uint64_t v) {
  char text[16];
  const auto result = std::to_chars(text, text + sizeof text, v, 36);
  to.append(text, result.ptr);
}

std::optional<std::uint64_t> parse_base36(std::string_view text) noexcept {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  return parse_digits(text, 36, base36_value);
}

void append_base64url(std::string& to, const std::uint8_t* data, std::size_t n) {
  // Without branches or tables, here and below: the characters may be secret.
  const auto digit = [](std::uint32_t value) {
    value &= 63;
    // All ones where value >= `least`.
    const auto from = [value](std::uint32_t least) { return ((value - least) >> 31) - 1; };
    std::uint32_t c = 'A' + value;
    c += from(26) & ('a' - 'Z' - 1);
    c += from(52) & static_cast<std::uint32_t>('0' - 'z' - 1);
    c += from(62) & static_cast<std::uint32_t>('-' - '9' - 1);
    c += from(63) & ('_' - '-' - 1);
    return static_cast<char>(c);
  };
  to.reserve(to.size() + (n + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bits = bits << 8 | data[i];
    for (held += 8; held >= 6; held -= 6) to.push_back(digit(bits >> (held - 6)));
  }
  if (held > 0) to.push_back(digit(bits << (6 - held)));
}

bool parse_base64url(std::string_view text, std::uint8_t* data, std::size_t n) noexcept {
  if (n % 3 != 0 || text.size() != n / 3 * 4) return false;
  std::uint32_t wrong = 0;
  for (std::size_t i = 0; i < text.size(); i += 4, data += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint32_t c = static_cast<unsigned char>(text[i + k]);
      // All ones where `first` <= c <= `last`.
      const auto within = [c](std::uint32_t first, std::uint32_t last) {
        return 0u - (((first - 1 - c) & (c - last - 1)) >> 31);
      };
      const std::uint32_t upper = within('A', 'Z'), lower = within('a', 'z');
      const std::uint32_t digit = within('0', '9'), minus = within('-', '-');
      const std::uint32_t line = within('_', '_');
      wrong |= ~(upper | lower | digit | minus | line);
      bits = bits << 6 | ((upper & (c - 'A')) | (lower & (c - 'a' + 26)) |
                          (digit & (c - '0' + 52)) | (minus & 62) | (line & 63));
    }
    data[0] = static_cast<std::uint8_t>(bits >> 16);
    data[1] = static_cast<std::uint8_t>(bits >> 8);
    data[2] = static_cast<std::uint8_t>(bits);
  }
  return wrong == 0;
}

void append_hex(std::string& to, const std::uint8_t* data, std::size_t n) {
  constexpr char kHex[] = "0123456789abcdef";
  for (std::size_t i = 0; i < n; ++i) {
    to.push_back(kHex[data[i] >> 4]);
    to.push_back(kHex[data[i] & 15]);
  }
}

bool valid_node_id(std::string_view text) noexcept {
  bool plain = !text.empty() && text.size() <= 255;
  for (char c : text) plain = plain && kInNodeIds[static_cast<unsigned char>(c)];
  return plain;
}

bool valid_port_name(std::string_view text) noexcept {
  if (text.size() > 64) return false;
  for (char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

std::string quote(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out("\"");
  for (char c : text.substr(0, kMost)) out.push_back(c >= 0x20 && c <= 0x7e ? c : '?');
  out.append(text.size() > kMost ? "...\"" : "\"");
  return out;
}

}  // namespace aemp
