// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>

#include <cmath>

#include "base/float_bits.h"
#include "base/json.h"
#include "base/text.h"

namespace aemp {

void append_json_string(std::string& to, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  to.push_back('"');
  for (char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(c);
    } else if (b >= 0x20) {
      to.push_back(c);
    } else if (const char* name = "btn?fr"; c >= '\b' && c <= '\r' && name[c - '\b'] != '?') {
      to.push_back('\\');
      to.push_back(name[c - '\b']);
    } else {
      to.append("\\u00").push_back(kHex[b >> 4]);
      to.push_back(kHex[b & 15]);
    }
  }
  to.push_back('"');
}

void append_cbor_integer(std::string& to, bool negative, std::uint64_t argument) {
  if (!negative) return append_uint(to, argument);
  to.push_back('-');
  if (argument == ~std::uint64_t{0}) {
    to.append("18446744073709551616");
  } else {
    append_uint(to, argument + 1);
  }
}

namespace {

using namespace detail;

class Printer {
 public:
  explicit Printer(std::string& to) : to_(to) {}

  // The item at `at`; the result is what follows it.
  const std::uint8_t* item(const std::uint8_t* at) {
    at = skip_tags(at);
    const std::uint8_t major = major_of(at);
    if (major == kArray) return array(at);
    if (major == kMap) return map(at);
    scalar(at, major);
    return skip_item(at);
  }

 private:
  void scalar(const std::uint8_t* at, std::uint8_t major) {
    if (major == kUnsigned || major == kNegative) {
      append_cbor_integer(to_, major == kNegative, read_head(at));
    } else if (major == kText) {
      const std::uint64_t n = read_head(at);
      append_json_string(to_, {reinterpret_cast<const char*>(at), n});
    } else if (major == kBytes) {
      const std::uint64_t n = read_head(at);
      to_.push_back('"');
      append_base64url(to_, at, n);
      to_.push_back('"');
    } else if (major == kTag) {
      append_json_string(to_, Value(at, skip_item(at), nullptr).as<std::string>());
    } else {
      simple(at);
    }
  }

  void simple(const std::uint8_t* at) {
    if (*at == 0xf4 || *at == 0xf5) {
      to_.append(*at == 0xf5 ? "true" : "false");
    } else if (const double v = is_null(*at) ? std::nan("") : load_double(at); std::isfinite(v)) {
      append_double(to_, v);
    } else {
      to_.append("null");
    }
  }

  const std::uint8_t* array(const std::uint8_t* at) {
    to_.push_back('[');
    const std::uint64_t n = read_head(at);
    for (std::uint64_t i = 0; i < n; ++i) {
      if (i > 0) to_.push_back(',');
      at = item(at);
    }
    to_.push_back(']');
    return at;
  }

  const std::uint8_t* map(const std::uint8_t* at) {
    to_.push_back('{');
    const std::uint64_t n = read_head(at);
    for (std::uint64_t i = 0; i < n; ++i) {
      if (i > 0) to_.push_back(',');
      at = key(at);
      to_.push_back(':');
      at = item(at);
    }
    to_.push_back('}');
    return at;
  }

  // A key within a key would be quoted twice, and so on: only the outermost gets JSON text.
  const std::uint8_t* key(const std::uint8_t* at) {
    at = skip_tags(at);
    const bool container = major_of(at) == kArray || major_of(at) == kMap;
    if (container && in_key_) {
      const std::uint8_t* end = skip_item(at);
      to_.push_back('"');
      append_base64url(to_, at, static_cast<std::size_t>(end - at));
      to_.push_back('"');
      return end;
    }
    const std::size_t mark = to_.size();
    in_key_ = in_key_ || container;
    at = item(at);
    if (container) in_key_ = false;
    if (to_[mark] != '"') {
      const std::string text = to_.substr(mark);
      to_.resize(mark);
      append_json_string(to_, text);
    }
    return at;
  }

  std::string& to_;
  bool in_key_ = false;  // within a container that is a key
};

}  // namespace

std::string Value::json() const {
  std::string out;
  Printer(out).item(at_);
  return out;
}

std::string Message::json() const {
  std::string out("[");
  Printer printer(out);
  for (const std::uint8_t* at = data_; at != data_ + size_;) {
    if (at != data_) out.push_back(',');
    at = printer.item(at);
  }
  out.push_back(']');
  return out;
}

}  // namespace aemp
