// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a configuration says about strangers, every value present and checked.
#ifndef AEMP_CONFIG_LIMITS_OF_H
#define AEMP_CONFIG_LIMITS_OF_H

#include <aemp/limits.h>

#include <cstddef>
#include <cstdint>

#include "base/nanos.h"

namespace aemp {

// See Limits. `local_...`: holds for loopback addresses and unix sockets too.
struct LinkLimits {
  Nanos first_message_timeout = 2 * kSecond;
  Nanos handshake_timeout = 5 * kSecond;
  std::size_t half_open = 256;
  std::size_t half_open_per_source = 16;
  bool local_half_open = false;
  std::uint64_t accept_rate = 50;
  std::uint64_t accept_burst = 200;
  bool local_accept = false;
  std::uint64_t failures_per_minute = 20;
  Nanos block_time = 10 * kSecond;
  bool local_failures = false;
  std::uint64_t x25519_rate = 500;
};

// Throws Error(bad_config) with a sentence that names the member, its value and what was expected.
LinkLimits limits_of(const Limits& limits);

}  // namespace aemp

#endif  // AEMP_CONFIG_LIMITS_OF_H
