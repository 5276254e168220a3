// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/config_keys.h"

#include <aemp/profile.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/endpoint.h"
#include "base/fill_in.h"
#include "base/text.h"
#include "base/throw_error.h"
#include "config/credentials_of.h"
#include "config/ranges.h"

namespace aemp {

constexpr ConfigKey::ConfigKey(const char* n, Span Limits::*m, Nanos most, const char* o)
    : name(n),
      kind(Kind::limit_span),
      otherwise(o),
      least(range::kShortest),
      most(most),
      limit_span(m) {}
constexpr ConfigKey::ConfigKey(const char* n, Count Limits::*m, std::uint64_t most, const char* o)
    : name(n),
      kind(Kind::limit_count),
      otherwise(o),
      least(1),
      most(static_cast<std::int64_t>(most)),
      limit_count(m) {}

namespace {

using namespace range;

std::string node_id_fault(std::string_view text) {
  if (valid_node_id(text)) return std::string();
  return fill_in("%: expected 1 to 255 characters of A-Z a-z 0-9 _ . : / % -", {quote(text), "%"});
}

std::string cluster_fault(std::string_view text) {
  if (text.size() <= kMostCluster) return std::string();
  return fill_in("% bytes: expected at most %", {text.size(), kMostCluster});
}

std::string address_fault(std::string_view text) {
  Endpoint read;
  return parse_endpoint(text, 0, read).text();
}

std::string bind_fault(std::string_view text) {
  Endpoint read;
  const Status status = parse_endpoint(text, 0, read);
  if (!status.ok() || !read.is_named()) return status.text();
  return fill_in("%: expected a numeric address, *, or a unix socket", {text});
}

constexpr ConfigKey kKeys[] = {
    {"nodeid", &Config::nodeid, node_id_fault, ""},
    {"binds", &Config::binds, bind_fault},
    {"advertise", &Config::advertise, address_fault, "[]"},
    {"seeds", &Config::seeds, address_fault, "[]"},
    {"global", &Config::global, ""},
    {"secret", &Config::secret, secret_fault, ""},
    {"secret_also", &Config::secret_also, secret_fault, "[]"},
    {"key", &Config::key, key_fault, ""},
    {"allow", &Config::allow, allow_fault, "[]"},
    {"cluster", &Config::cluster, cluster_fault, "\"\""},
    {"encrypt", &Config::encrypt, "true"},
    {"insecure", &Config::insecure, "false"},
    {"secure", &Config::secure, "false"},
    {"services", &Config::services},
    {"nodelay", &Config::nodelay, "true"},
    {"log_level", &Config::log_level, kMostLogLevel, "5"},
    {"monitor_timeout", &Config::monitor_timeout, kShortest, kLongest, "30"},
    {"connect_interval", &Config::connect_interval, kShortest, kLongest, "0.25"},
    {"heartbeat_timeout", &Config::heartbeat_timeout, kLeastHeartbeat, kMostHeartbeat, "6"},
    {"link_idle", &Config::link_idle, kShortest, kLongest, "300"},
    {"queue_limit", &Config::queue_limit, 2 * kLeastMessage, kMostQueue, "67108864"},
    {"max_message", &Config::max_message, kLeastMessage, kMostMessage, "16777216"},
    {"congested_above", &Config::congested_above, 1, kMostQueue, "1048576"},
    {"drained_below", &Config::drained_below, 1, kMostQueue, "262144"},
    {"limits.first_message_timeout", &Limits::first_message_timeout, kMostHandshake, "2"},
    {"limits.handshake_timeout", &Limits::handshake_timeout, kMostHandshake, "5"},
    {"limits.half_open", &Limits::half_open, kMostHalfOpen, "256"},
    {"limits.half_open_per_source", &Limits::half_open_per_source, kMostHalfOpen, "16"},
    {"limits.accept_rate", &Limits::accept_rate, kMostRate, "50"},
    {"limits.accept_burst", &Limits::accept_burst, kMostRate, "200"},
    {"limits.failures_per_minute", &Limits::failures_per_minute, kMostRate, "20"},
    {"limits.block_time", &Limits::block_time, kMostBlockTime, "10"},
    {"limits.x25519_rate", &Limits::x25519_rate, kMostRate, "500"},
};

constexpr std::int64_t kBillion = kSecond;

// Whole seconds, or with up to 9 digits behind the point: exactly.
std::optional<Nanos> exact_seconds(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  const std::optional<std::uint64_t> whole = parse_uint(text.substr(0, point));
  if (!whole || *whole > static_cast<std::uint64_t>(kLongest / kSecond)) return std::nullopt;
  Nanos nanos = static_cast<Nanos>(*whole) * kBillion;
  if (fraction.empty()) return nanos;
  const std::optional<std::uint64_t> digits = parse_uint(fraction);
  if (!digits || fraction.size() > 9) return std::nullopt;
  Nanos part = static_cast<Nanos>(*digits);
  for (std::size_t n = fraction.size(); n < 9; ++n) part *= 10;
  return nanos + part;
}

}  // namespace

std::span<const ConfigKey> config_key_table() noexcept { return kKeys; }

std::span<const std::string_view> config_keys() noexcept {
  static constexpr auto kNames = [] {
    std::array<std::string_view, std::size(kKeys)> names{};
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = kKeys[i].name;
    return names;
  }();
  return kNames;
}

const ConfigKey* find_key(std::string_view name) noexcept {
  for (const ConfigKey& key : kKeys) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

const ConfigKey& the_key(std::string_view name) {
  if (const ConfigKey* key = find_key(name)) return *key;
  const std::string_view nearest = nearest_key(name);
  if (nearest == name) {
    throw_error(Errc::bad_config,
                "%: not a key by itself: expected a member of Config, or one limit", {quote(name)});
  }
  throw_error(Errc::bad_config, "unknown key %: did you mean '%'?", {quote(name), nearest});
}

bool is_set(const ConfigKey& key, const Config& config) {
  return with_member(
      key, [](const auto& member) { return member.has_value(); }, config);
}

void clear(const ConfigKey& key, Config& config) {
  with_member(
      key, [](auto& member) { member.reset(); }, config);
}

void inherit(const ConfigKey& key, const Config& from, Config& to) {
  const auto take = [](auto& member, const auto& other) {
    if (other) member = other;
  };
  with_member(key, take, to, from);
}

std::optional<Nanos> parse_seconds(std::string_view text) {
  const char* end = text.data() + text.size();
  const JsonNumber number = read_json_number(text.data(), end);
  if (number.end != end || number.type == JsonNumber::Type::malformed) return std::nullopt;
  if (const std::optional<Nanos> exact = exact_seconds(text)) return exact;
  double seconds = 0;
  switch (number.type) {
    case JsonNumber::Type::positive:
      seconds = static_cast<double>(number.positive);
      break;
    case JsonNumber::Type::negative:
      seconds = static_cast<double>(number.negative);
      break;
    case JsonNumber::Type::floating:
      seconds = number.floating;
      break;
    default:
      return std::nullopt;
  }
  // Where it is out of all ranges anyway.
  constexpr double kMost = 9e9;
  return static_cast<Nanos>(std::clamp(seconds, -kMost, kMost) * 1e9 + (seconds < 0 ? -0.5 : 0.5));
}

std::string seconds_text(Nanos span) {
  if (span < 0) return fill_in("-%", {seconds_text(-span)});
  std::string text = to_text(span / kBillion);
  Nanos rest = span % kBillion;
  if (rest == 0) return text;
  text += '.';
  for (Nanos unit = kBillion / 10; rest != 0; unit /= 10) {
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return text;
}

std::string range_fault(const ConfigKey& key, std::int64_t value) {
  if (value >= key.least && value <= key.most) return std::string();
  const auto text = [&](std::int64_t n) { return key.is_time() ? seconds_text(n) : to_text(n); };
  return fill_in("%: expected % to %%",
                 {text(value), text(key.least), text(key.most), key.is_time() ? " seconds" : ""});
}

}  // namespace aemp
