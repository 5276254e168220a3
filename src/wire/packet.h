// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Packets: the bodies of frames, decoded and checked. Pure functions over views.
#ifndef AEMP_WIRE_PACKET_H
#define AEMP_WIRE_PACKET_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "wire/dest.h"
#include "wire/format.h"

namespace aemp {

// Which members mean something depends on the type. All views point into the frame's body.
struct Packet {
  std::uint8_t type = 0;                   // FrameType
  Dest dest;                               // DATA KIL MON UNMON DOWN FRAG
  std::uint64_t serial = 0;                // SPAWN, never 0
  std::string_view function;               // SPAWN, UTF-8
  const std::uint8_t* items = nullptr;     // DATA KIL DOWN SPAWN BYE: validated CBOR items
  std::size_t size = 0;                    // bytes at items; FRAG: bytes at fragment
  std::uint64_t nonce = 0;                 // PING PONG
  std::uint64_t link_id = 0;               // READY
  CloseCode code = CloseCode::none;        // CLOSE
  std::string_view text;                   // CLOSE, UTF-8
  std::uint8_t inner = 0;                  // FRAG: DATA KIL DOWN SPAWN
  bool last = false;                       // FRAG
  const std::uint8_t* fragment = nullptr;  // FRAG: not validated
};

enum class Parsed : std::uint8_t {
  packet,  // `out` is filled in
  skip,    // an unknown type that may be skipped
  error,   // a protocol error; `error` says what was wrong
};

// Decodes one frame body completely: destinations in their one form, CBOR items well-formed and
// in the profile, nothing behind the end. `error` is touched only for Parsed::error.
Parsed parse_packet(std::uint8_t type, const std::uint8_t* body, std::size_t size, Packet& out,
                    std::string& error);

// Decodes a message that came in fragments: `inner` with what follows the destination.
Parsed parse_inner(std::uint8_t inner, const Dest& dest, const std::uint8_t* items,
                   std::size_t size, Packet& out, std::string& error);

// Appends the body of CLOSE, frame or record. A text over kMaxCloseText is cut at a character
// border.
void put_close_body(std::vector<std::uint8_t>& out, CloseCode code, std::string_view text);
// Appends a whole CLOSE frame.
void put_close_frame(std::vector<std::uint8_t>& out, CloseCode code, std::string_view text);

}  // namespace aemp

#endif  // AEMP_WIRE_PACKET_H
