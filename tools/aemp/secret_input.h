// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Secrets and keys that somebody types, or pipes in.
#ifndef AEMP_TOOL_SECRET_INPUT_H
#define AEMP_TOOL_SECRET_INPUT_H

#include <aemp/config.h>

#include <string>
#include <string_view>

namespace tool {

// Reads "secret", "key" or "secret_also" from the terminal, without echo, or from standard input:
// lines that are neither empty nor comments (#), of which there may be several for the last. Throws
// UsageError, aemp::Error.
void read_secret_input(aemp::Config& config, const std::string& key);

// What may be known of that key: "fingerprint ...", of a private key the public one, "a
// passphrase".
std::string shown_secret(const aemp::Config& config, std::string_view key);
// Of a secret.
std::string shown_secret(std::string_view secret);

}  // namespace tool

#endif  // AEMP_TOOL_SECRET_INPUT_H
