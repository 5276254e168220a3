// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "setup.h"

#include <sys/utsname.h>

#include <utility>

#include "settings.h"

namespace tool {
namespace {

using Kind = aemp::Origin::Kind;

bool is_of_profile(const Setup& s, std::string_view key) {
  const Kind kind = aemp::config_origin(s.file, s.given, key).kind;
  return kind == Kind::given || kind == Kind::profile;
}

}  // namespace

std::string config_file(const Options& options) {
  if (options.norc) throw UsageError("--norc: this command is about the configuration file");
  std::string path = options.rc ? *options.rc : aemp::config_path();
  if (path.empty()) {
    throw UsageError("no configuration file: expected --rc FILE, or AEMP_RC or HOME to be set");
  }
  return path;
}

std::string host_name() {
  utsname name{};
  return uname(&name) == 0 ? name.nodename : "localhost";
}

Setup setup(Options& options, const std::optional<std::string>& named, std::string_view otherwise) {
  Setup s;
  s.given = std::move(options.config);
  s.given.force = true;
  std::string path;
  if (!options.norc) path = options.rc ? *options.rc : aemp::config_path();
  std::optional<aemp::ConfigFile> file;
  if (!path.empty()) file = aemp::load_config(path);
  if (file) s.file = *std::move(file);
  const std::string profile(named ? std::string_view(*named) : otherwise);
  const bool exists = s.file.profiles.find(profile) != s.file.profiles.end();
  if (exists) {
    s.given.profile = profile;
  } else if (named) {
    throw UsageError("there is no profile " + quoted(profile) +
                     (path.empty() ? ": there is no configuration file" : " in " + path));
  }
  return s;
}

WipedConfig node_setup(Options& options, const std::optional<std::string>& named) {
  Setup s = setup(options, named, host_name());
  WipedConfig config = s.effective();
  config.norc = true;
  return config;
}

WipedConfig client_setup(Options& options) {
  Setup s = setup(options, options.profile, "aemp");
  WipedConfig config = s.effective();
  if (!is_of_profile(s, "nodeid")) config.nodeid = "anon/";
  if (!is_of_profile(s, "binds")) config.private_node();
  if (!is_of_profile(s, "log_level")) config.log_level.reset();
  config.services.reset();
  config.norc = true;
  return config;
}

}  // namespace tool
