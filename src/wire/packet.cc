// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/packet.h"

#include <aemp/detail/item.h>

#include "base/bytes.h"
#include "base/cbor.h"
#include "base/fill_in.h"
#include "base/utf8.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace aemp {

namespace {

std::string name_of(std::uint8_t type) {
  const std::string_view word = frame_word(type);
  return word.empty() ? fill_in("frame type %", {type}) : std::string(word);
}

Parsed fail(std::uint8_t type, const char* what, std::string& error) {
  error = fill_in("%: %", {name_of(type), what});
  return Parsed::error;
}

Parsed fail_size(std::uint8_t type, std::size_t size, std::size_t expected, std::string& error) {
  error = fill_in("%: % bytes instead of %", {name_of(type), size, expected});
  return Parsed::error;
}

Parsed fail_items(std::uint8_t type, const cbor::Checked& checked, std::string& error) {
  error = fill_in("%: malformed values: % at byte %", {name_of(type), checked.what, checked.at});
  return Parsed::error;
}

// True for a row of short scalars, strings among them, which is what most messages are: that much
// is found out faster here than by the validator.
bool is_plain(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  while (at != end) {
    const std::uint8_t major = detail::major_of(at);
    const std::size_t argument = *at++ & 0x1f;
    if (argument >= 24 || major > detail::kText) return false;
    if (major < detail::kBytes) continue;
    if (static_cast<std::size_t>(end - at) < argument) return false;
    if (major == detail::kText && !detail::is_ascii(reinterpret_cast<const char*>(at), argument)) {
      return false;
    }
    at += argument;
  }
  return true;
}

inline Parsed take_items(const std::uint8_t* items, std::size_t size, Packet& out,
                         std::string& error) {
  out.items = items;
  out.size = size;
  if (is_plain(items, items + size)) return Parsed::packet;
  const cbor::Checked checked = cbor::validate(items, size);
  return checked.ok ? Parsed::packet : fail_items(out.type, checked, error);
}

// `items` are validated. False if the first is not a text.
bool take_function(const std::uint8_t* items, std::size_t size, Packet& out) {
  if (size == 0 || detail::major_of(items) != detail::kText) return false;
  const std::uint8_t* at = items;
  const auto length = static_cast<std::size_t>(detail::read_head(at));
  out.function = {reinterpret_cast<const char*>(at), length};
  out.items = at + length;
  out.size = static_cast<std::size_t>(items + size - out.items);
  return true;
}

Parsed parse_call(std::uint64_t serial, const std::uint8_t* items, std::size_t size, Packet& out,
                  std::string& error) {
  if (serial == 0 || serial > kMaxSerial) {
    return fail(kFrameSpawn, "malformed serial", error);
  }
  out.serial = serial;
  if (take_items(items, size, out, error) == Parsed::error) return Parsed::error;
  if (!take_function(items, size, out)) {
    return fail(kFrameSpawn, "the function's name is not a text", error);
  }
  return Parsed::packet;
}

Parsed parse_spawn(const std::uint8_t* body, std::size_t size, Packet& out, std::string& error) {
  std::uint64_t serial = 0;
  const std::size_t n = load_varint(body, body + size, serial);
  if (n == 0) return fail(kFrameSpawn, "malformed serial", error);
  return parse_call(serial, body + n, size - n, out, error);
}

bool may_be_large(std::uint8_t type) noexcept {
  return type == kFrameData || type == kFrameKil || type == kFrameDown || type == kFrameSpawn;
}

Parsed parse_frag(const std::uint8_t* body, std::size_t size, Packet& out, std::string& error) {
  const std::size_t n = decode_dest(body, body + size, out.dest);
  if (n == 0) return fail(kFrameFrag, "malformed destination", error);
  if (size == n) return fail(kFrameFrag, "there is no inner type", error);
  out.last = (body[n] & kFragLast) != 0;
  out.inner = body[n] & 0x7f;
  if (!may_be_large(out.inner)) {
    error = fill_in("FRAG: % cannot come in fragments", {name_of(out.inner)});
    return Parsed::error;
  }
  if (out.inner == kFrameSpawn && out.dest.form != Dest::Form::spawned) {
    return fail(kFrameFrag, "a SPAWN must name a port of the sender", error);
  }
  out.fragment = body + n + 1;
  out.size = size - n - 1;
  if (out.size == 0 && !out.last) return fail(kFrameFrag, "an empty fragment", error);
  return Parsed::packet;
}

Parsed parse_fixed(std::uint8_t type, const std::uint8_t* body, std::size_t size,
                   std::uint64_t& out, std::string& error) {
  if (size != 8) return fail_size(type, size, 8, error);
  out = load_be64(body);
  return Parsed::packet;
}

Parsed parse_ready(const std::uint8_t* body, std::size_t size, Packet& out, std::string& error) {
  if (size < 8) return fail_size(kFrameReady, size, 8, error);
  out.link_id = load_be64(body);
  if (out.link_id == 0) return fail(kFrameReady, "the link ID is 0", error);
  if (!check_fields({body + 8, size - 8}, error)) {
    error = fill_in("READY: %", {error});
    return Parsed::error;
  }
  return Parsed::packet;
}

Parsed parse_close(const std::uint8_t* body, std::size_t size, Packet& out, std::string& error) {
  if (size == 0) return fail(kFrameClose, "there is no code", error);
  out.code = static_cast<CloseCode>(body[0]);
  out.text = {reinterpret_cast<const char*>(body + 1), size - 1};
  if (!utf8_valid(out.text)) return fail(kFrameClose, "the text is not UTF-8", error);
  return Parsed::packet;
}

Parsed parse_other(std::uint8_t type, const std::uint8_t* body, std::size_t size, Packet& out,
                   std::string& error) {
  out.items = nullptr;
  out.size = 0;
  switch (type) {
    case kFrameMon:
    case kFrameUnmon: {
      const std::size_t n = decode_dest(body, body + size, out.dest);
      if (n == 0) return fail(type, "malformed destination", error);
      if (n != size) return fail(type, "bytes behind the destination", error);
      return Parsed::packet;
    }
    case kFrameSpawn:
      return parse_spawn(body, size, out, error);
    case kFrameFrag:
      return parse_frag(body, size, out, error);
    case kFramePing:
    case kFramePong:
      return parse_fixed(type, body, size, out.nonce, error);
    case kFrameIdleAsk:
    case kFrameIdleOk:
    case kFrameIdleNo:
      return size == 0 ? Parsed::packet : fail_size(type, size, 0, error);
    case kFrameReady:
      return parse_ready(body, size, out, error);
    case kFrameClose:
      return parse_close(body, size, out, error);
    case kFrameBye:
      return take_items(body, size, out, error);
    default:
      if ((type & kFrameMaySkip) != 0) return Parsed::skip;
      error = fill_in("unknown %", {name_of(type)});
      return Parsed::error;
  }
}

}  // namespace

