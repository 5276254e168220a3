// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20_kernels.h"

#ifdef AEMP_CHACHA20_AVX

#define AEMP_LANES 4
#define AEMP_TARGET __attribute__((target("avx512f")))
#include "crypto/chacha20_rows.h"

namespace aemp::crypto {

namespace {

bool supported() noexcept { return __builtin_cpu_supports("avx512f") != 0; }

AEMP_TARGET void pass_narrow(ChaCha20State& state, const std::uint8_t* in,
                             std::uint8_t* out) noexcept {
  pass<1>(state, in, out);
}

AEMP_TARGET void pass_wide(ChaCha20State& state, const std::uint8_t* in,
                           std::uint8_t* out) noexcept {
  pass<4>(state, in, out);
}

}  // namespace

const ChaCha20Kernel kChaCha20Avx512 = {"avx512", supported, 4, 16, pass_narrow, pass_wide};

}  // namespace aemp::crypto

#endif
