// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Destinations: how a frame names a port of the node it is sent to (in DOWN: of its sender).
#ifndef AEMP_WIRE_DEST_H
#define AEMP_WIRE_DEST_H

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "wire/format.h"

namespace aemp {

// LEB128: 7 bits a byte, the lowest first; shortest form only. Writes at most
// kMaxVarintBytes and returns how many.
inline std::size_t store_varint(std::uint8_t* out, std::uint64_t v) noexcept {
  std::size_t n = 0;
  while (v >= 0x80) {
    out[n++] = static_cast<std::uint8_t>(v | 0x80);
    v >>= 7;
  }
  out[n++] = static_cast<std::uint8_t>(v);
  return n;
}

// Near the end of the input, or long. See load_varint().
std::size_t load_varint_slowly(const std::uint8_t* at, const std::uint8_t* end,
                               std::uint64_t& out) noexcept;

// Bytes read (1..10), or 0: cut short, longer than needed, or over 64 bits.
inline std::size_t load_varint(const std::uint8_t* at, const std::uint8_t* end,
                               std::uint64_t& out) noexcept {
  if (end - at < 8) return load_varint_slowly(at, end, out);
  const std::uint64_t word = __builtin_bswap64(load_be64(at));
  const std::uint64_t stops = ~word & 0x8080808080808080u;
  if (stops == 0) [[unlikely]]
    return load_varint_slowly(at, end, out);
  // The bytes up to the first without continuation bit, then their 7 bits each pushed together.
  const auto bits = static_cast<unsigned>(__builtin_ctzll(stops)) + 1;
  std::uint64_t v = word & (~std::uint64_t{0} >> (64 - bits)) & 0x7f7f7f7f7f7f7f7fu;
  v = (v & 0x007f007f007f007fu) | (v & 0x7f007f007f007f00u) >> 1;
  v = (v & 0x00003fff00003fffu) | (v & 0x3fff00003fff0000u) >> 2;
  v = (v & 0x000000000fffffffu) | (v & 0x0fffffff00000000u) >> 4;
  const std::size_t n = bits / 8;
  if (n > 1 && v >> (7 * (n - 1)) == 0) [[unlikely]]
    return 0;
  out = v;
  return n;
}

struct Dest {
  enum class Form : std::uint8_t {
    home = 0,     // a port that the receiving node named; only when its incarnation is known
    spawned = 1,  // a port that the sender of the frame named (spawn)
    full = 2,     // any; `origin` says which incarnation named it
    node = 4,     // the node port (not a number of the wire: v = 0)
  };
  Form form = Form::node;
  std::uint64_t serial = 0;  // 1 … kMaxSerial; 0 for the node port
  std::uint64_t origin = 0;  // form full only

  friend bool operator==(const Dest&, const Dest&) = default;
};

// Writes at most kMaxDestBytes and returns how many. Serial 0 is written as the node port,
// whatever the form says. Serials over kMaxSerial do not occur.
inline std::size_t encode_dest(const Dest& dest, std::uint8_t* out) noexcept {
  if (dest.serial == 0) {
    out[0] = 0;
    return 1;
  }
  const std::size_t n = store_varint(out, dest.serial << 2 | static_cast<std::uint8_t>(dest.form));
  if (dest.form != Dest::Form::full) return n;
  store_be64(out + n, dest.origin);
  return n + 8;
}

// Bytes read, or 0 for anything but the one way to write a destination: cut short, an overlong
// varint, form 3, serial 0 in form 1 or 2.
inline std::size_t decode_dest(const std::uint8_t* at, const std::uint8_t* end,
                               Dest& out) noexcept {
  std::uint64_t v;
  const std::size_t n = load_varint(at, end, v);
  if (n == 0) [[unlikely]]
    return 0;
  const unsigned form = v & 3;
  out.form = static_cast<Dest::Form>(form);
  out.serial = v >> 2;
  out.origin = 0;
  if (out.serial == 0) {
    out.form = Dest::Form::node;
    return v == 0 ? n : 0;
  }
  if (form < 2) return n;
  if (form == 3 || end - at < static_cast<std::ptrdiff_t>(n + 8)) return 0;
  out.origin = load_be64(at + n);
  return n + 8;
}

}  // namespace aemp

#endif  // AEMP_WIRE_DEST_H
