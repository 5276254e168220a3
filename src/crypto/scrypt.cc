// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/scrypt.h"

#include <limits>
#include <memory>
#include <new>
#include <stdexcept>

#include "crypto/romix.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

void check(unsigned log2_n, std::uint32_t r, std::uint32_t p) {
  const bool n_fits = log2_n >= 1 && log2_n < std::uint64_t{16} * r;
  const bool p_fits = p >= 1 && std::uint64_t{r} * p < std::uint64_t{1} << 30;
  if (!n_fits || !p_fits) throw std::invalid_argument("scrypt: N, r or p is out of range");
}

// How many blocks `p` times 128r bytes and what ro_mix() needs are together.
std::size_t blocks_for(unsigned log2_n, std::uint32_t r, std::uint32_t p) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / SalsaBlock::kSize;
  const std::uint64_t width = std::uint64_t{2} * r;
  // Both together are too small to overflow.
  const std::uint64_t rows = log2_n < 63 ? (std::uint64_t{1} << log2_n) + p + 2 : kMost;
  if (rows > kMost / width) throw std::bad_alloc();
  return static_cast<std::size_t>(rows * width);
}

// Blocks that are wiped when they are freed.
class Blocks {
 public:
  explicit Blocks(std::size_t count)
      : blocks_(std::make_unique_for_overwrite<SalsaBlock[]>(count)), count_(count) {}
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;
  ~Blocks() { wipe(bytes()); }

  std::span<SalsaBlock> all() noexcept { return {blocks_.get(), count_}; }
  std::span<std::uint8_t> bytes() noexcept {
    return {reinterpret_cast<std::uint8_t*>(blocks_.get()), count_ * SalsaBlock::kSize};
  }

 private:
  std::unique_ptr<SalsaBlock[]> blocks_;
  std::size_t count_;
};

}  // namespace

void scrypt(std::span<const std::uint8_t> password, std::span<const std::uint8_t> salt,
            unsigned log2_n, std::uint32_t r, std::uint32_t p, std::span<std::uint8_t> out) {
  check(log2_n, r, p);
  Blocks memory(blocks_for(log2_n, r, p));
  const std::size_t width = std::size_t{2} * r;
  const std::span<std::uint8_t> b = memory.bytes().first(p * width * SalsaBlock::kSize);
  pbkdf2_hmac_sha256(password, salt, 1, b);
  for (std::size_t i = 0; i < p; ++i) {
    const std::size_t size = width * SalsaBlock::kSize;
    ro_mix(b.subspan(i * size, size), log2_n, memory.all().subspan(p * width));
  }
  pbkdf2_hmac_sha256(password, b, 1, out);
}

}  // namespace aemp::crypto
