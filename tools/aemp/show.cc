// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The commands showprofile and showconfig: what the configuration file says, and what holds. Of
// secrets and keys what others may know.
#include <aemp/aemp.h>
#include <aemp/keys.h>
#include <aemp/profile.h>

#include <string>
#include <string_view>

#include "client.h"
#include "commands.h"
#include "output.h"
#include "secret_input.h"
#include "settings.h"
#include "setup.h"

namespace tool {
namespace {

using Kind = aemp::Origin::Kind;

void mask(aemp::Config& config) {
  if (config.secret) config.secret = shown_secret(*config.secret);
  if (config.key) config.key = shown_secret(*config.key);
  if (!config.secret_also) return;
  for (std::string& secret : *config.secret_also) secret = shown_secret(secret);
}

int print_text(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return print_line(text) ? kDone : kNo;
}

std::string origin_text(const aemp::Origin& origin) {
  switch (origin.kind) {
    case Kind::given:
      return "command line";
    case Kind::profile:
      return "profile " + origin.profile;
    case Kind::top:
      return "top level";
    case Kind::none:
      break;
  }
  return "default";
}

std::string json_text(std::string_view text) {
  const std::string list = aemp::list(text).json();
  return list.substr(1, list.size() - 2);  // without the brackets
}

// As JSON; empty where there is no value, and it depends on others what happens.
std::string value_of(const aemp::Config& config, std::string_view key) {
  std::string value = aemp::key_json(config, key);
  if (value.empty()) value = aemp::config_default(key);
  if (value.empty() && key == "nodeid") {
    value = json_text(config.profile.value_or("anon/"));
  }
  return value;
}

}  // namespace

int show_profile(Options& options) {
  need_words(options, 0, 1, "at most a profile");
  std::optional<std::string> name = options.profile;
  if (!options.words.empty()) name = options.words[0];
  const std::string path = config_file(options);
  aemp::ConfigFile file;
  if (auto loaded = aemp::load_config(path)) file = *std::move(loaded);
  mask(file.top.values);
  for (auto& [key, profile] : file.profiles) mask(profile.values);
  if (!name) return print_text(aemp::print_config(file));
  const auto found = file.profiles.find(*name);
  if (found == file.profiles.end()) {
    throw UsageError("there is no profile " + quoted(*name) + " in " + path);
  }
  return print_text(aemp::print_config(found->second));
}

int show_config(Options& options) {
  std::optional<std::string> name = options.profile;
  std::span<const std::string> pairs = options.words;
  if (!pairs.empty()) {
    name = pairs[0];
    pairs = pairs.subspan(1);
  }
  set_keys(options, "showconfig", pairs);
  const Setup s = setup(options, name, host_name());
  WipedConfig config = s.effective();
  mask(config);
  std::string text;
  for (const std::string_view key : aemp::config_keys()) {
    const std::string value = value_of(config, key);
    std::string from = origin_text(aemp::config_origin(s.file, s.given, key));
    if (key == "nodeid" && !config.nodeid && config.profile) from = "name of the profile";
    if (options.json) {
      text += text.empty() ? "{" : ",";
      text += "\"" + std::string(key) + "\":{\"value\":" + (value.empty() ? "null" : value) +
              ",\"from\":" + json_text(from) + "}";
    } else {
      text += std::string(key) + "\t" + (value.empty() ? "-" : printable(value)) + "\t" +
              printable(from) + "\n";
    }
  }
  if (options.json) text += "}";
  return print_text(text);
}

}  // namespace tool
