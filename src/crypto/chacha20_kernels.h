// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Which ChaCha20 kernels a build has.
#ifndef AEMP_CRYPTO_CHACHA20_KERNELS_H
#define AEMP_CRYPTO_CHACHA20_KERNELS_H

#include "crypto/chacha20.h"

namespace aemp::crypto {

extern const ChaCha20Kernel kChaCha20Portable;  // one block after the other

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_CHACHA20_KERNELS_H
