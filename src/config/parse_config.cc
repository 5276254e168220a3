// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The text of a configuration file.
#include <aemp/profile.h>

#include <utility>
#include <vector>

#include "base/fill_in.h"
#include "base/text.h"
#include "config/config_keys.h"
#include "config/parents.h"

namespace aemp {
namespace {

constexpr std::size_t kMostName = 255;

class ConfigParser {
 public:
  ConfigParser(std::string_view text, std::string_view name) : from_(text, name) {}

  ConfigFile parse() {
    object(file_.top, true);
    from_.finish();
    for (const auto& [profile, where] : parents_) {
      const std::string fault = parent_fault(file_, profile);
      if (!fault.empty()) from_.fail(where, fault);
    }
    return std::move(file_);
  }

 private:
  void object(Profile& profile, bool is_top) {
    read_members(
        from_, "expected an object: { \"key\": value, ... }",
        [&](const std::string& name, const char* where) { member(profile, is_top, where, name); });
  }

  void member(Profile& profile, bool is_top, const char* where, const std::string& name) {
    if (name == "profile") {
      if (!is_top) from_.fail(where, "profile: expected only at the top level");
      return profiles();
    }
    if (name == "parent") {
      if (is_top) from_.fail(where, "parent: expected only in a profile");
      return parent(profile);
    }
    if (name == kLimits) return read_limits(profile.values, from_);
    const ConfigKey* key = name.starts_with(kLimitsPoint) ? nullptr : find_key(name);
    if (key == nullptr) fail_unknown(from_, where, {}, name);
    read_value(*key, profile.values, from_);
  }

  void parent(Profile& profile) {
    const char* where = from_.place();
    if (from_.peek() != '"') from_.fail(where, "parent: expected the name of a profile");
    profile.parent = std::string(from_.string());
    parents_.emplace_back(current_, where);
  }

  void profiles() {
    const auto profile = [&](const std::string& name, const char* where) {
      if (!valid_profile_name(name)) {
        from_.fail(where, "profile: expected a name of 1 to 255 bytes, no control characters");
      }
      current_ = name;
      object(file_.profiles[name], false);
    };
    read_members(from_, "profile: expected an object of profiles", profile);
  }

  JsonReader from_;
  ConfigFile file_;
  std::string current_;  // the profile that is being read
  std::vector<std::pair<std::string, const char*>> parents_;
};

}  // namespace

ConfigFile parse_config(std::string_view text, std::string_view name) {
  return ConfigParser(text, name).parse();
}

bool valid_profile_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kMostName) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::string parent_fault(const ConfigFile& file, std::string_view profile) {
  std::string path(profile);
  std::vector<std::string_view> seen{profile};
  for (std::string_view at = profile;;) {
    const auto found = file.profiles.find(at);
    if (found == file.profiles.end()) return fill_in("parent: there is no profile %", {quote(at)});
    if (!found->second.parent) return std::string();
    at = *found->second.parent;
    path += fill_in(" -> %", {at});
    for (const std::string_view before : seen) {
      if (before == at) return fill_in("parent: a circle: %", {path});
    }
    seen.push_back(at);
  }
}

}  // namespace aemp
