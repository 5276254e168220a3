// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/salsa20_8.h"

namespace aemp::crypto {

void load(SalsaBlock& x, std::span<const std::uint8_t, SalsaBlock::kSize> bytes) noexcept {
  for (std::size_t i = 0; i < x.word.size(); ++i) {
    const std::uint8_t* p = bytes.data() + 4 * i;
    x.word[i] = std::uint32_t{p[0]} | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 |
                std::uint32_t{p[3]} << 24;
  }
}

void store(const SalsaBlock& x, std::span<std::uint8_t, SalsaBlock::kSize> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(x.word[i / 4] >> 8 * (i % 4));
  }
}

}  // namespace aemp::crypto
