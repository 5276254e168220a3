// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Numbers and bytes as text, independent of the locale, and the form of names.
#ifndef AEMP_BASE_TEXT_H
#define AEMP_BASE_TEXT_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aemp {

void append_int(std::string& to, std::int64_t v);
void append_uint(std::string& to, std::uint64_t v);
// The fewest digits that read back the same, always with a `.` or an exponent. v is finite.
void append_double(std::string& to, double v);
std::string to_text(std::int64_t v);
std::string to_text(std::uint64_t v);

// A whole text as a number; nullopt for anything else, signs and blanks included.
std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept;

// 11 digits of 0-9A-Za-z, most significant first.
inline constexpr std::size_t kBase62Digits = 11;
void append_base62(std::string& to, std::uint64_t v);
std::optional<std::uint64_t> parse_base62(std::string_view text) noexcept;

// Digits 0-9a-z without leading zeros. Only that form is parsed.
void append_base36(std::string& to, std::uint64_t v);
std::optional<std::uint64_t> parse_base36(std::string_view text) noexcept;

// RFC 4648, section 5, without padding. The time depends on the size only.
void append_base64url(std::string& to, const std::uint8_t* data, std::size_t n);
// True: `text` is what append_base64url() makes of exactly n bytes, which are in `data` now. The
// time depends on the sizes only. Whole groups of 3 bytes only.
bool parse_base64url(std::string_view text, std::uint8_t* data, std::size_t n) noexcept;

// Lower-case hexadecimal digits.
void append_hex(std::string& to, const std::uint8_t* data, std::size_t n);

// [A-Za-z0-9_.:/%-]{1,255}.
bool valid_node_id(std::string_view text) noexcept;
// The part of a port ID after '#': up to 64 bytes of printable ASCII.
bool valid_port_name(std::string_view text) noexcept;

// The text for a sentence: quoted, at most 60 bytes of it, what is not printable ASCII as '?'.
std::string quote(std::string_view text);

}  // namespace aemp

#endif  // AEMP_BASE_TEXT_H
