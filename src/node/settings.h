// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Settings: the effective configuration of a node, every value present and checked.
#ifndef AEMP_NODE_SETTINGS_H
#define AEMP_NODE_SETTINGS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/endpoint.h"
#include "base/nanos.h"
#include "config/limits_of.h"
#include "session/credentials.h"

namespace aemp {

struct Settings {
  std::vector<Address> binds;
  std::vector<Endpoint> seeds;
  CredentialsRef credentials;  // null: none
  bool encrypt = true;
  bool insecure = false;
  Nanos monitor_timeout = 30'000'000'000;
  Nanos connect_interval = 250'000'000;
  Nanos heartbeat_timeout = 6'000'000'000;
  Nanos link_idle = 300'000'000'000;
  LinkLimits limits;
  std::uint64_t queue_limit = 64u << 20;
  std::uint64_t max_message = 16u << 20;
  std::uint64_t congested_above = 1u << 20;
  std::uint64_t drained_below = 256u << 10;
  bool nodelay = true;
  bool secure = false;
  std::optional<bool> global;       // unset: once another node asks it to be
  std::vector<Endpoint> advertise;  // empty: what it listens on; any_host: each of this machine
  int log_level = 5;

  // Without secret and key, links exist only over unix sockets and, opted in, loopback TCP.
  bool may_reach(const Address& at) const noexcept {
    return at.is_local() || credentials || (insecure && at.is_loopback());
  }
};

// A reason is at most this long, in bytes of its encoded values.
inline constexpr std::size_t kMaxReason = 64u << 10;
// What must happen and had no memory is tried again after that long.
inline constexpr Nanos kMemoryRetry = 10 * kMillisecond;

}  // namespace aemp

#endif  // AEMP_NODE_SETTINGS_H
