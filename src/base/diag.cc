// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <cmath>

#include "base/cbor.h"
#include "base/float_bits.h"
#include "base/json.h"
#include "base/text.h"

namespace aemp::cbor {

namespace {

using namespace detail;

void simple(std::string& to, const std::uint8_t* at) {
  if (*at < 0xf9) {
    constexpr const char* kWords[] = {"false", "true", "null", "undefined"};
    to.append(kWords[*at - 0xf4]);
    return;
  }
  const double v = load_double(at);
  if (std::isnan(v)) {
    to.append("NaN");
  } else if (std::isinf(v)) {
    to.append(v < 0 ? "-Infinity" : "Infinity");
  } else {
    append_double(to, v);
  }
}

const std::uint8_t* item(std::string& to, const std::uint8_t* at);

// n items, or pairs of them with a colon.
const std::uint8_t* items(std::string& to, const std::uint8_t* at, std::uint64_t n, bool pairs) {
  for (std::uint64_t i = 0; i < n; ++i) {
    if (i > 0) to.append(", ");
    at = item(to, at);
    if (!pairs) continue;
    to.append(": ");
    at = item(to, at);
  }
  return at;
}

// A scalar with its content, or what opens and closes a container.
const std::uint8_t* item(std::string& to, const std::uint8_t* at) {
  const std::uint8_t major = major_of(at);
  if (major == kSimple) {
    simple(to, at);
    return skip_item(at);
  }
  const std::uint64_t argument = read_head(at);
  switch (major) {
    case kBytes:
      to.append("h'");
      append_hex(to, at, argument);
      to.push_back('\'');
      return at + argument;
    case kText:
      append_json_string(to, {reinterpret_cast<const char*>(at), argument});
      return at + argument;
    case kArray:
    case kMap:
      to.push_back(major == kMap ? '{' : '[');
      at = items(to, at, argument, major == kMap);
      to.push_back(major == kMap ? '}' : ']');
      return at;
    case kTag:
      append_uint(to, argument);
      to.push_back('(');
      at = item(to, at);
      to.push_back(')');
      return at;
    default:
      append_cbor_integer(to, major == kNegative, argument);
      return at;
  }
}

}  // namespace

std::string diag(const std::uint8_t* data, std::size_t size) {
  std::string out;
  for (const std::uint8_t* at = data; at != data + size;) {
    if (at != data) out.append(", ");
    at = item(out, at);
  }
  return out;
}

}  // namespace aemp::cbor
