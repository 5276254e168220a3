// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20.h"

#include <cstring>

#include "crypto/chacha20_kernels.h"
#include "crypto/little_endian.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

constexpr const ChaCha20Kernel* kKernels[] = {
    &kChaCha20Portable,
#ifdef AEMP_CHACHA20_VECTOR128
    &kChaCha20Vector128,
#endif
#ifdef AEMP_CHACHA20_AVX
    &kChaCha20Avx2,
    &kChaCha20Avx512,
#endif
};

}  // namespace

std::span<const ChaCha20Kernel* const> chacha20_kernels() noexcept { return kKernels; }

// Not kept: to ask again costs less than what threads would need to share the answer.
const ChaCha20Kernel& chacha20_kernel() noexcept {
  std::size_t i = std::size(kKernels) - 1;
  while (!kKernels[i]->supported()) --i;
  return *kKernels[i];
}

ChaCha20State::ChaCha20State(std::span<const std::uint8_t, 32> key,
                             std::span<const std::uint8_t, 12> nonce,
                             std::uint32_t counter) noexcept
    : words{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574} {
  for (std::size_t i = 0; i < 8; ++i) words[4 + i] = load_le32(key.data() + 4 * i);
  words[12] = counter;
  for (std::size_t i = 0; i < 3; ++i) words[13 + i] = load_le32(nonce.data() + 4 * i);
}

void chacha20_xor(const ChaCha20Kernel& kernel, ChaCha20State& state,
                  std::span<const std::uint8_t> in, std::uint8_t* out) noexcept {
  const std::size_t wide = kernel.wide * kChaCha20BlockSize;
  const std::uint8_t* from = in.data();
  std::size_t left = in.size();
  for (; left >= wide; left -= wide, from += wide, out += wide) kernel.pass_wide(state, from, out);
  if (left == 0) return;
  // The last pass is too long for the rest.
  alignas(64) std::uint8_t rest[kChaCha20WidestPass * kChaCha20BlockSize];
  std::memcpy(rest, from, left);
  const bool narrow = left <= kernel.narrow * kChaCha20BlockSize;
  (narrow ? kernel.pass_narrow : kernel.pass_wide)(state, rest, rest);
  std::memcpy(out, rest, left);
  wipe({rest, wide});
}

}  // namespace aemp::crypto
