// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What holds: of the layers of a configuration the first that has a key.
#include <aemp/profile.h>

#include <vector>

#include "base/fill_in.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "config/config_file.h"
#include "config/config_keys.h"
#include "config/parents.h"

namespace aemp {
namespace {

struct Layer {
  const Config* values;
  Origin origin;
};

std::vector<Layer> layers_of(const ConfigFile& file, const Config& given,
                             const std::string* profile) {
  std::vector<Layer> layers;
  const Layer ours{&given, {Origin::Kind::given, {}}};
  if (given.force) layers.push_back(ours);
  if (profile != nullptr) {
    auto found = file.profiles.find(*profile);
    if (found == file.profiles.end()) {
      throw_error(Errc::bad_config, "there is no profile %", {quote(*profile)});
    }
    const std::string fault = parent_fault(file, *profile);
    if (!fault.empty()) throw_error(Errc::bad_config, "%", {fault});
    for (;;) {
      layers.push_back({&found->second.values, {Origin::Kind::profile, found->first}});
      if (!found->second.parent) break;
      found = file.profiles.find(*found->second.parent);
    }
  }
  layers.push_back({&file.top.values, {Origin::Kind::top, {}}});
  if (!given.force) layers.push_back(ours);
  return layers;
}

const std::string* profile_of(const Config& given) {
  return given.profile ? &*given.profile : nullptr;
}

}  // namespace

Config effective_config(const ConfigFile& file, const Config& given, const std::string* profile) {
  const std::vector<Layer> layers = layers_of(file, given, profile);
  Config config;
  config.norc = given.norc;
  config.force = given.force;
  if (profile != nullptr) config.profile = *profile;
  for (const Layer& layer : layers) {
    for (const ConfigKey& key : config_key_table()) {
      if (!is_set(key, config)) inherit(key, *layer.values, config);
    }
  }
  return config;
}

Config effective_config(const ConfigFile& file, const Config& given) {
  return effective_config(file, given, profile_of(given));
}

Origin config_origin(const ConfigFile& file, const Config& given, std::string_view name) {
  const ConfigKey& key = the_key(name);
  for (const Layer& layer : layers_of(file, given, profile_of(given))) {
    if (is_set(key, *layer.values)) return layer.origin;
  }
  return {};
}

}  // namespace aemp
