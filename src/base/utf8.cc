// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/utf8.h"

#include <cstring>

namespace aemp {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

std::uint64_t load(const std::uint8_t* p) noexcept {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

const std::uint8_t* skip_ascii(const std::uint8_t* p, const std::uint8_t* end) noexcept {
  while (end - p >= 32) {
    if (((load(p) | load(p + 8) | load(p + 16) | load(p + 24)) & kHighBits) != 0) break;
    p += 32;
  }
  while (end - p >= 8 && (load(p) & kHighBits) == 0) p += 8;
  while (p != end && *p < 0x80) ++p;
  return p;
}

bool continues(std::uint8_t b) noexcept { return (b & 0xc0) == 0x80; }

// The length of the valid character beyond ASCII at p, 0 if there is none.
std::size_t character_size(const std::uint8_t* p, std::size_t left) noexcept {
  const std::uint8_t b = p[0];
  if (b < 0xc2 || b > 0xf4) return 0;
  if (b < 0xe0) return left >= 2 && continues(p[1]) ? 2 : 0;
  if (left < 3 || !continues(p[1]) || !continues(p[2])) return 0;
  if (b < 0xf0) {
    if (b == 0xe0 && p[1] < 0xa0) return 0;  // overlong
    if (b == 0xed && p[1] > 0x9f) return 0;  // surrogate
    return 3;
  }
  if (left < 4 || !continues(p[3])) return 0;
  if (b == 0xf0 && p[1] < 0x90) return 0;  // overlong
  if (b == 0xf4 && p[1] > 0x8f) return 0;  // above U+10FFFF
  return 4;
}

}  // namespace

std::size_t utf8_valid_prefix(const std::uint8_t* data, std::size_t n) noexcept {
  const std::uint8_t* p = data;
  const std::uint8_t* end = data + n;
  while (p != end) {
    if (*p < 0x80) {
      p = skip_ascii(p, end);
      continue;
    }
    const std::size_t size = character_size(p, static_cast<std::size_t>(end - p));
    if (size == 0) break;
    p += size;
  }
  return static_cast<std::size_t>(p - data);
}

void utf8_append(std::string& to, std::uint32_t code_point) {
  const auto put = [&to](std::uint32_t b) { to.push_back(static_cast<char>(b)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | code_point >> 18);
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
}

std::string utf8_repaired(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good =
        utf8_valid_prefix(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    out.append(text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    utf8_append(out, 0xfffd);
    text.remove_prefix(1);
  }
  return out;
}

std::string_view utf8_cut(std::string_view text, std::size_t n) noexcept {
  if (n >= text.size()) return text;
  while (n > 0 && continues(static_cast<std::uint8_t>(text[n]))) --n;
  return text.substr(0, n);
}

}  // namespace aemp
