// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>

#include "base/json_number.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "base/utf8.h"

namespace aemp {

namespace {

// Reads JSON and writes its values as it goes. Containers get a head of one byte first, which is
// replaced when the number of their elements is known.
class Parser {
 public:
  Parser(std::string_view text, Writer& to)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), to_(to) {}

  void whole_value() {
    blanks();
    value();
    finish();
  }

  // An array whose elements are written without it.
  void whole_message() {
    blanks();
    if (at_ == end_ || *at_ != '[') fail(at_, "expected a JSON array");
    elements();
    finish();
  }

 private:
  void finish() {
    blanks();
    if (at_ != end_) fail(at_, "expected the end of the text");
  }

  void blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }

  void value() {
    if (at_ == end_) fail(at_, "expected a value");
    switch (*at_) {
      case '[':
        return array();
      case '{':
        return object();
      case '"':
        to_.text(string());
        return;
      case 't':
        word("true");
        to_.boolean(true);
        return;
      case 'f':
        word("false");
        to_.boolean(false);
        return;
      case 'n':
        word("null");
        to_.null();
        return;
      default:
        return number();
    }
  }

  void word(std::string_view expected) {
    const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
    if (!left.starts_with(expected)) fail(at_, "expected a value");
    at_ += expected.size();
  }

  void number() {
    const JsonNumber number = read_json_number(at_, end_);
    switch (number.type) {
      case JsonNumber::Type::none:
        fail(at_, "expected a value");
      case JsonNumber::Type::malformed:
        fail(number.end, "malformed number");
      case JsonNumber::Type::too_large:
        fail(at_, "number out of range");
      case JsonNumber::Type::negative:
        to_.integer(number.negative);
        break;
      case JsonNumber::Type::positive:
        to_.unsigned_integer(number.positive);
        break;
      case JsonNumber::Type::floating:
        to_.floating(number.floating);
        break;
    }
    at_ = number.end;
  }

  void enter() {
    if (++depth_ > detail::kMaxDepth) fail(at_, "nested more than 128 deep");
  }

  void array() {
    enter();
    const std::size_t mark = open();
    const std::size_t n = elements();
    close(mark, detail::kArray, n);
    --depth_;
  }

  // From the opening bracket past the closing one.
  std::size_t elements() {
    ++at_;
    blanks();
    if (take(']')) return 0;
    for (std::size_t n = 1;; ++n) {
      value();
      blanks();
      if (take(']')) return n;
      if (!take(',')) fail(at_, "expected ',' or ']'");
      blanks();
    }
  }

  void object() {
    enter();
    const std::size_t mark = open();
    const std::size_t n = members();
    close(mark, detail::kMap, n);
    --depth_;
  }

  std::size_t members() {
    ++at_;
    blanks();
    if (take('}')) return 0;
    for (std::size_t n = 1;; ++n) {
      if (at_ == end_ || *at_ != '"') fail(at_, "expected a key in quotes");
      to_.text(string());
      blanks();
      if (!take(':')) fail(at_, "expected ':'");
      blanks();
      value();
      blanks();
      if (take('}')) return n;
      if (!take(',')) fail(at_, "expected ',' or '}'");
      blanks();
    }
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  std::size_t open() {
    const std::size_t mark = to_.size();
    const std::uint8_t head = 0;
    to_.raw(&head, 1);
    return mark;
  }

  void close(std::size_t mark, std::uint8_t major, std::size_t n) {
    const std::size_t size = to_.size();
    major == detail::kMap ? to_.map(n) : to_.array(n);
    const std::size_t head = to_.size() - size;
    std::uint8_t longest[9];
    std::memcpy(longest, to_.begin() + size, head);
    std::uint8_t* place = to_.begin() + mark;
    if (head > 1) std::memmove(place + head, place + 1, size - mark - 1);
    std::memcpy(place, longest, head);
    to_.reseat(to_.begin(), to_.begin() + size + head - 1, to_.end());
  }

  // From the opening quote past the closing one. Valid until the next call.
  std::string_view string() {
    const char* start = ++at_;
    plain();
    if (*at_ == '"') {
      return {start, static_cast<std::size_t>(at_++ - start)};
    }
    unescaped_.assign(start, at_);
    while (*at_ != '"') {
      escape();
      start = at_;
      plain();
      unescaped_.append(start, at_);
    }
    ++at_;
    return unescaped_;
  }

  // Characters that stand for themselves, up to a quote or backslash.
  void plain() {
    const char* start = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) {
      ++at_;
    }
    const auto n = static_cast<std::size_t>(at_ - start);
    const std::size_t good = utf8_valid_prefix(reinterpret_cast<const std::uint8_t*>(start), n);
    if (good != n) fail(start + good, "text is not UTF-8");
    if (at_ == end_) fail(at_, "the text ends within a string");
    if (*at_ != '"' && *at_ != '\\') fail(at_, "control character in a string");
  }

  void escape() {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    const char* start = at_++;
    if (at_ == end_) fail(at_, "the text ends within a string");
    if (*at_ == 'u') return unescaped_code(start);
    const std::size_t which = kNames.find(*at_);
    if (which == kNames.npos) fail(start, "unknown escape");
    unescaped_.push_back(kMeant[which]);
    ++at_;
  }

  void unescaped_code(const char* start) {
    std::uint32_t code = four_digits(start);
    if (code >= 0xd800 && code < 0xe000) {
      const bool pair = code < 0xdc00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u';
      if (!pair) fail(start, "half of a surrogate pair");
      ++at_;
      const std::uint32_t low = four_digits(start);
      if (low < 0xdc00 || low >= 0xe000) fail(start, "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8_append(unescaped_, code);
  }

  // Behind the 'u' at at_.
  std::uint32_t four_digits(const char* start) {
    ++at_;
    if (end_ - at_ < 4) fail(start, "incomplete escape");
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = *at_;
      const char lower = static_cast<char>(c | 0x20);
      if (c >= '0' && c <= '9') {
        code = code << 4 | static_cast<std::uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        code = code << 4 | static_cast<std::uint32_t>(lower - 'a' + 10);
      } else {
        fail(start, "incomplete escape");
      }
    }
    return code;
  }

  [[noreturn]] void fail(const char* where, std::string_view what) const {
    std::uint64_t line = 1;
    std::uint64_t column = 1;
    for (const char* p = begin_; p != where; ++p) {
      if (*p == '\n') {
        ++line;
        column = 1;
      } else if ((static_cast<unsigned char>(*p) & 0xc0) != 0x80) {
        ++column;
      }
    }
    throw_error(Errc::bad_json, "JSON, line %, column %: %", {line, column, what});
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  Writer& to_;
  unsigned depth_ = 0;
  std::string unescaped_;
};

}  // namespace

OwnedValue parse_json_value(std::string_view text) {
  detail::Scratch scratch;
  Parser(text, scratch.writer()).whole_value();
  return OwnedValue(scratch.take());
}

OwnedMessage parse_json(std::string_view text) {
  detail::Scratch scratch;
  Parser(text, scratch.writer()).whole_message();
  return OwnedMessage(scratch.take());
}

}  // namespace aemp
