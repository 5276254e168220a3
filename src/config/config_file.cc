// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/config_file.h"

#include <cerrno>

#include "base/fill_in.h"
#include "base/throw_error.h"
#include "config/wipe_secrets.h"

namespace aemp {
namespace {

constexpr std::uint32_t kForOthers = 077;

// The content of a file.
struct FileText {
  ~FileText() { wipe_text(text); }
  std::string text;
  std::uint32_t mode = 0;
};

// False where there is no such file.
bool read_file(Files& files, const std::string& path, FileText& file) {
  Result<std::string> read = files.read(path, &file.mode);
  if (!read.ok()) {
    const int reason = read.status().sys_errno();
    if (reason == ENOENT || reason == ENOTDIR) return false;
    read.status().raise();
  }
  file.text = std::move(*read);
  return true;
}

bool holds_secret(const Config& config) {
  return config.secret || config.secret_also || config.key;
}

ConfigFile parse(const FileText& file, const std::string& path) {
  ConfigFile config = parse_config(file.text, path);
  if ((file.mode & kForOthers) == 0) return config;
  bool secret = holds_secret(config.top.values);
  for (const auto& [name, profile] : config.profiles) {
    secret = secret || holds_secret(profile.values);
  }
  if (secret) {
    throw_error(Errc::bad_config,
                "%: it holds a secret or a key, and others than its owner may read or write it: "
                "chmod 600 it",
                {path});
  }
  return config;
}

// Of an environment variable, empty when it is not set.
std::string value_of(Env& env, std::string_view name) {
  return env.get(name).value_or(std::string());
}

}  // namespace

std::string xdg_directory(Env& env) {
  std::string directory = value_of(env, "XDG_CONFIG_HOME");
  // By its specification, a path that is not absolute does not count.
  if (!directory.starts_with('/')) directory.clear();
  return directory;
}

std::string config_path(Env& env) {
  if (std::string path = value_of(env, "AEMP_RC"); !path.empty()) return path;
  if (const std::string directory = xdg_directory(env); !directory.empty()) {
    return directory + kXdgName;
  }
  const std::string home = value_of(env, "HOME");
  return home.empty() ? home : home + "/.aemp.json";
}

std::optional<ConfigFile> load_config(Files& files, const std::string& path) {
  FileText file;
  if (!read_file(files, path, file)) return std::nullopt;
  return parse(file, path);
}

void edit_config(Files& files, const std::string& path,
                 detail::Function<void(ConfigFile&)> change) {
  const std::unique_ptr<FileLock> lock = files.lock(path).take();
  FileText before;
  const bool existed = read_file(files, path, before);
  ConfigFile config;
  if (existed) config = parse(before, path);
  change(config);
  FileText after;
  after.text = print_config(config);
  // What could not be read again is not written.
  parse_config(after.text, fill_in("% as changed", {path}));
  if (existed && after.text == before.text) return;
  if (existed) files.write_atomic(path + "~", before.text, 0600).raise_if_failed();
  files.write_atomic(path, after.text, 0600).raise_if_failed();
}

}  // namespace aemp
