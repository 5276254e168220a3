// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/endpoint.h"

#include "base/fill_in.h"

namespace aemp {

namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxHostName = 253;

}  // namespace

bool valid_host_name(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > kMaxHostName) return false;
  std::size_t label = 0;  // bytes of it so far
  bool only_digits = true;
  char last = '.';
  for (const char c : name) {
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (c == '.' ? last == '.' || last == '-'
                 : !is_digit && !is_letter && (c != '-' || last == '.'))
      return false;
    if (last == '.') only_digits = true;
    label = c == '.' ? 0 : label + 1;
    if (label > kMaxLabel) return false;
    if (c != '.' && !is_digit) only_digits = false;
    last = c;
  }
  return last != '.' && last != '-' && !only_digits;
}

std::string Endpoint::str() const {
  return is_named() ? fill_in("%:%", {host, address.port}) : address.str();
}

}  // namespace aemp
