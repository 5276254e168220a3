// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Which ChaCha20 kernels a build has: vectors of 128 bits where the compiler's target has them,
// wider ones where the processor may turn out to have them.
#ifndef AEMP_CRYPTO_CHACHA20_KERNELS_H
#define AEMP_CRYPTO_CHACHA20_KERNELS_H

#include "crypto/chacha20.h"

#if (defined(__SSE2__) || defined(__ARM_NEON)) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define AEMP_CHACHA20_VECTOR128
#endif
#if defined(__x86_64__)
#define AEMP_CHACHA20_AVX
#endif

namespace aemp::crypto {

extern const ChaCha20Kernel kChaCha20Portable;   // one block after the other
extern const ChaCha20Kernel kChaCha20Vector128;  // SSE2, NEON
extern const ChaCha20Kernel kChaCha20Avx2;
extern const ChaCha20Kernel kChaCha20Avx512;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_CHACHA20_KERNELS_H
