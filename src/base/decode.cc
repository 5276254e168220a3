// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>

#include <cmath>

#include "base/float_bits.h"
#include "base/named_port.h"

namespace aemp::detail {

namespace {

constexpr double kTwo63 = 0x1p63;
constexpr double kTwo64 = 0x1p64;

std::string_view take_string(const std::uint8_t*& at) noexcept {
  const std::uint64_t length = read_head(at);
  const std::string_view text(reinterpret_cast<const char*>(at), length);
  at += length;
  return text;
}

bool is_float(const std::uint8_t* at) noexcept { return *at >= 0xf9 && *at <= 0xfb; }

// A number without fraction in [low, high).
bool read_integral(Cursor& c, double low, double high, double& out) noexcept {
  if (!is_float(c.at)) return false;
  out = load_double(c.at);
  c.at = skip_item(c.at);
  return out >= low && out < high && out == std::trunc(out);
}

bool is_port(const std::uint8_t* at) noexcept { return major_of(at) == kTag; }

// A validated port behind its tag.
Port take_port(Cursor& c) {
  read_head(c.at);
  const std::uint64_t parts = read_head(c.at);
  const std::string_view node = take_string(c.at);
  const std::string_view name = take_string(c.at);
  if (parts == 2) return named_port(node, name, c.names);
  const std::uint64_t origin = load_be64(reinterpret_cast<const std::uint8_t*>(name.data()));
  const std::uint64_t serial = read_head(c.at);
  // A node port has no origin, whatever was sent.
  return Port(name_of(node, c.names), serial == 0 ? 0 : origin, serial);
}

bool open_container(Cursor& c, std::uint8_t major, std::size_t& n) noexcept {
  c.at = skip_tags(c.at);
  if (major_of(c.at) != major) return false;
  n = static_cast<std::size_t>(read_head(c.at));
  return true;
}

}  // namespace

bool decode_signed(Cursor& c, std::int64_t& out) noexcept {
  c.at = skip_tags(c.at);
  if (major_of(c.at) <= kNegative) {
    const bool negative = major_of(c.at) == kNegative;
    const auto value = static_cast<std::int64_t>(read_head(c.at));
    out = negative ? ~value : value;
    return value >= 0;
  }
  double number;
  if (!read_integral(c, -kTwo63, kTwo63, number)) return false;
  out = static_cast<std::int64_t>(number);
  return true;
}

bool decode_unsigned(Cursor& c, std::uint64_t& out) noexcept {
  c.at = skip_tags(c.at);
  if (major_of(c.at) == kUnsigned) {
    out = read_head(c.at);
    return true;
  }
  double number;
  if (!read_integral(c, 0, kTwo64, number)) return false;
  out = static_cast<std::uint64_t>(number);
  return true;
}

bool decode_double(Cursor& c, double& out) noexcept {
  c.at = skip_tags(c.at);
  if (is_float(c.at)) {
    out = load_double(c.at);
    c.at = skip_item(c.at);
    return true;
  }
  if (major_of(c.at) > kNegative) return false;
  const bool negative = major_of(c.at) == kNegative;
  const std::uint64_t value = read_head(c.at);
  // Rounded once: -1.0 - value would do it twice.
  if (!negative) {
    out = static_cast<double>(value);
  } else {
    out = value == UINT64_MAX ? -kTwo64 : -static_cast<double>(value + 1);
  }
  return true;
}

bool decode_float(Cursor& c, float& out) noexcept {
  double wide;
  if (!decode_double(c, wide)) return false;
  if (std::isfinite(wide) && std::fabs(wide) > std::numeric_limits<float>::max()) return false;
  out = static_cast<float>(wide);
  return true;
}

bool decode_text_slowly(Cursor& c, std::string_view& out) noexcept {
  c.at = skip_tags(c.at);
  if (major_of(c.at) != kText) return false;
  out = take_string(c.at);
  return true;
}

bool decode_bytes_slowly(Cursor& c, std::span<const std::byte>& out) noexcept {
  c.at = skip_tags(c.at);
  if (major_of(c.at) != kBytes) return false;
  const std::string_view bytes = take_string(c.at);
  out = {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
  return true;
}

bool decode_string(Cursor& c, std::string& out) {
  std::string_view text;
  if (decode_text(c, text)) {
    out.assign(text);
    return true;
  }
  if (!is_port(c.at)) return false;
  out = take_port(c).str();
  return true;
}

bool decode_port(Cursor& c, Port& out) {
  c.at = skip_tags(c.at);
  if (is_port(c.at)) {
    out = take_port(c);
    return true;
  }
  std::string_view text;
  if (!decode_text(c, text) || text.find('#') == text.npos) return false;
  std::optional<Port> parsed = Port::parse(text);
  if (!parsed) return false;
  out = *std::move(parsed);
  return true;
}

bool open_array(Cursor& c, std::size_t& n) noexcept { return open_container(c, kArray, n); }
bool open_map(Cursor& c, std::size_t& n) noexcept { return open_container(c, kMap, n); }

}  // namespace aemp::detail
