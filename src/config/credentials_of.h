// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a configuration says about secrets and keys, checked.
#ifndef AEMP_CONFIG_CREDENTIALS_OF_H
#define AEMP_CONFIG_CREDENTIALS_OF_H

#include <aemp/config.h>

#include "session/credentials.h"

namespace aemp {

// Null when there is neither secret nor key. Throws Error(bad_config) with a sentence that holds
// nothing of a secret, and std::bad_alloc. What is wrong with an entry begins with its name, here
// and only here: "secret: ", "secret_also[0]: ", "key: ", "allow[2]: ".
CredentialsRef credentials_of(const Config& config);

// Whether a secret among those that credentials_of() accepted is a passphrase, which can be guessed
// at.
bool has_passphrase(const Config& config);

}  // namespace aemp

#endif  // AEMP_CONFIG_CREDENTIALS_OF_H
