// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#ifndef AEMP_BASE_UTF8_H
#define AEMP_BASE_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aemp {

// The number of bytes before the first one that does not belong to a complete, valid character;
// n if all is well.
std::size_t utf8_valid_prefix(const std::uint8_t* data, std::size_t n) noexcept;
inline bool utf8_valid(const std::uint8_t* data, std::size_t n) noexcept {
  return utf8_valid_prefix(data, n) == n;
}
inline bool utf8_valid(std::string_view text) noexcept {
  return utf8_valid(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

// Appends a code point that is no surrogate and at most 0x10ffff.
void utf8_append(std::string& to, std::uint32_t code_point);

// A copy with every byte that is not valid replaced by U+FFFD: for texts of unknown origin that
// go into a message, for example what().
std::string utf8_repaired(std::string_view text);

// The first characters of valid text, in at most n bytes.
std::string_view utf8_cut(std::string_view text, std::size_t n) noexcept;

}  // namespace aemp

#endif  // AEMP_BASE_UTF8_H
