// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Secrets and keys for Config. All are text, base64url with a check: a character that is wrong is
// noticed. From any thread.
#ifndef AEMP_KEYS_H
#define AEMP_KEYS_H

#include <string>
#include <string_view>

namespace aemp {

// A new secret for a network, "aemp-s1." and 48 characters: 256 random bits from the system. Throws
// Error(system) when that has none.
std::string generate_secret();
// A new private key for a node, "aemp-k1." and 48 characters; likewise.
std::string generate_key();
// The public key, "aemp-p1." and 48 characters, that belongs to a private one (X25519, RFC 7748).
// Throws Error(bad_config) for any other text.
std::string public_key(std::string_view private_key);
// What logs and people call it: 8 characters, of the public key for keys. Throws Error(bad_config)
// for what is neither secret nor key.
std::string key_fingerprint(std::string_view text);

}  // namespace aemp

#endif  // AEMP_KEYS_H
