// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes written as hexadecimal digits; blanks between them are ignored.
#ifndef AEMP_TEST_SUPPORT_HEX_H
#define AEMP_TEST_SUPPORT_HEX_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace aemp::test {

inline std::vector<std::uint8_t> unhex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::vector<std::uint8_t> bytes;
  bool half = false;
  for (char c : text) {
    if (c == ' ') continue;
    const std::size_t digit = kDigits.find(c);
    if (digit == kDigits.npos) std::abort();
    if (half) {
      bytes.back() = static_cast<std::uint8_t>(std::size_t{bytes.back()} << 4 | digit);
    } else {
      bytes.push_back(static_cast<std::uint8_t>(digit));
    }
    half = !half;
  }
  return bytes;
}

inline std::string hex(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back("0123456789abcdef"[data[i] >> 4]);
    text.push_back("0123456789abcdef"[data[i] & 15]);
  }
  return text;
}

// Of anything with data() and size_bytes().
template <class M>
std::string hex(const M& message) {
  return hex(message.data(), message.size_bytes());
}

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_HEX_H
