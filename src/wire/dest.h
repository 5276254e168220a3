// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Destinations: how a frame names a port of the node it is sent to (in DOWN: of its sender).
#ifndef AEMP_WIRE_DEST_H
#define AEMP_WIRE_DEST_H

#include <cstddef>
#include <cstdint>

#include "wire/format.h"

namespace aemp {

// LEB128, shortest form only.
inline std::size_t store_varint(std::uint8_t* out, std::uint64_t v) noexcept {
  std::size_t n = 0;
  while (v >= 0x80) {
    out[n++] = static_cast<std::uint8_t>(v | 0x80);
    v >>= 7;
  }
  out[n++] = static_cast<std::uint8_t>(v);
  return n;
}

// Bytes read (1..10), or 0: cut short, longer than needed, or over 64 bits.
std::size_t load_varint(const std::uint8_t* at, const std::uint8_t* end,
                        std::uint64_t& out) noexcept;

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
  for (std::size_t i = 0; i < 8; ++i) {
    out[n + i] = static_cast<std::uint8_t>(dest.origin >> (56 - 8 * i));
  }
  return n + 8;
}

// Bytes read, or 0 for anything but the one way to write a destination: cut short, an overlong
// varint, form 3, serial 0 in form 1 or 2.
std::size_t decode_dest(const std::uint8_t* at, const std::uint8_t* end, Dest& out) noexcept;

}  // namespace aemp

#endif  // AEMP_WIRE_DEST_H
