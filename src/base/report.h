// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Text for log lines and reasons.
#ifndef AEMP_BASE_REPORT_H
#define AEMP_BASE_REPORT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/nanos.h"

namespace aemp {

// At most `most` bytes of text as valid UTF-8: what is not becomes U+FFFD, cut at a character's
// border.
std::string printable_utf8(std::string_view text, std::size_t most);

// The same, with control characters (those that turn the direction of text too) as `?` and "..."
// where it was cut: what a stranger wrote stays on its line.
std::string one_line(std::string_view text, std::size_t most);

// "2026-11-22 17:35:23.042" in UTC. `wall`: since 1970.
std::string utc_date_time(Nanos wall);

// 11 base-62 digits.
std::string base62(std::uint64_t v);

}  // namespace aemp

#endif  // AEMP_BASE_REPORT_H
