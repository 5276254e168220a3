// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "settings.h"

#include <aemp/profile.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "options.h"

namespace tool {
namespace {

using aemp::Config;
using List = std::optional<std::vector<std::string>>;

constexpr std::pair<std::string_view, List Config::*> kLists[] = {
    {"binds", &Config::binds},       {"advertise", &Config::advertise}, {"seeds", &Config::seeds},
    {"services", &Config::services}, {"allow", &Config::allow},
};

}  // namespace

List* list_member(Config& config, std::string_view key) {
  for (const auto& [name, member] : kLists) {
    if (name == key) return &(config.*member);
  }
  return nullptr;
}

std::string quoted(std::string_view text, std::size_t most) {
  std::string out("'");
  for (char c : text.substr(0, most)) out += c < ' ' || c == 0x7f ? '?' : c;
  out += text.size() > most ? "...'" : "'";
  return out;
}

std::uint64_t parse_count(std::string_view what, std::string_view text, std::uint64_t least) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < least) {
    throw UsageError(std::string(what) + ": " + quoted(text) + ": expected a whole number from " +
                     std::to_string(least) + " on");
  }
  return n;
}

std::chrono::nanoseconds parse_seconds(std::string_view what, std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool number = error == std::errc() && end == text.data() + text.size();
  if (!number || !std::isfinite(seconds) || seconds < 0 || seconds > 1e9) {
    throw UsageError(std::string(what) + ": " + quoted(text) +
                     ": expected a number of seconds, for example 2.5");
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e9)));
}

void set_key(Config& config, Places& places, std::string_view key, std::string_view text) {
  if (key == "secret_file") return read_secret_file(config, places, std::string(text));
  if (key == "key_file") return read_key_file(config, places, std::string(text));
  if (key == "allow_file") return read_allow_file(config, places, std::string(text));
  if (key == "secret" || key == "secret_also" || key == "key") {
    throw UsageError(std::string(key) +
                     ": not on the command line, where everybody can read it: expected "
                     "secret_file or key_file, or the configuration file (aemp setsecret)");
  }
  List* list = list_member(config, key);
  if (list == nullptr) return aemp::set_key(config, key, text);
  Config more;
  aemp::set_key(more, key, text);
  if (!*list) list->emplace();
  const List& added = *list_member(more, key);
  (*list)->insert((*list)->end(), added->begin(), added->end());
}

void set_keys(Options& options, const std::string& command, std::span<const std::string> pairs) {
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    if (i + 1 == pairs.size()) {
      throw UsageError(command + ": key " + quoted(pairs[i]) +
                       " has no value: expected pairs of KEY VALUE");
    }
    set_key(options.config, options.places, pairs[i], pairs[i + 1]);
  }
}

void check_reach(const Config& config) {
  if (config.insecure.value_or(false) || config.secret || config.key) return;
  for (const List* list : {&config.binds, &config.seeds}) {
    if (!*list) continue;
    for (const std::string& address : **list) {
      if (address.starts_with("unix:")) continue;
      throw UsageError("address " + quoted(address) +
                       " is no unix socket: links over TCP need a secret (aemp gensecret, "
                       "or --secret-file) or a key, or --insecure, on this machine only");
    }
  }
}

int log_level(const Config& config, int otherwise) {
  if (config.log_level) return *config.log_level;
  const char* text = std::getenv("AEMP_LOG");
  const bool digit = text != nullptr && *text >= '0' && *text <= '9' && text[1] == '\0';
  return digit ? *text - '0' : otherwise;
}

}  // namespace tool
