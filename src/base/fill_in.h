// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sentences for errors, reasons and log lines, put together without a string for each part.
#ifndef AEMP_BASE_FILL_IN_H
#define AEMP_BASE_FILL_IN_H

#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

namespace aemp {

// What takes the place of a %: text, of which it is a view, or a whole number in decimal.
class Part {
 public:
  Part(const char* text) noexcept : text_(text), value_(std::strlen(text)) {}
  Part(std::string_view text) noexcept : text_(text.data()), value_(text.size()) {}
  Part(const std::string& text) noexcept : text_(text.data()), value_(text.size()) {}
  template <std::integral T>
  Part(T number) noexcept
      : kind_(std::signed_integral<T> ? Kind::kSigned : Kind::kUnsigned),
        value_(static_cast<std::uint64_t>(number)) {}

  void append_to(std::string& to) const;

 private:
  enum class Kind : std::uint8_t { kText, kSigned, kUnsigned };

  Kind kind_ = Kind::kText;
  const char* text_ = nullptr;
  std::uint64_t value_;  // of a number; the length of text
};

// `pattern` with each % replaced by the next part. There are as many of both.
std::string fill_in(std::string_view pattern, std::initializer_list<Part> parts);

}  // namespace aemp

#endif  // AEMP_BASE_FILL_IN_H
