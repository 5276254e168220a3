// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a node of the tool is configured with: the command line, then the configuration file.
#ifndef AEMP_TOOL_SETUP_H
#define AEMP_TOOL_SETUP_H

#include <aemp/profile.h>

#include <optional>
#include <string>
#include <string_view>

#include "options.h"

namespace tool {

// The configuration file that is read and changed: of --rc, or the user's. Throws UsageError where
// there is none.
std::string config_file(const Options& options);

struct Setup {
  aemp::ConfigFile file;
  WipedConfig given;  // the command line, with force and the profile, if there is one
  // Of both; what a key has where none of them sets it is not in it.
  WipedConfig effective() const { return WipedConfig(aemp::effective_config(file, given)); }
};

// Takes the options' configuration. `named`: the profile, which must exist. Throws UsageError,
// aemp::Error.
Setup setup(Options& options, const std::optional<std::string>& named, std::string_view otherwise);

// For run: of the profile that is named, or that is called like the machine. Does not want the file
// any more.
WipedConfig node_setup(Options& options, const std::optional<std::string>& named);
// For commands that do one thing and leave: of the profile that stands before the command, or
// "aemp". Names, addresses to listen on, services and log levels of the top level are not for them.
WipedConfig client_setup(Options& options);

std::string host_name();

}  // namespace tool

#endif  // AEMP_TOOL_SETUP_H
