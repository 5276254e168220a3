// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dest.h"

namespace aemp {

std::size_t load_varint_slowly(const std::uint8_t* at, const std::uint8_t* end,
                               std::uint64_t& out) noexcept {
  std::uint64_t v = 0;
  for (std::size_t i = 0;; ++i) {
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
}

}  // namespace aemp
