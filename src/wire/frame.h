// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The frame header: one big-endian 32-bit word.
//
//    31                               8 7             0
//   +----------------------------------+---------------+
//   |  body_len, bytes after the word  |  type         |
//   +----------------------------------+---------------+
#ifndef AEMP_WIRE_FRAME_H
#define AEMP_WIRE_FRAME_H

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "wire/format.h"

namespace aemp {

struct FrameHeader {
  std::uint32_t body_len;  // bytes
  std::uint8_t type;
};

inline void store_frame_header(std::uint8_t* at, std::uint8_t type, std::size_t body_len) noexcept {
  store_be32(at, static_cast<std::uint32_t>(body_len) << 8 | type);
}

inline FrameHeader load_frame_header(const std::uint8_t* at) noexcept {
  const std::uint32_t word = load_be32(at);
  return {word >> 8, static_cast<std::uint8_t>(word)};
}

}  // namespace aemp

#endif  // AEMP_WIRE_FRAME_H
