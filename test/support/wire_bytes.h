// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What goes over the wire, as text for tests: hexadecimal digits and quoted ASCII.
#ifndef AEMP_TEST_SUPPORT_WIRE_BYTES_H
#define AEMP_TEST_SUPPORT_WIRE_BYTES_H

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aemp::wire_test {

using Bytes = std::vector<std::uint8_t>;

// "01 ff" -> {1, 255}. Blanks are ignored; 'text' in single quotes stands for its bytes.
inline Bytes bytes(std::string_view text) {
  Bytes out;
  int high = -1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ') continue;
    if (c == '\'') {
      for (++i; text[i] != '\''; ++i) out.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    const int digit = c >= 'a' ? c - 'a' + 10 : c - '0';
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return out;
}

// For OutBuffer::open(): puts these bytes, which must live as long as what is returned.
inline auto prefix_of(std::span<const std::uint8_t> data) {
  return [data](std::uint8_t* at) {
    std::copy(data.begin(), data.end(), at);
    return data.size();
  };
}

// "01 ff"
inline std::string hex(std::span<const std::uint8_t> data) {
  std::string out;
  for (const std::uint8_t byte : data) {
    if (!out.empty()) out += ' ';
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A CBOR text of so many bytes in all: 2 to 257, or 300 and more.
inline Bytes text_item(std::size_t size) {
  if (size < 300) return Bytes{0x78, static_cast<std::uint8_t>(size - 2)} + Bytes(size - 2, 'x');
  const std::size_t n = size - 5;
  return Bytes{0x7a, static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
               static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)} +
         Bytes(n, 'x');
}

}  // namespace aemp::wire_test

#endif  // AEMP_TEST_SUPPORT_WIRE_BYTES_H
