// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The memory-hard part of scrypt, RFC 7914 sections 4 and 5.
#ifndef AEMP_CRYPTO_ROMIX_H
#define AEMP_CRYPTO_ROMIX_H

#include <cstdint>
#include <span>

#include "crypto/salsa20_8.h"

namespace aemp::crypto {

// scryptBlockMix of 2r blocks; `out` has as many and does not overlap `in`.
void block_mix(std::span<const SalsaBlock> in, std::span<SalsaBlock> out) noexcept;

// scryptROMix of 128r bytes, in place, with N = 2^log2_n, at least 2. `scratch` has 2r * (N + 2)
// blocks; wiping it is left to the caller. It is read at places that depend on `bytes`, as
// the RFC has it: who sees the cache of the processor learns about them.
void ro_mix(std::span<std::uint8_t> bytes, unsigned log2_n, std::span<SalsaBlock> scratch) noexcept;

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_ROMIX_H
