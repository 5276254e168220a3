// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The configuration file of this host, for programs that show it or change it.
#include <aemp/profile.h>

#include <utility>

#include "config/config_file.h"
#include "os/env.h"
#include "os/files.h"

namespace aemp {

std::string config_path() {
  UnixEnv env;
  return config_path(env);
}

std::optional<ConfigFile> load_config(const std::string& path) {
  UnixFiles files;
  return load_config(files, path);
}

void edit_config(const std::string& path, detail::Function<void(ConfigFile&)> change) {
  UnixEnv env;
  const std::string directory = xdg_directory(env);
  if (!directory.empty() && path == directory + kXdgName) {
    make_directory(directory).raise_if_failed();
  }
  UnixFiles files;
  edit_config(files, path, std::move(change));
}

}  // namespace aemp
