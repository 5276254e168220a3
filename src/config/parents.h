// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Names of profiles, and who inherits from whom.
#ifndef AEMP_CONFIG_PARENTS_H
#define AEMP_CONFIG_PARENTS_H

#include <aemp/profile.h>

#include <string>
#include <string_view>

namespace aemp {

bool valid_profile_name(std::string_view name) noexcept;

// What is wrong with the profiles that this one, which exists, inherits from: one that does not
// exist, or a circle. Empty: nothing.
std::string parent_fault(const ConfigFile& file, std::string_view profile);

}  // namespace aemp

#endif  // AEMP_CONFIG_PARENTS_H
