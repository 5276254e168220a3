// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20_kernels.h"

#ifdef AEMP_CHACHA20_VECTOR128

#define AEMP_LANES 1
#define AEMP_TARGET
#include "crypto/chacha20_rows.h"

namespace aemp::crypto {

namespace {

bool supported() noexcept { return true; }

void pass_of_4(ChaCha20State& state, const std::uint8_t* in, std::uint8_t* out) noexcept {
  pass<4>(state, in, out);
}

}  // namespace

const ChaCha20Kernel kChaCha20Vector128 = {"vector128", supported, 4, 4, pass_of_4, pass_of_4};

}  // namespace aemp::crypto

#endif
