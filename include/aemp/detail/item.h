// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Reading CBOR items that are known to be well-formed: those of messages, which are validated
// once on arrival or come from a Writer. Nothing here checks bounds.
#ifndef AEMP_DETAIL_ITEM_H
#define AEMP_DETAIL_ITEM_H

#include <aemp/detail/bytes.h>

#include <cstddef>
#include <cstdint>

namespace aemp::detail {

// A node's table of node names: finds the Name of a port's node without allocating.
class NameTable;

// A place in a message.
struct Cursor {
  const std::uint8_t* at;
  const std::uint8_t* end;
  NameTable* names;  // may be null
};

// Major types, as in the upper three bits of an item's first byte.
inline constexpr std::uint8_t kUnsigned = 0x00;
inline constexpr std::uint8_t kNegative = 0x20;
inline constexpr std::uint8_t kBytes = 0x40;
inline constexpr std::uint8_t kText = 0x60;
inline constexpr std::uint8_t kArray = 0x80;
inline constexpr std::uint8_t kMap = 0xa0;
inline constexpr std::uint8_t kTag = 0xc0;
inline constexpr std::uint8_t kSimple = 0xe0;

inline constexpr std::uint64_t kPortTag = 44621;

// How many arrays, maps and tags may be nested.
inline constexpr unsigned kMaxDepth = 128;

inline std::uint8_t major_of(const std::uint8_t* at) noexcept {
  return static_cast<std::uint8_t>(*at & 0xe0);
}

inline bool is_null(std::uint8_t first) noexcept { return first == 0xf6 || first == 0xf7; }

// The argument of the head at `at`; moves `at` past the head.
inline std::uint64_t read_head(const std::uint8_t*& at) noexcept {
  const unsigned info = *at++ & 0x1f;
  if (info < 24) return info;
  const std::uint8_t* p = at;
  if (info == 24) {
    at += 1;
    return *p;
  }
  if (info == 25) {
    at += 2;
    return load_be16(p);
  }
  if (info == 26) {
    at += 4;
    return load_be32(p);
  }
  at += 8;
  return load_be64(p);
}

const std::uint8_t* skip_container(const std::uint8_t* at) noexcept;
const std::uint8_t* skip_tags_slowly(const std::uint8_t* at) noexcept;

// Past the item at `at`.
inline const std::uint8_t* skip_item(const std::uint8_t* at) noexcept {
  const std::uint8_t major = major_of(at);
  if (major < kBytes || major == kSimple) {
    read_head(at);
    return at;
  }
  if (major < kArray) {
    const std::uint64_t length = read_head(at);
    return at + length;
  }
  return skip_container(at);
}

// Past tags other than that of ports.
inline const std::uint8_t* skip_tags(const std::uint8_t* at) noexcept {
  return major_of(at) == kTag ? skip_tags_slowly(at) : at;
}

}  // namespace aemp::detail

#endif  // AEMP_DETAIL_ITEM_H
