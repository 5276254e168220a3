// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Configuration files, and values of keys as people type them: what is read can be printed, and
// reads as the same again; all else is refused with bad_config, and a file with line and column.
#include <aemp/error.h>
#include <aemp/profile.h>

#include <optional>
#include <string>

#include "fuzz/fuzz.h"

namespace {

std::optional<aemp::ConfigFile> parse(std::string_view text) {
  try {
    return aemp::parse_config(text, "file");
  } catch (const aemp::Error& e) {
    AEMP_FUZZ_CHECK(e.code() == aemp::Errc::bad_config);
    AEMP_FUZZ_CHECK(std::string_view(e.what()).starts_with("file:"));
    return std::nullopt;
  }
}

void check_file(std::string_view text) {
  const auto file = parse(text);
  if (!file) return;
  const std::string printed = aemp::print_config(*file);
  const auto again = parse(printed);
  AEMP_FUZZ_CHECK(again.has_value());
  AEMP_FUZZ_CHECK(aemp::print_config(*again) == printed);
  AEMP_FUZZ_CHECK(again->profiles.size() == file->profiles.size());
  aemp::Config given;
  for (const auto& [name, profile] : file->profiles) {
    given.profile = name;
    const aemp::Config all = aemp::effective_config(*file, given);
    for (const std::string_view key : aemp::config_keys()) {
      AEMP_FUZZ_CHECK(aemp::key_json(again->top.values, key) ==
                      aemp::key_json(file->top.values, key));
      const bool none = aemp::config_origin(*file, given, key).kind == aemp::Origin::Kind::none;
      AEMP_FUZZ_CHECK(none != aemp::has_key(all, key));
    }
  }
}

void check_value(std::string_view key, std::string_view text) {
  aemp::Config config;
  try {
    aemp::set_key(config, key, text);
  } catch (const aemp::Error& e) {
    AEMP_FUZZ_CHECK(e.code() == aemp::Errc::bad_config);
    AEMP_FUZZ_CHECK(!aemp::has_key(config, key));
    return;
  }
  if (key == "limits") return;
  const std::string json = aemp::key_json(config, key);
  AEMP_FUZZ_CHECK(!json.empty());
  aemp::Profile profile;
  profile.values = config;
  const auto again = parse(aemp::print_config(profile));
  AEMP_FUZZ_CHECK(again.has_value());
  AEMP_FUZZ_CHECK(aemp::key_json(again->top.values, key) == json);
  aemp::clear_key(config, key);
  AEMP_FUZZ_CHECK(!aemp::has_key(config, key));
}

// The text as the name of a key.
void check_name(std::string_view text) {
  AEMP_FUZZ_CHECK(!aemp::nearest_config_key(text).empty());
  const aemp::Config config;
  try {
    AEMP_FUZZ_CHECK(aemp::key_json(config, text).empty());
    AEMP_FUZZ_CHECK(aemp::is_config_key(text));
  } catch (const aemp::Error& e) {
    AEMP_FUZZ_CHECK(e.code() == aemp::Errc::bad_config);
    AEMP_FUZZ_CHECK(!aemp::is_config_key(text) || text == "limits");
    AEMP_FUZZ_CHECK(aemp::config_default(text).empty());
  }
}

}  // namespace

// A file; or, where it begins with '=', what is behind it as the value of each key.
AEMP_FUZZ_TARGET(config) {
  const std::string_view text = aemp::fuzz::text_of(data, size);
  check_name(text);
  if (!text.starts_with('=')) {
    check_file(text);
    return 0;
  }
  for (const std::string_view key : aemp::config_keys()) check_value(key, text.substr(1));
  check_value("limits", text.substr(1));
  return 0;
}
