// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The file of host names, hosts(5). Pure.
#ifndef AEMP_LOOP_HOSTS_FILE_H
#define AEMP_LOOP_HOSTS_FILE_H

#include <string_view>

#include "base/address.h"

namespace aemp {

inline constexpr const char* kHostsPath = "/etc/hosts";

// The addresses of the lines that have this name, in whatever case, in the order of
// the file and each once. A dot at the end of `name` does not count. Lines that are none are passed
// over.
IpList addresses_in_hosts(std::string_view file, std::string_view name);

}  // namespace aemp

#endif  // AEMP_LOOP_HOSTS_FILE_H
