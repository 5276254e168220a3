// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Keys by name, and their values as people type them.
#include <aemp/profile.h>

#include <algorithm>
#include <utility>

#include "base/fill_in.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "base/utf8.h"
#include "config/config_keys.h"

namespace aemp {
namespace {

[[noreturn]] void bad(std::string_view pattern, std::initializer_list<Part> parts) {
  throw_error(Errc::bad_config, pattern, parts);
}

[[noreturn]] void bad_value(const ConfigKey& key, std::string_view text,
                            std::string_view expected) {
  bad("%: %: expected %", {key.name, quote(text), expected});
}

void check_element(const ConfigKey& key, std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (utf8_valid_prefix(bytes, text.size()) != text.size()) bad("%: expected UTF-8", {key.name});
  if (key.kind == ConfigKey::Kind::services && text.starts_with('[')) {
    bad("%: expected an array of services where there are arguments: [[\"name\",args...],...]",
        {key.name});
  }
  if (key.check == nullptr) return;
  const std::string fault = key.check(text);
  if (!fault.empty()) bad("%: %", {key.name, fault});
}

// Addresses may begin with a bracket too: [::1]:4040.
bool is_json_list(const ConfigKey& key, std::string_view text) {
  if (!text.starts_with('[')) return false;
  const std::size_t inner = text.find_first_not_of(" \t\r\n", 1);
  if (inner == text.npos) return key.kind == ConfigKey::Kind::services;
  const char c = text[inner];
  return c == '"' || c == ']' || key.kind == ConfigKey::Kind::services;
}

void set_list(const ConfigKey& key, Config& config, std::string_view text) {
  if (is_json_list(key, text)) {
    JsonReader reader(text, key.name);
    Config read;
    read_value(key, read, reader);
    reader.finish();
    return inherit(key, read, config);
  }
  std::vector<std::string> list;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma == 0) bad("%: expected something on each side of a comma", {key.name});
    check_element(key, text.substr(0, comma));
    list.emplace_back(text.substr(0, comma));
    if (comma + 1 == text.size()) bad("%: expected something on each side of a comma", {key.name});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  config.*key.list = std::move(list);
}

void set_number(const ConfigKey& key, Config& config, std::string_view text) {
  std::int64_t value = 0;
  if (key.is_time()) {
    const std::optional<Nanos> span = parse_seconds(text);
    if (!span || text.starts_with('-')) {
      bad_value(key, text, "a number of seconds, for example 2.5");
    }
    value = *span;
  } else {
    const std::optional<std::uint64_t> n = parse_uint(text);
    if (!n) bad_value(key, text, "a whole number");
    value = static_cast<std::int64_t>(std::min<std::uint64_t>(*n, INT64_MAX));
  }
  const std::string fault = range_fault(key, value);
  if (!fault.empty()) bad("%: %", {key.name, fault});
  put_number(key, config, value);
}

void set_limits(Config& config, std::string_view text) {
  JsonReader reader(text, kLimits);
  Config read;
  read_limits(read, reader);
  reader.finish();
  for (const ConfigKey& key : config_key_table()) {
    if (key.name.starts_with(kLimitsPoint)) inherit(key, read, config);
  }
}

template <class F>
void for_each_key(std::string_view name, F f) {
  if (name != kLimits) return f(the_key(name));
  for (const ConfigKey& key : config_key_table()) {
    if (key.name.starts_with(kLimitsPoint)) f(key);
  }
}

}  // namespace

void set_key(Config& config, std::string_view name, std::string_view text) {
  if (name == kLimits) return set_limits(config, text);
  const ConfigKey& key = the_key(name);
  switch (key.kind) {
    case ConfigKey::Kind::text:
      check_element(key, text);
      config.*key.text = std::string(text);
      return;
    case ConfigKey::Kind::list:
    case ConfigKey::Kind::services:
      return set_list(key, config, text);
    case ConfigKey::Kind::flag:
      if (text != "true" && text != "false") bad_value(key, text, "true or false");
      config.*key.flag = text == "true";
      return;
    default:
      return set_number(key, config, text);
  }
}

void clear_key(Config& config, std::string_view name) {
  for_each_key(name, [&](const ConfigKey& key) { clear(key, config); });
}

bool has_key(const Config& config, std::string_view name) {
  bool has = false;
  for_each_key(name, [&](const ConfigKey& key) { has = has || is_set(key, config); });
  return has;
}

bool is_config_key(std::string_view key) noexcept {
  return key == kLimits || find_key(key) != nullptr;
}

std::string_view nearest_config_key(std::string_view word) { return nearest_key(word); }

std::string_view config_default(std::string_view key) noexcept {
  const ConfigKey* found = find_key(key);
  return found == nullptr ? std::string_view() : found->otherwise;
}

}  // namespace aemp
