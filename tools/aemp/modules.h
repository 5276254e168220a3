// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Shared objects with functions for the node of `aemp run`, see <aemp/module.h>.
#ifndef AEMP_TOOL_MODULES_H
#define AEMP_TOOL_MODULES_H

#include <aemp/config.h>
#include <aemp/node.h>

#include <string>

namespace tool {

// Loads those that are named among the services, and takes them out of these: what begins with /,
// ./ or ../ and ends with .so. Throws aemp::Error(bad_config) that names the file.
void load_modules(aemp::Node& node, aemp::Config& config);

// Loads one. There are two of this: modules_dlopen.cc, and modules_static.cc for a tool that is
// linked statically, which only throws.
void load_module(aemp::Node& node, const std::string& path);

[[noreturn]] void fail_module(const std::string& path, const std::string& why);

}  // namespace tool

#endif  // AEMP_TOOL_MODULES_H
