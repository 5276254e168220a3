// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Big-endian numbers and short copies at byte pointers. The caller vouches for the room.
#ifndef AEMP_DETAIL_BYTES_H
#define AEMP_DETAIL_BYTES_H

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace aemp::detail {

inline std::uint16_t load_be16(const std::uint8_t* p) noexcept {
  return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}
inline std::uint32_t load_be32(const std::uint8_t* p) noexcept {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 |
         std::uint32_t{p[3]};
}
inline std::uint64_t load_be64(const std::uint8_t* p) noexcept {
  return std::uint64_t{load_be32(p)} << 32 | load_be32(p + 4);
}

inline void store_be16(std::uint8_t* p, std::uint16_t v) noexcept {
  p[0] = static_cast<std::uint8_t>(v >> 8);
  p[1] = static_cast<std::uint8_t>(v);
}
inline void store_be32(std::uint8_t* p, std::uint32_t v) noexcept {
  p[0] = static_cast<std::uint8_t>(v >> 24);
  p[1] = static_cast<std::uint8_t>(v >> 16);
  p[2] = static_cast<std::uint8_t>(v >> 8);
  p[3] = static_cast<std::uint8_t>(v);
}
inline void store_be64(std::uint8_t* p, std::uint64_t v) noexcept {
  store_be32(p, static_cast<std::uint32_t>(v >> 32));
  store_be32(p + 4, static_cast<std::uint32_t>(v));
}

// memcpy that stays in line for up to 16 bytes.
inline void copy_bytes(std::uint8_t* to, const void* from, std::size_t n) noexcept {
  const auto* source = static_cast<const std::uint8_t*>(from);
  if (n > 16) {
    std::memcpy(to, source, n);
  } else if (n >= 8) {
    std::uint64_t head, tail;
    std::memcpy(&head, source, 8);
    std::memcpy(&tail, source + n - 8, 8);
    std::memcpy(to, &head, 8);
    std::memcpy(to + n - 8, &tail, 8);
  } else if (n >= 4) {
    std::uint32_t head, tail;
    std::memcpy(&head, source, 4);
    std::memcpy(&tail, source + n - 4, 4);
    std::memcpy(to, &head, 4);
    std::memcpy(to + n - 4, &tail, 4);
  } else if (n > 0) {
    to[0] = source[0];
    to[n / 2] = source[n / 2];
    to[n - 1] = source[n - 1];
  }
}

inline bool is_ascii(const char* text, std::size_t n) noexcept {
  std::uint64_t seen = 0;
  for (; n >= 8; text += 8, n -= 8) {
    std::uint64_t word;
    std::memcpy(&word, text, 8);
    seen |= word;
  }
  if (n >= 4) {
    std::uint32_t word;
    std::memcpy(&word, text, 4);
    seen |= word;
    text += 4;
    n -= 4;
  }
  for (; n > 0; ++text, --n) seen |= static_cast<std::uint8_t>(*text);
  return (seen & 0x8080808080808080u) == 0;
}

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_BYTES_H
