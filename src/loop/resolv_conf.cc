// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/resolv_conf.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/words.h"
#include "wire/dns.h"

namespace aemp {

namespace {

constexpr std::size_t kMostServers = 3;
constexpr std::size_t kMostDomains = 6;
constexpr unsigned kMostDots = 15, kMostAttempts = 5, kMostSeconds = 30;

// The number behind `key`, within these limits.
std::optional<unsigned> option(std::string_view word, std::string_view key, unsigned least,
                               unsigned most) {
  if (!word.starts_with(key)) return std::nullopt;
  const std::optional<std::uint64_t> number = parse_uint(word.substr(key.size()));
  if (!number) return std::nullopt;
  return static_cast<unsigned>(std::clamp<std::uint64_t>(*number, least, most));
}

void read_options(std::string_view line, ResolvConf& out) {
  for (std::string_view word; !(word = take_word(line)).empty();) {
    if (const auto n = option(word, "ndots:", 0, kMostDots)) out.dots = *n;
    if (const auto n = option(word, "timeout:", 1, kMostSeconds)) out.timeout = *n * kSecond;
    if (const auto n = option(word, "attempts:", 1, kMostAttempts)) out.attempts = *n;
  }
}

void read_domains(std::string_view line, std::size_t most, ResolvConf& out) {
  out.search.clear();  // the last such line counts
  for (std::string_view word; !(word = take_word(line)).empty() && out.search.size() < most;) {
    if (valid_host_name(word)) out.search.emplace_back(word);
  }
}

void read_server(std::string_view word, ResolvConf& out) {
  const std::optional<Address> server = parse_ip(word, kDnsPort);
  if (server && out.servers.size() < kMostServers) out.servers.push_back(*server);
}

}  // namespace

ResolvConf parse_resolv_conf(std::string_view file) {
  ResolvConf out;
  while (!file.empty()) {
    std::string_view line = take_line(file);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    const std::string_view keyword = take_word(line);
    if (keyword == "nameserver") {
      read_server(take_word(line), out);
    } else if (keyword == "search") {
      read_domains(line, kMostDomains, out);
    } else if (keyword == "domain") {
      read_domains(line, 1, out);
    } else if (keyword == "options") {
      read_options(line, out);
    }
  }
  if (out.servers.empty()) out.servers.push_back(Address::tcp4(127, 0, 0, 1, kDnsPort));
  return out;
}

std::vector<std::string> ResolvConf::candidates(std::string_view name) const {
  std::vector<std::string> out;
  if (name.ends_with('.')) return {std::string(name)};
  const auto has = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  if (has >= dots) out.emplace_back(name);
  for (const std::string& domain : search) {
    std::string longer = std::string(name) + "." + domain;
    if (valid_host_name(longer)) out.push_back(std::move(longer));
  }
  if (has < dots) out.emplace_back(name);
  return out;
}

}  // namespace aemp
