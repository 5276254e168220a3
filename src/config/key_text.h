// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Secrets and keys as text: "aemp-" kind "1." and base64url (RFC 4648, section 5) of the 32 bytes
// and the first 4 of SHA-256("aemp-" kind "1" bytes). Kinds: s the secret of a network, k a private
// key, p a public key.
#ifndef AEMP_CONFIG_KEY_TEXT_H
#define AEMP_CONFIG_KEY_TEXT_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crypto/noise.h"

namespace aemp {

enum class KeyKind : std::uint8_t { secret, private_key, public_key };

std::string key_text(KeyKind kind, std::span<const std::uint8_t, 32> bytes);
// Nothing for any other text; a single wrong character is noticed.
std::optional<crypto::Key> parse_key_text(KeyKind kind, std::string_view text);
// Whether one of that kind begins somewhere in the text, be it well-formed or not.
bool mentions(KeyKind kind, std::string_view text) noexcept;

// The secret that a passphrase stands for in the network of that name: scrypt (RFC 7914) with
// N = 2^15, r = 8, p = 1; takes 32 MiB and about a tenth of a second. Throws std::bad_alloc.
crypto::Key secret_of_passphrase(std::string_view passphrase, std::string_view cluster);

}  // namespace aemp

#endif  // AEMP_CONFIG_KEY_TEXT_H
