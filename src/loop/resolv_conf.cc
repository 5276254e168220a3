// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/resolv_conf.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "base/words.h"
#include "wire/dns.h"

namespace aemp {

namespace {

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

void read_domains(std::string_view line, bool one, ResolvConf& out) {
  out.search.clear();  // the last such line counts
  for (std::string_view word; !(word = take_word(line)).empty() && !(one && !out.search.empty());) {
    if (valid_host_name(word)) out.search.add(word);
  }
}

void read_server(std::string_view word, ResolvConf& out) {
  if (const std::optional<Ip> server = parse_ip(word)) out.servers.add(*server);
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
      read_domains(line, false, out);
    } else if (keyword == "domain") {
      read_domains(line, true, out);
    } else if (keyword == "options") {
      read_options(line, out);
    }
  }
  if (out.servers.empty()) out.servers.add(Ip::v4(127, 0, 0, 1));
  return out;
}

bool ResolvConf::next_name(std::string_view name, std::size_t& i, std::string& out) const {
  const bool whole = name.ends_with('.');
  const auto has = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
  const std::size_t domains = whole ? 0 : search.size();
  const std::size_t as_it_is = has >= dots ? 0 : domains;
  while (i <= domains) {
    const std::size_t now = i++;
    out = name;
    if (now == as_it_is) return true;
    out += '.';
    out += search[now - (now > as_it_is ? 1 : 0)];
    if (valid_host_name(out)) return true;
  }
  return false;
}

}  // namespace aemp