Parsed parse_packet(std::uint8_t type, const std::uint8_t* body, std::size_t size, Packet& out,
                    std::string& error) {
  out.type = type;
  if (type != kFrameData && type != kFrameKil && type != kFrameDown) {
    return parse_other(type, body, size, out, error);
  }
  const std::size_t n = decode_dest(body, body + size, out.dest);
  if (n == 0) [[unlikely]]
    return fail(type, "malformed destination", error);
  return take_items(body + n, size - n, out, error);
}

Parsed parse_inner(std::uint8_t inner, const Dest& dest, const std::uint8_t* items,
                   std::size_t size, Packet& out, std::string& error) {
  out.type = inner;
  out.dest = dest;
  if (inner == kFrameSpawn) return parse_call(dest.serial, items, size, out, error);
  return take_items(items, size, out, error);
}

void put_close_body(std::vector<std::uint8_t>& out, CloseCode code, std::string_view text) {
  const std::string valid = utf8_repaired(text);
  text = utf8_cut(valid, kMaxCloseText);
  out.push_back(static_cast<std::uint8_t>(code));
  out.insert(out.end(), text.begin(), text.end());
}

void put_close_frame(std::vector<std::uint8_t>& out, CloseCode code, std::string_view text) {
  const std::size_t at = out.size();
  out.resize(at + kFrameHeaderBytes);
  put_close_body(out, code, text);
  store_frame_header(out.data() + at, kFrameClose, out.size() - at - kFrameHeaderBytes);
}

}  // namespace aemp
