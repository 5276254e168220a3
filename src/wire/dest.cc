// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dest.h"

#include "base/bytes.h"

namespace aemp {

std::size_t load_varint(const std::uint8_t* at, const std::uint8_t* end,
                        std::uint64_t& out) noexcept {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < kMaxVarintBytes; ++i) {
    if (at + i == end) return 0;
    const std::uint8_t byte = at[i];
    // The tenth byte holds the one bit that is left of 64.
    if (i == kMaxVarintBytes - 1 && byte > 1) return 0;
    v |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte < 0x80) {
      if (byte == 0 && i > 0) return 0;
      out = v;
      return i + 1;
    }
  }
  return 0;
}

std::size_t decode_dest(const std::uint8_t* at, const std::uint8_t* end, Dest& out) noexcept {
  std::uint64_t v;
  std::size_t n = load_varint(at, end, v);
  if (n == 0) return 0;
  if (v == 0) {
    out = Dest{};
    return n;
  }
  const unsigned form = v & 3;
  if (form == 3 || v >> 2 == 0) return 0;
  out.form = static_cast<Dest::Form>(form);
  out.serial = v >> 2;
  out.origin = 0;
  if (out.form == Dest::Form::full) {
    if (end - at < static_cast<std::ptrdiff_t>(n + 8)) return 0;
    out.origin = load_be64(at + n);
    n += 8;
  }
  return n;
}

}  // namespace aemp
