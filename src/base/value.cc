// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>

#include "base/fill_in.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "base/utf8.h"

namespace aemp {

namespace {

[[noreturn]] void throw_no_container(const Value& found, const char* wanted) {
  detail::throw_bad_type(found, wanted, std::string_view::npos);
}

[[noreturn]] void throw_index(std::size_t i, std::size_t size, const char* of) {
  throw_error(Errc::out_of_range, "there is no element % in % of %", {i, of, size});
}

// The elements of the array, or the keys and values of the map, at `at`.
Message inside(const std::uint8_t* at, const std::uint8_t* end, detail::NameTable* names) noexcept {
  detail::read_head(at);
  return Message(at, static_cast<std::size_t>(end - at), names);
}

}  // namespace

namespace detail {

void throw_bad_type(const Value& found, const char* wanted, std::size_t index) {
  constexpr std::size_t kShown = 40;
  std::string place = "the value";
  if (index != std::string_view::npos) place = fill_in("element %", {index});
  std::string shown;
  if (found.size_bytes() <= 2 * kShown) {
    const std::string json = found.json();
    shown = fill_in(" (%%)", {utf8_cut(json, kShown), json.size() > kShown ? "..." : ""});
  }
  throw_error(Errc::bad_type, "% is %%, expected %", {place, word(found.kind()), shown, wanted});
}

}  // namespace detail

std::string_view word(Kind kind) noexcept {
  constexpr std::string_view kWords[] = {"null",  "boolean", "integer", "floating", "text",
                                         "bytes", "array",   "map",     "port"};
  return kWords[static_cast<std::size_t>(kind)];
}

Kind Value::kind() const noexcept {
  const std::uint8_t* at = detail::skip_tags(at_);
  switch (detail::major_of(at)) {
    case detail::kUnsigned:
    case detail::kNegative:
      return Kind::integer;
    case detail::kBytes:
      return Kind::bytes;
    case detail::kText:
      return Kind::text;
    case detail::kArray:
      return Kind::array;
    case detail::kMap:
      return Kind::map;
    case detail::kTag:
      return Kind::port;
    default:
      break;
  }
  if (detail::is_null(*at)) return Kind::null;
  return *at < 0xf6 ? Kind::boolean : Kind::floating;
}

std::size_t Value::size() const {
  const std::uint8_t* at = detail::skip_tags(at_);
  const std::uint8_t major = detail::major_of(at);
  if (major < detail::kBytes || major > detail::kMap) {
    throw_no_container(*this, "text, bytes, an array or a map");
  }
  return static_cast<std::size_t>(detail::read_head(at));
}

Message Value::items() const {
  const std::uint8_t* at = detail::skip_tags(at_);
  if (detail::major_of(at) != detail::kArray) throw_no_container(*this, "an array");
  return inside(at, end_, names_);
}

Entries Value::entries() const {
  const std::uint8_t* at = detail::skip_tags(at_);
  if (detail::major_of(at) != detail::kMap) throw_no_container(*this, "a map");
  return Entries(inside(at, end_, names_));
}

Value Value::operator[](std::size_t i) const {
  const std::optional<Value> element = items().at(i);
  if (!element) throw_index(i, size(), "an array");
  return *element;
}

std::optional<Value> Value::find(std::string_view key) const noexcept {
  const std::uint8_t* at = detail::skip_tags(at_);
  if (detail::major_of(at) != detail::kMap) return std::nullopt;
  std::optional<Value> found;
  for (std::uint64_t n = detail::read_head(at); n > 0; --n) {
    const std::uint8_t* next = detail::skip_item(at);
    const std::uint8_t* value_end = detail::skip_item(next);
    detail::Cursor c{at, next, nullptr};
    std::string_view text;
    if (detail::decode_text(c, text) && text == key) found = Value(next, value_end, names_);
    at = value_end;
  }
  return found;
}

Value Value::operator[](std::string_view key) const {
  const std::optional<Value> found = find(key);
  if (found) return *found;
  if (kind() != Kind::map) throw_no_container(*this, "a map");
  throw_error(Errc::out_of_range, "there is no key % in the map", {quote(key)});
}

OwnedValue Value::copy() const { return OwnedValue(*this); }

std::size_t Message::size() const noexcept {
  std::size_t n = 0;
  for (const std::uint8_t* at = data_; at != data_ + size_; at = detail::skip_item(at)) ++n;
  return n;
}

std::optional<Value> Message::at(std::size_t i) const noexcept {
  const Message from = rest(i);
  if (from.empty()) return std::nullopt;
  return *from.begin();
}

Value Message::operator[](std::size_t i) const {
  const std::optional<Value> element = at(i);
  if (!element) throw_index(i, size(), "a message");
  return *element;
}

std::string_view Message::tag() const noexcept {
  std::string_view text;
  detail::Cursor c{data_, data_ + size_, nullptr};
  if (size_ == 0 || !detail::decode_text(c, text)) return {};
  return text;
}

std::optional<Port> Message::tag_port() const {
  if (size_ == 0 || (*begin()).kind() != Kind::port) return std::nullopt;
  return get<Port>(0);
}

Message Message::rest(std::size_t n) const noexcept {
  const std::uint8_t* at = data_;
  const std::uint8_t* end = data_ + size_;
  for (; n > 0 && at != end; --n) at = detail::skip_item(at);
  return Message(at, static_cast<std::size_t>(end - at), names_);
}

OwnedMessage Message::copy() const { return OwnedMessage(*this); }

}  // namespace aemp
