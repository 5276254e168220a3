// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// First messages, as the initiator of a link with a secret or a key makes them.
#ifndef AEMP_TEST_SUPPORT_MESSAGE1_H
#define AEMP_TEST_SUPPORT_MESSAGE1_H

#include <aemp/config.h>

#include <cstdint>
#include <vector>

#include "config/credentials_of.h"
#include "os/host.h"
#include "session/secure_handshake.h"

namespace aemp::test {

// What a node of this configuration says first; each has a key of its own.
inline std::vector<std::uint8_t> message1(const Config& config, Random& random) {
  HandshakeSetup setup;
  setup.own.node_id = "stranger";
  SecureHandshake handshake(Handshake::Role::initiator, std::move(setup), credentials_of(config),
                            random);
  std::vector<std::uint8_t> bytes;
  handshake.take_output(bytes);
  return bytes;
}

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_MESSAGE1_H
