// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/json_reader.h"

#include "base/text.h"
#include "base/throw_error.h"
#include "base/utf8.h"

namespace aemp {

namespace {

// Containers get a head of one byte first, which is replaced when the number of their elements is
// known.
std::size_t open(Writer& to) {
  const std::size_t mark = to.size();
  const std::uint8_t head = 0;
  to.raw(&head, 1);
  return mark;
}

void close(Writer& to, std::size_t mark, std::uint8_t major, std::size_t n) {
  const std::size_t size = to.size();
  major == detail::kMap ? to.map(n) : to.array(n);
  const std::size_t head = to.size() - size;
  std::uint8_t longest[9];
  std::memcpy(longest, to.begin() + size, head);
  std::uint8_t* place = to.begin() + mark;
  if (head > 1) std::memmove(place + head, place + 1, size - mark - 1);
  std::memcpy(place, longest, head);
  to.reseat(to.begin(), to.begin() + size + head - 1, to.end());
}

}  // namespace

void JsonReader::blanks() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
}

char JsonReader::peek() {
  blanks();
  return at_ == end_ ? '\0' : *at_;
}

bool JsonReader::take(char c) {
  if (peek() != c || at_ == end_) return false;
  ++at_;
  return true;
}

void JsonReader::finish() {
  blanks();
  if (at_ != end_) fail(at_, "expected the end of the text");
}

void JsonReader::value(Writer& to) {
  switch (peek()) {
    case '[':
      return array(to);
    case '{':
      return object(to);
    case '"':
      to.text(string());
      return;
    case 't':
      word("true");
      to.boolean(true);
      return;
    case 'f':
      word("false");
      to.boolean(false);
      return;
    case 'n':
      word("null");
      to.null();
      return;
    default:
      break;
  }
  const JsonNumber n = number();
  if (n.type == JsonNumber::Type::negative) {
    to.integer(n.negative);
  } else if (n.type == JsonNumber::Type::positive) {
    to.unsigned_integer(n.positive);
  } else {
    to.floating(n.floating);
  }
}

void JsonReader::word(std::string_view expected) {
  const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
  if (!left.starts_with(expected)) fail(at_, "expected a value");
  at_ += expected.size();
}

JsonNumber JsonReader::number() {
  blanks();
  const JsonNumber number = read_json_number(at_, end_);
  switch (number.type) {
    case JsonNumber::Type::none:
      fail(at_, "expected a value");
    case JsonNumber::Type::malformed:
      fail(number.end, "malformed number");
    case JsonNumber::Type::too_large:
      fail(at_, "number out of range");
    default:
      break;
  }
  at_ = number.end;
  return number;
}

void JsonReader::enter() {
  if (++depth_ > detail::kMaxDepth) fail(at_, "nested more than 128 deep");
}

void JsonReader::array(Writer& to) {
  enter();
  const std::size_t mark = open(to);
  const std::size_t n = elements(to);
  close(to, mark, detail::kArray, n);
  --depth_;
}

std::size_t JsonReader::elements(Writer& to) {
  ++at_;
  if (take(']')) return 0;
  for (std::size_t n = 1;; ++n) {
    value(to);
    if (take(']')) return n;
    if (!take(',')) fail(at_, "expected ',' or ']'");
  }
}

void JsonReader::object(Writer& to) {
  enter();
  const std::size_t mark = open(to);
  const std::size_t n = members(to);
  close(to, mark, detail::kMap, n);
  --depth_;
}

std::size_t JsonReader::members(Writer& to) {
  ++at_;
  if (take('}')) return 0;
  for (std::size_t n = 1;; ++n) {
    if (peek() != '"') fail(at_, "expected a key in quotes");
    to.text(string());
    if (!take(':')) fail(at_, "expected ':'");
    value(to);
    if (take('}')) return n;
    if (!take(',')) fail(at_, "expected ',' or '}'");
  }
}

std::string_view JsonReader::string() {
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
void JsonReader::plain() {
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

void JsonReader::escape() {
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

void JsonReader::unescaped_code(const char* start) {
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
std::uint32_t JsonReader::four_digits(const char* start) {
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

void JsonReader::fail(const char* where, std::string_view what) const {
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
  if (!file_.empty()) throw_error(Errc::bad_config, "%:%:%: %", {file_, line, column, what});
  throw_error(Errc::bad_json, "JSON, line %, column %: %", {line, column, what});
}

}  // namespace aemp
