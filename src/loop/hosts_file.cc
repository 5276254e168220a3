// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "loop/hosts_file.h"

#include <optional>

#include "base/words.h"

namespace aemp {

namespace {

bool has(const IpList& all, const Ip& ip) {
  for (const Ip& one : all) {
    if (one == ip) return true;
  }
  return false;
}

}  // namespace

IpList addresses_in_hosts(std::string_view file, std::string_view name) {
  IpList out;
  if (name.ends_with('.')) name.remove_suffix(1);
  while (!file.empty()) {
    std::string_view line = take_line(file);
    line = line.substr(0, line.find('#'));
    const std::string_view ip = take_word(line);
    std::string_view word;
    do {
      word = take_word(line);
    } while (!word.empty() && !same_but_case(word, name));
    if (word.empty()) continue;
    const std::optional<Ip> address = parse_ip(ip);
    if (address && !has(out, *address)) out.add(*address);
  }
  return out;
}

}  // namespace aemp
