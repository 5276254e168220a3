// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/detail/item.h>

namespace aemp::detail {

const std::uint8_t* skip_container(const std::uint8_t* at) noexcept {
  for (std::uint64_t items = 1; items > 0; --items) {
    const std::uint8_t major = major_of(at);
    const std::uint64_t argument = read_head(at);
    if (major == kBytes || major == kText) {
      at += argument;
    } else if (major == kArray) {
      items += argument;
    } else if (major == kMap) {
      items += 2 * argument;
    } else if (major == kTag) {
      items += 1;
    }
  }
  return at;
}

const std::uint8_t* skip_tags_slowly(const std::uint8_t* at) noexcept {
  while (major_of(at) == kTag) {
    const std::uint8_t* inside = at;
    if (read_head(inside) == kPortTag) break;
    at = inside;
  }
  return at;
}

}  // namespace aemp::detail
