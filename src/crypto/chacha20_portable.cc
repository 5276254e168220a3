// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <bit>

#include "crypto/chacha20_kernels.h"
#include "crypto/little_endian.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

// RFC 8439, 2.1. A call of it would double the time.
[[gnu::always_inline]] inline void quarter_round(std::uint32_t& a, std::uint32_t& b,
                                                 std::uint32_t& c, std::uint32_t& d) noexcept {
  a += b, d = std::rotl(d ^ a, 16);
  c += d, b = std::rotl(b ^ c, 12);
  a += b, d = std::rotl(d ^ a, 8);
  c += d, b = std::rotl(b ^ c, 7);
}

void xor_block(ChaCha20State& state, const std::uint8_t* in, std::uint8_t* out) noexcept {
  ChaCha20State x = state;
  std::uint32_t* w = x.words;
  for (int i = 0; i < 10; ++i) {
    quarter_round(w[0], w[4], w[8], w[12]);
    quarter_round(w[1], w[5], w[9], w[13]);
    quarter_round(w[2], w[6], w[10], w[14]);
    quarter_round(w[3], w[7], w[11], w[15]);
    quarter_round(w[0], w[5], w[10], w[15]);
    quarter_round(w[1], w[6], w[11], w[12]);
    quarter_round(w[2], w[7], w[8], w[13]);
    quarter_round(w[3], w[4], w[9], w[14]);
  }
  for (std::size_t i = 0; i < 16; ++i) {
    store_le32(out + 4 * i, load_le32(in + 4 * i) ^ (w[i] + state.words[i]));
  }
  wipe_object(x);
  ++state.words[12];
}

template <std::size_t kBlocks>
void pass(ChaCha20State& state, const std::uint8_t* in, std::uint8_t* out) noexcept {
  for (std::size_t i = 0; i < kBlocks; ++i) {
    xor_block(state, in + i * kChaCha20BlockSize, out + i * kChaCha20BlockSize);
  }
}

bool supported() noexcept { return true; }

}  // namespace

const ChaCha20Kernel kChaCha20Portable = {"portable", supported, 2, 4, pass<2>, pass<4>};

}  // namespace aemp::crypto
