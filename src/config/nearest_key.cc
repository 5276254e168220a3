// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <algorithm>
#include <array>

#include "config/config_keys.h"

namespace aemp {
namespace {

constexpr std::size_t kLongest = 40;  // more of a word does not count

// How many characters are to be added, taken away or replaced.
std::size_t distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongest);
  b = b.substr(0, kLongest);
  std::array<std::size_t, kLongest + 1> row;
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_key(std::string_view word) {
  const bool of_limits = word.starts_with(kLimitsPoint);
  std::string_view nearest;
  std::size_t least = SIZE_MAX;
  const auto consider = [&](std::string_view name) {
    // A beginning is nearer than anything that looks like it.
    const bool begins = word.size() >= 3 && name.starts_with(word);
    const std::size_t d = begins ? 0 : distance(word, name);
    if (d >= least) return;
    least = d;
    nearest = name;
  };
  for (const ConfigKey& key : config_key_table()) {
    if (key.name.starts_with(kLimitsPoint) == of_limits) consider(key.name);
  }
  if (!of_limits) {
    for (const std::string_view name :
         {kLimits, std::string_view("parent"), std::string_view("profile")}) {
      consider(name);
    }
  }
  return nearest;
}

}  // namespace aemp
