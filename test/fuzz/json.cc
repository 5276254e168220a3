// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// JSON text: what is read can be printed, and reads as the same again; what cannot be read is
// refused with bad_json and nothing else.
#include <aemp/value.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/cbor.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"

namespace {

using aemp::fuzz::text_of;

// RFC 8259, with what a message can hold besides: 128 levels, numbers that a double reaches.
class Grammar {
 public:
  explicit Grammar(std::string_view text) : in_(text) {}

  bool whole(bool message) {
    blanks();
    ok_ = ok_ && (!message || peek() == '[');
    value(message ? -1 : 0);
    blanks();
    return ok_ && in_.empty();
  }

 private:
  char peek() const { return in_.empty() ? '\0' : in_[0]; }
  bool take(std::string_view expected) {
    if (!in_.starts_with(expected)) return false;
    in_.remove_prefix(expected.size());
    return true;
  }
  void need(bool good) { ok_ = ok_ && good; }
  void blanks() { in_.remove_prefix(std::min(in_.find_first_not_of(" \t\r\n"), in_.size())); }

  void value(int depth) {
    if (take("[")) return list(depth, ']', false);
    if (take("{")) return list(depth, '}', true);
    if (peek() == '"') return string();
    if (!take("true") && !take("false") && !take("null")) number();
  }

  void list(int depth, char end, bool keys) {
    need(depth < 128);
    const std::string_view closing(&end, 1);
    blanks();
    if (take(closing)) return;
    do {
      blanks();
      if (keys) {
        string();
        blanks();
        need(take(":"));
        blanks();
      }
      if (!ok_) return;
      value(depth + 1);
      blanks();
    } while (ok_ && take(","));
    need(take(closing));
  }

  unsigned hex() {
    const std::string digits(in_.substr(0, 4));
    need(digits.size() == 4 && digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos);
    in_.remove_prefix(digits.size());
    return ok_ ? static_cast<unsigned>(std::strtoul(digits.c_str(), nullptr, 16)) : 0;
  }

  void string() {
    need(take("\""));
    const std::string_view all = in_;
    while (ok_ && !in_.empty() && peek() != '"') {
      need(static_cast<unsigned char>(peek()) >= 0x20);
      if (!take("\\")) {
        in_.remove_prefix(1);
      } else if (take("u")) {
        const unsigned first = hex();
        if (first < 0xd800 || first > 0xdfff) continue;
        need(first < 0xdc00 && take("\\u"));
        const unsigned second = hex();
        need(second >= 0xdc00 && second <= 0xdfff);
      } else {
        need(std::string_view("\"\\/bfnrt").find(peek()) != std::string_view::npos && !in_.empty());
        if (ok_) in_.remove_prefix(1);
      }
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(all.data());
    need(aemp::fuzz::good_utf8({bytes, all.size() - in_.size()}));
    need(take("\""));
  }

  std::size_t digits() {
    const std::size_t n = std::min(in_.find_first_not_of("0123456789"), in_.size());
    in_.remove_prefix(n);
    return n;
  }

  void number() {
    const std::string_view all = in_;
    take("-");
    const bool zero = peek() == '0';
    const std::size_t n = digits();
    need(n > 0 && (!zero || n == 1));
    if (take(".")) need(digits() > 0);
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      need(digits() > 0);
    }
    const std::string text(all.substr(0, all.size() - in_.size()));
    need(std::isfinite(std::strtod(text.c_str(), nullptr)));
  }

  std::string_view in_;
  bool ok_ = true;
};

template <class Read>
auto refused_or(Read read, std::string_view text) -> std::optional<decltype(read(text))> {
  try {
    return read(text);
  } catch (const aemp::Error& e) {
    AEMP_FUZZ_CHECK(e.code() == aemp::Errc::bad_json);
    AEMP_FUZZ_CHECK(!std::string_view(e.what()).empty());
    return std::nullopt;
  }
}

template <class Owned>
void check_read(const Owned& read, std::size_t items, Owned (*again)(std::string_view)) {
  const auto checked = aemp::cbor::validate(read.data(), read.size_bytes());
  AEMP_FUZZ_CHECK(checked.ok && checked.items == items);
  const std::string printed = read.json();
  const std::optional<Owned> second = refused_or(again, printed);
  AEMP_FUZZ_CHECK(second.has_value());
  AEMP_FUZZ_CHECK(*second == read);
  AEMP_FUZZ_CHECK(second->json() == printed);
}

}  // namespace

AEMP_FUZZ_TARGET(json) {
  const std::string_view text = text_of(data, size);
  const auto value = refused_or(aemp::parse_json_value, text);
  const auto message = refused_or(aemp::parse_json, text);
  AEMP_FUZZ_CHECK(value.has_value() == Grammar(text).whole(false));
  AEMP_FUZZ_CHECK(message.has_value() == Grammar(text).whole(true));
  if (value && (value->kind() == aemp::Kind::integer || value->kind() == aemp::Kind::floating)) {
    AEMP_FUZZ_CHECK(value->as<double>() == std::strtod(std::string(text).c_str(), nullptr));
  }
  if (value) check_read(*value, 1, aemp::parse_json_value);
  if (message) {
    check_read(*message, message->size(), aemp::parse_json);
    // One level more would be too deep for a value, so only this way round.
    if (value) AEMP_FUZZ_CHECK(value->json() == message->json());
  }
  if (value && value->kind() == aemp::Kind::array) AEMP_FUZZ_CHECK(message.has_value());
  return 0;
}
