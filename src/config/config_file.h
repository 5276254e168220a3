// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The configuration file of a host: where it is, how it is read and changed. See <aemp/profile.h>.
#ifndef AEMP_CONFIG_CONFIG_FILE_H
#define AEMP_CONFIG_CONFIG_FILE_H

#include <aemp/profile.h>

#include <optional>
#include <string>

#include "os/host.h"

namespace aemp {

// Of the XDG Base Directory Specification; empty where the environment names none. The file there
// is called kXdgName.
std::string xdg_directory(Env& env);
inline constexpr const char* kXdgName = "/aemp.json";
// Empty where the environment names no place for it.
std::string config_path(Env& env);
std::optional<ConfigFile> load_config(Files& files, const std::string& path);
void edit_config(Files& files, const std::string& path, detail::Function<void(ConfigFile&)> change);

// As the public one, for this profile, or none.
Config effective_config(const ConfigFile& file, const Config& given, const std::string* profile);

}  // namespace aemp

#endif  // AEMP_CONFIG_CONFIG_FILE_H
