// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a configuration says about secrets and keys, checked.
#ifndef AEMP_CONFIG_CREDENTIALS_OF_H
#define AEMP_CONFIG_CREDENTIALS_OF_H

#include <aemp/config.h>

#include <string>
#include <string_view>

#include "session/credentials.h"

namespace aemp {

// Null when there is neither secret nor key. Throws Error(bad_config) with a sentence that holds
// nothing of a secret, and std::bad_alloc. What is wrong with an entry begins with its name, here
// and only here: "secret: ", "secret_also[0]: ", "key: ", "allow[2]: ".
CredentialsRef credentials_of(const Config& config);

// What is wrong with one entry, as credentials_of() says it, without the entry's name; empty when
// nothing is. Holds nothing of a secret.
std::string secret_fault(std::string_view text);
std::string key_fault(std::string_view text);
std::string allow_fault(std::string_view line);

// Whether a secret among those that credentials_of() accepted is a passphrase, which can be guessed
// at.
bool has_passphrase(const Config& config);

}  // namespace aemp

#endif  // AEMP_CONFIG_CREDENTIALS_OF_H
