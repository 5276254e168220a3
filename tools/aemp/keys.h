// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Secrets and keys: the files that hold them. Neither ever stands on a command line, where
// everybody could read it.
#ifndef AEMP_TOOL_KEYS_H
#define AEMP_TOOL_KEYS_H

#include <aemp/config.h>

#include <string>

namespace tool {

// Each line of the file that is neither empty nor a comment (#): the first is the secret, others
// are accepted too. Throws UsageError, also for a file that others than its owner may read.
void read_secret_file(aemp::Config& config, const std::string& path);
// The first line; likewise.
void read_key_file(aemp::Config& config, const std::string& path);
// Lines for Config::allow. Others may read it.
void read_allow_file(aemp::Config& config, const std::string& path);
// Once a node is configured: their text stays neither in memory nor in a core dump.
void wipe_secrets(aemp::Config& config);

}  // namespace tool

#endif  // AEMP_TOOL_KEYS_H
