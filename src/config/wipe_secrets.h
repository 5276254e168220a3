// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Text that nobody may find in memory once it was used.
#ifndef AEMP_CONFIG_WIPE_SECRETS_H
#define AEMP_CONFIG_WIPE_SECRETS_H

#include <string>

namespace aemp {

// Overwrites it and leaves it empty.
void wipe_text(std::string& text) noexcept;

}  // namespace aemp

#endif  // AEMP_CONFIG_WIPE_SECRETS_H
