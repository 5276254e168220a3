// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Where in this process's memory a key is.
#ifndef AEMP_TEST_THREATS_MEMORY_SCAN_H
#define AEMP_TEST_THREATS_MEMORY_SCAN_H

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "crypto/noise.h"

namespace aemp::threat {

// A key as the test keeps it: its complement, so that the scan does not find it here.
struct Hidden {
  Hidden() = default;
  Hidden(std::string of, std::span<const std::uint8_t> key) : name(std::move(of)) {
    for (std::size_t i = 0; i < 32; ++i) complement[i] = static_cast<std::uint8_t>(~key[i]);
  }
  // Needs no room for the key itself.
  bool is_at(const std::uint8_t* at) const {
    for (std::size_t i = 0; i < 32; ++i) {
      if (at[i] != static_cast<std::uint8_t>(~complement[i])) return false;
    }
    return true;
  }
  crypto::Key shown() const {
    crypto::Key key;
    for (std::size_t i = 0; i < 32; ++i) {
      key.bytes()[i] = static_cast<std::uint8_t>(~complement[i]);
    }
    return key;
  }

  std::string name;
  std::array<std::uint8_t, 32> complement{};
};

// A part of the memory that this process can write.
struct Mapping {
  unsigned long from, to;
  std::string text;   // as the system describes it
  std::string flags;  // " dd wf ..." of /proc/self/smaps; see proc(5)
};

// All in which the key is. Those of more than 256 MiB are left out: they are a sanitizer's.
std::vector<Mapping> mappings_with(const Hidden& key);

}  // namespace aemp::threat

#endif  // AEMP_TEST_THREATS_MEMORY_SCAN_H
