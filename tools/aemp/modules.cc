// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "modules.h"

#include <aemp/error.h>

#include <string_view>
#include <vector>

#include "settings.h"

namespace tool {
namespace {

bool is_module(std::string_view service) {
  if (!service.ends_with(".so")) return false;
  return service.starts_with('/') || service.starts_with("./") || service.starts_with("../");
}

}  // namespace

void load_modules(aemp::Node& node, aemp::Config& config) {
  if (!config.services) return;
  std::vector<std::string> functions;
  for (const std::string& service : *config.services) {
    if (is_module(service)) {
      load_module(node, service);
    } else {
      functions.push_back(service);
    }
  }
  config.services = functions;
}

void fail_module(const std::string& path, const std::string& why) {
  throw aemp::Error(aemp::Errc::bad_config, "services: " + quoted(path) + ": " + why);
}

}  // namespace tool
