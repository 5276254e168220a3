// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// SessionConfig: what all sessions of a node have in common.
#ifndef AEMP_SESSION_SESSION_CONFIG_H
#define AEMP_SESSION_SESSION_CONFIG_H

#include <cstdint>

#include "base/nanos.h"
#include "session/credentials.h"
#include "wire/hello.h"

namespace aemp {

struct SessionConfig {
  Hello own;  // seen_address and last_link are filled in by the session
  // For TCP. Null: links over loopback alone, and only with `insecure`.
  CredentialsRef credentials;
  bool insecure = false;
  bool encrypt = true;    // else links over loopback are not, if the other end agrees
  std::uint32_t uid = 0;  // ours; the other end of a unix socket must have it too
  Nanos heartbeat_timeout = 6 * kSecond;
  Nanos message1_timeout = 2 * kSecond;   // accept to the end of message 1
  Nanos handshake_timeout = 5 * kSecond;  // connected to up, in all; for connecting the same again
  bool nodelay = true;
  std::uint64_t max_message = 16u << 20;  // bytes; as announced in `own`
};

}  // namespace aemp

#endif  // AEMP_SESSION_SESSION_CONFIG_H
