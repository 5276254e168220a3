// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "settings.h"

#include <aemp/value.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

namespace tool {
namespace {

using aemp::Config;
using Span = std::optional<std::chrono::nanoseconds>;
using Count = std::optional<std::uint64_t>;
using List = std::optional<std::vector<std::string>>;
using Flag = std::optional<bool>;

constexpr std::pair<std::string_view, Span Config::*> kSpans[] = {
    {"monitor_timeout", &Config::monitor_timeout},
    {"connect_interval", &Config::connect_interval},
    {"heartbeat_timeout", &Config::heartbeat_timeout},
    {"link_idle", &Config::link_idle},
};
constexpr std::pair<std::string_view, Count Config::*> kCounts[] = {
    {"queue_limit", &Config::queue_limit},
    {"max_message", &Config::max_message},
};
constexpr std::pair<std::string_view, List Config::*> kLists[] = {
    {"advertise", &Config::advertise},
    {"binds", &Config::binds},
    {"seeds", &Config::seeds},
};
constexpr std::pair<std::string_view, Flag Config::*> kFlags[] = {
    {"encrypt", &Config::encrypt}, {"global", &Config::global}, {"insecure", &Config::insecure},
    {"nodelay", &Config::nodelay}, {"secure", &Config::secure},
};

constexpr std::pair<std::string_view, Span aemp::Limits::*> kLimitSpans[] = {
    {"first_message_timeout", &aemp::Limits::first_message_timeout},
    {"handshake_timeout", &aemp::Limits::handshake_timeout},
    {"block_time", &aemp::Limits::block_time},
};
constexpr std::pair<std::string_view, Count aemp::Limits::*> kLimitCounts[] = {
    {"half_open", &aemp::Limits::half_open},
    {"half_open_per_source", &aemp::Limits::half_open_per_source},
    {"accept_rate", &aemp::Limits::accept_rate},
    {"accept_burst", &aemp::Limits::accept_burst},
    {"failures_per_minute", &aemp::Limits::failures_per_minute},
    {"x25519_rate", &aemp::Limits::x25519_rate},
};

std::uint64_t parse_count(std::string_view key, std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw UsageError(std::string(key) + ": " + quoted(text) + ": expected a whole number");
  }
  return n;
}

bool parse_flag(std::string_view key, std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  throw UsageError(std::string(key) + ": " + quoted(text) + ": expected true or false");
}

void append_json_list(std::vector<std::string>& list, std::string_view key, std::string_view text) {
  try {
    const aemp::OwnedMessage parsed = aemp::parse_json(text);
    for (aemp::Value element : parsed) list.push_back(element.as<std::string>());
  } catch (const aemp::Error& e) {
    throw UsageError(std::string(key) + ": " + quoted(text) +
                     ": expected a JSON array of text: " + e.what());
  }
}

void append_list(std::vector<std::string>& list, std::string_view key, std::string_view text) {
  // An address may begin with a bracket too: [::1]:4040.
  const std::size_t inner = text.find_first_not_of(" \t\n", 1);
  if (text.starts_with('[') && inner != text.npos && (text[inner] == '"' || text[inner] == ']')) {
    return append_json_list(list, key, text);
  }
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (comma == 0) {
      throw UsageError(std::string(key) + ": expected an address on each side of a comma");
    }
    list.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
}

template <class Of, class Member, std::size_t N>
Member* find_key(Of& of, const std::pair<std::string_view, Member Of::*> (&table)[N],
                 std::string_view key) {
  for (const auto& [name, member] : table) {
    if (name == key) return &(of.*member);
  }
  return nullptr;
}

void set_limit(aemp::Limits& limits, const std::string& key, const std::string& text) {
  const std::string what = "limits." + key;
  if (Span* span = find_key(limits, kLimitSpans, key)) {
    *span = parse_seconds(what, text);
  } else if (Count* count = find_key(limits, kLimitCounts, key)) {
    *count = parse_count(what, text);
  } else {
    throw UsageError("limits: unknown key " + quoted(key) +
                     ": expected first_message_timeout, handshake_timeout, half_open, "
                     "half_open_per_source, accept_rate, accept_burst, failures_per_minute, "
                     "block_time or x25519_rate");
  }
}

// A JSON object; what it does not name stays as it is.
void set_limits(aemp::Limits& limits, std::string_view text) {
  aemp::OwnedMessage parsed;
  try {
    parsed = aemp::parse_json("[" + std::string(text) + "]");
  } catch (const aemp::Error& e) {
    throw UsageError("limits: " + quoted(text) + ": expected a JSON object: " + e.what());
  }
  if (parsed.size() != 1 || parsed[0].kind() != aemp::Kind::map) {
    throw UsageError("limits: " + quoted(text) +
                     ": expected a JSON object, for example {\"half_open\":512}");
  }
  std::set<std::string> seen;
  for (const auto& [key, value] : parsed[0].entries()) {
    const std::string name = key.as<std::string>();
    if (!seen.insert(name).second) {
      throw UsageError("limits: key " + quoted(name) + " occurs twice: expected it once");
    }
    set_limit(limits, name, value.json());
  }
}

}  // namespace

std::string quoted(std::string_view text, std::size_t most) {
  std::string out("'");
  for (char c : text.substr(0, most)) out += c < ' ' || c == 0x7f ? '?' : c;
  out += text.size() > most ? "...'" : "'";
  return out;
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
  if (key == "nodeid") {
    config.nodeid = std::string(text);
  } else if (key == "log_level") {
    config.log_level = static_cast<int>(std::min<std::uint64_t>(parse_count(key, text), 99));
  } else if (Span* span = find_key(config, kSpans, key)) {
    *span = parse_seconds(key, text);
  } else if (Count* count = find_key(config, kCounts, key)) {
    *count = parse_count(key, text);
  } else if (Flag* flag = find_key(config, kFlags, key)) {
    *flag = parse_flag(key, text);
  } else if (List* list = find_key(config, kLists, key)) {
    if (!*list) list->emplace();
    append_list(**list, key, text);
  } else if (key == "limits") {
    set_limits(config.limits, text);
  } else if (key == "secret_file") {
    read_secret_file(config, places, std::string(text));
  } else if (key == "key_file") {
    read_key_file(config, places, std::string(text));
  } else if (key == "allow_file") {
    read_allow_file(config, places, std::string(text));
  } else if (key == "cluster") {
    config.cluster = std::string(text);
  } else if (key == "secret" || key == "secret_also" || key == "key") {
    throw UsageError(std::string(key) +
                     ": not on the command line, where everybody can read it: expected "
                     "secret_file or key_file");
  } else {
    throw UsageError("unknown key " + quoted(key) +
                     ": expected nodeid, binds, advertise, seeds, global, secret_file, key_file, "
                     "allow_file, cluster, "
                     "encrypt, insecure, secure, nodelay, log_level, "
                     "monitor_timeout, connect_interval, heartbeat_timeout, link_idle, "
                     "queue_limit, max_message or limits");
  }
}

void check_reach(const Config& config) {
  if (config.insecure.value_or(false) || config.secret || config.key) return;
  for (const List* list : {&config.binds, &config.seeds}) {
    if (!*list) continue;
    for (const std::string& address : **list) {
      if (address.starts_with("unix:")) continue;
      throw UsageError("address " + quoted(address) +
                       " is no unix socket: links over TCP need a secret (aemp gensecret and "
                       "--secret-file) or a key, or --insecure, on this machine only");
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
