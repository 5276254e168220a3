// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChaCha20, RFC 8439 section 2.4. Without a tag it protects nothing: see chacha20_poly1305.h.
#ifndef AEMP_CRYPTO_CHACHA20_H
#define AEMP_CRYPTO_CHACHA20_H

#include <cstddef>
#include <cstdint>
#include <span>

namespace aemp::crypto {

constexpr std::size_t kChaCha20BlockSize = 64;
constexpr std::size_t kChaCha20WidestPass = 16;

// The input of the block function (RFC 8439, 2.3). It holds the key: its owner wipes it.
struct ChaCha20State {
  // Constants, key, block counter, nonce.
  alignas(16) std::uint32_t words[16];

  ChaCha20State(std::span<const std::uint8_t, 32> key, std::span<const std::uint8_t, 12> nonce,
                std::uint32_t counter) noexcept;
};

// out = in xor as many blocks of key stream as the pass has; the counter of `state` moves on. `out`
// is `in` or does not overlap it.
using ChaCha20Pass = void(ChaCha20State& state, const std::uint8_t* in, std::uint8_t* out) noexcept;

// One way to compute it. All give the same bytes.
struct ChaCha20Kernel {
  const char* name;
  bool (*supported)() noexcept;  // by this processor
  std::size_t narrow, wide;      // blocks of a pass: 2 <= narrow <= wide <= kChaCha20WidestPass
  ChaCha20Pass* pass_narrow;     // takes less time than the other, if it is another
  ChaCha20Pass* pass_wide;
};

// All that this build has, from the slowest to the fastest. The first one is plain C++ and
// supported everywhere.
std::span<const ChaCha20Kernel* const> chacha20_kernels() noexcept;

// The fastest one that this processor supports.
const ChaCha20Kernel& chacha20_kernel() noexcept;

// out = in xor the next in.size() bytes of key stream. `out` has the size of `in` and is `in` or
// does not overlap it. What is left of the last block is thrown away. The counter of a state does
// not run over: at most 2^32 blocks.
void chacha20_xor(const ChaCha20Kernel& kernel, ChaCha20State& state,
                  std::span<const std::uint8_t> in, std::uint8_t* out) noexcept;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_CHACHA20_H
