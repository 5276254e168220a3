// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Secrets and keys: the files that hold them. Neither ever stands on a command line, where
// everybody could read it.
#ifndef AEMP_TOOL_KEYS_H
#define AEMP_TOOL_KEYS_H

#include <aemp/config.h>
#include <aemp/node.h>
#include <aemp/profile.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace tool {

// A configuration that leaves no secrets behind, however it ends; see aemp::wipe_secrets().
struct WipedConfig : aemp::Config {
  WipedConfig() = default;
  explicit WipedConfig(aemp::Config config) : aemp::Config(std::move(config)) {}
  WipedConfig(const WipedConfig&) = default;
  WipedConfig(WipedConfig&&) = default;
  WipedConfig& operator=(const WipedConfig&) = default;
  WipedConfig& operator=(WipedConfig&&) = default;
  ~WipedConfig() { aemp::wipe_secrets(*this); }
};

// Where entries of a Config were read, by their names in the library's errors: "allow[2]" from
// "'/etc/aemp/allow' line 7".
using Places = std::map<std::string, std::string, std::less<>>;

// Each line of the file that is neither empty nor a comment (#): the first is the secret, others
// are accepted too. Throws UsageError, also for a file that others than its owner may read. What
// the lines say is for configure() to check.
void read_secret_file(aemp::Config& config, Places& places, const std::string& path);
// The only such line; likewise.
void read_key_file(aemp::Config& config, Places& places, const std::string& path);
// Such lines for Config::allow. Others may read it.
void read_allow_file(aemp::Config& config, Places& places, const std::string& path);

enum class FileKind { secret, key, allow };
// Whichever of them it is, by how its first line begins.
FileKind read_any_file(aemp::Config& config, Places& places, const std::string& path);

// node.configure(config). What is wrong with an entry that was read from a file is a UsageError
// that names file and line.
void configure(aemp::Node& node, const aemp::Config& config, const Places& places);
// The same for node.reload().
void reload(aemp::Node& node, const aemp::Config& config, const Places& places);
// What is no longer needed stays neither in memory nor in a core dump; see aemp::wipe_secrets().
void wipe(std::string& text);

}  // namespace tool

#endif  // AEMP_TOOL_KEYS_H
