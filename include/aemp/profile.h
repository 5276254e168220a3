// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The configuration file, aemp.conf(5), for programs that show it or change it: Node::configure()
// reads it by itself. What is wrong is thrown as Error(bad_config), or Error(system) where the
// system refuses. From any thread.
#ifndef AEMP_PROFILE_H
#define AEMP_PROFILE_H

#include <aemp/config.h>
#include <aemp/detail/function.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aemp {

// --- keys ---
//
// The members of Config by name: "seeds", "monitor_timeout", "limits.half_open"; those that say how
// to read the file (norc, force, profile) are none. "limits" stands for all that begin with it.

// In the order of the manual.
std::span<const std::string_view> config_keys() noexcept;
bool is_config_key(std::string_view key) noexcept;
// Which one may have been meant, of these, "parent" and "profile".
std::string_view nearest_config_key(std::string_view word);
// What holds where it is unset, as JSON: "30"; empty where there is no such value.
std::string_view config_default(std::string_view key) noexcept;

// The following throw for what is no key.

// Sets it to what the text says, as on a command line: numbers, seconds with fractions, true or
// false, text; lists are elements with commas between them, or a JSON array; limits are a JSON
// object, what it does not name stays. Throws where value or range are wrong, and does not repeat
// secrets.
void set_key(Config& config, std::string_view key, std::string_view text);
void clear_key(Config& config, std::string_view key);
bool has_key(const Config& config, std::string_view key);
// Its value as JSON, a secret too; empty when it is unset.
std::string key_json(const Config& config, std::string_view key);

// Overwrites the secrets and the key and unsets them.
void wipe_secrets(Config& config) noexcept;

// --- the file ---

struct Profile {
  Profile() = default;
  Profile(const Profile&) = default;
  Profile(Profile&&) = default;
  Profile& operator=(const Profile&) = default;
  Profile& operator=(Profile&&) = default;
  ~Profile() { wipe_secrets(values); }

  Config values;
  // The profile whose values hold where this one has none. Not for the top level.
  std::optional<std::string> parent;
};

struct ConfigFile {
  Profile top;
  std::map<std::string, Profile, std::less<>> profiles;
};

// `name` begins the sentences about what is wrong: "name:LINE:COLUMN: ".
ConfigFile parse_config(std::string_view text, std::string_view name);
// As text that parses as the same.
std::string print_config(const ConfigFile& file);
std::string print_config(const Profile& profile);

// $AEMP_RC, else aemp.json in $XDG_CONFIG_HOME, else .aemp.json in $HOME; empty without any.
std::string config_path();
// Nothing where there is no such file. Throws too where it holds a secret and others than its owner
// may read or write it.
std::optional<ConfigFile> load_config(const std::string& path);
// Reads the file, if there is one, lets `change` change it and writes it back in one step, with the
// mode 0600 and the text it had before in `path`~. Others who do the same meanwhile wait for it
// (flock on `path`.lock, which stays). A missing $XDG_CONFIG_HOME is made, where the file is there.
// What `change` throws leaves the file as it is, and so does a file that cannot be parsed.
void edit_config(const std::string& path, detail::Function<void(ConfigFile&)> change);

// --- what holds ---

// For given.profile, which must exist, or else the top level: the profile, those that it inherits
// from, the top level, and `given`, which comes first with given.force. Keys that none of them sets
// are unset.
Config effective_config(const ConfigFile& file, const Config& given);
// Where effective_config() has the key from.
struct Origin {
  enum class Kind : unsigned char { none, given, profile, top };
  Kind kind = Kind::none;
  std::string profile;  // its name
};
Origin config_origin(const ConfigFile& file, const Config& given, std::string_view key);

}  // namespace aemp

#endif  // AEMP_PROFILE_H
