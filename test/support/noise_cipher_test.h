// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_TEST_SUPPORT_NOISE_CIPHER_TEST_H
#define AEMP_TEST_SUPPORT_NOISE_CIPHER_TEST_H

#include <cstdint>

#include "crypto/noise_cipher.h"

namespace aemp::crypto {

// The end of a key's life comes after 2^60 messages.
struct NoiseCipherTest {
  static void set_counter(NoiseCipher& cipher, std::uint64_t n) { cipher.counter_ = n; }
};

}  // namespace aemp::crypto

#endif  // AEMP_TEST_SUPPORT_NOISE_CIPHER_TEST_H
