// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Configurations as text.
#include <aemp/profile.h>

#include <type_traits>

#include "base/json.h"
#include "base/text.h"
#include "config/config_keys.h"

namespace aemp {
namespace {

void append(std::string& to, const ConfigKey&, const std::string& text) {
  append_json_string(to, text);
}
void append(std::string& to, const ConfigKey&, std::chrono::nanoseconds span) {
  to += seconds_text(span.count());
}
void append(std::string& to, const ConfigKey&, std::uint64_t count) { append_uint(to, count); }
void append(std::string& to, const ConfigKey&, int level) { append_int(to, level); }
void append(std::string& to, const ConfigKey&, bool flag) { to += flag ? "true" : "false"; }
void append(std::string& to, const ConfigKey& key, const std::vector<std::string>& list) {
  to += '[';
  for (const std::string& element : list) {
    if (to.back() != '[') to += ", ";
    if (key.kind == ConfigKey::Kind::services && element.starts_with('[')) {
      to += element;
    } else {
      append_json_string(to, element);
    }
  }
  to += ']';
}

void append_value(std::string& to, const ConfigKey& key, const Config& config) {
  with_member(
      key, [&](const auto& member) { append(to, key, *member); }, config);
}

class ConfigPrinter {
 public:
  std::string print(const Profile& profile, const ConfigFile* file) {
    object(profile, file);
    text_ += '\n';
    return std::move(text_);
  }

 private:
  void object(const Profile& profile, const ConfigFile* file) {
    open();
    if (profile.parent) {
      name("parent");
      append_json_string(text_, *profile.parent);
    }
    bool limits = false;
    for (const ConfigKey& key : config_key_table()) {
      if (!is_set(key, profile.values)) continue;
      const bool limit = key.name.starts_with(kLimitsPoint);
      if (limit && !limits) {
        name(kLimits);
        open();
        limits = true;
      }
      name(limit ? key.name.substr(kLimitsPoint.size()) : key.name);
      append_value(text_, key, profile.values);
    }
    if (limits) close();
    if (file != nullptr && !file->profiles.empty()) {
      name("profile");
      open();
      for (const auto& [called, one] : file->profiles) {
        name(called);
        object(one, nullptr);
      }
      close();
    }
    close();
  }

  void open() {
    text_ += '{';
    ++depth_;
    first_ = true;
  }
  void line() {
    text_ += '\n';
    text_.append(2 * depth_, ' ');
  }
  void name(std::string_view key) {
    if (!first_) text_ += ',';
    first_ = false;
    line();
    append_json_string(text_, key);
    text_ += ": ";
  }
  void close() {
    --depth_;
    if (!first_) line();
    text_ += '}';
    first_ = false;
  }

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
};

}  // namespace

std::string print_config(const ConfigFile& file) { return ConfigPrinter().print(file.top, &file); }
std::string print_config(const Profile& profile) { return ConfigPrinter().print(profile, nullptr); }

std::string key_json(const Config& config, std::string_view name) {
  const ConfigKey& key = the_key(name);
  std::string text;
  if (is_set(key, config)) append_value(text, key, config);
  return text;
}

}  // namespace aemp
