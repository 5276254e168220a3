// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/romix.h"

#include <algorithm>

#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

// Integerify of the RFC, modulo 2^64: words x0 and x1 of the last block.
std::uint64_t integerify(std::span<const SalsaBlock> blocks) noexcept {
  const SalsaBlock& last = blocks.back();
  return last.word[0] | std::uint64_t{last.word[1]} << 32;
}

std::span<std::uint8_t, SalsaBlock::kSize> block_at(std::span<std::uint8_t> bytes,
                                                    std::size_t i) noexcept {
  return bytes.subspan(i * SalsaBlock::kSize).first<SalsaBlock::kSize>();
}

}  // namespace

void block_mix(std::span<const SalsaBlock> in, std::span<SalsaBlock> out) noexcept {
  const std::size_t r = in.size() / 2;
  SalsaBlock x = in.back();
  for (std::size_t i = 0; i < r; ++i) {
    x ^= in[2 * i];
    salsa20_8(x);
    out[i] = x;
    x ^= in[2 * i + 1];
    salsa20_8(x);
    out[r + i] = x;
  }
  wipe_object(x);
}

void ro_mix(std::span<std::uint8_t> bytes, unsigned log2_n,
            std::span<SalsaBlock> scratch) noexcept {
  const std::size_t width = bytes.size() / SalsaBlock::kSize;
  const std::size_t n = std::size_t{1} << log2_n;
  std::span<SalsaBlock> x = scratch.first(width);
  std::span<SalsaBlock> y = scratch.subspan(width, width);
  const std::span<SalsaBlock> v = scratch.subspan(2 * width);
  for (std::size_t i = 0; i < width; ++i) load(x[i], block_at(bytes, i));
  for (std::size_t i = 0; i < n; ++i) {
    std::ranges::copy(x, v.subspan(i * width).begin());
    block_mix(x, y);
    std::swap(x, y);
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto j = static_cast<std::size_t>(integerify(x) & (n - 1));
    for (std::size_t k = 0; k < width; ++k) x[k] ^= v[j * width + k];
    block_mix(x, y);
    std::swap(x, y);
  }
  for (std::size_t i = 0; i < width; ++i) store(x[i], block_at(bytes, i));
}

}  // namespace aemp::crypto
