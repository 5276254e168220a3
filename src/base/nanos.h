// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Time inside the library: signed nanoseconds, either of the monotonic clock or of the time of
// day; the name of the variable says which. Durations use the same type.
#ifndef AEMP_BASE_NANOS_H
#define AEMP_BASE_NANOS_H

#include <cstdint>

namespace aemp {

using Nanos = std::int64_t;

inline constexpr Nanos kMicrosecond = 1000;
inline constexpr Nanos kMillisecond = 1000 * kMicrosecond;
inline constexpr Nanos kSecond = 1000 * kMillisecond;
// As a deadline: never.
inline constexpr Nanos kNever = INT64_MAX;

// a + b, held at the ends of the range: a deadline far away stays far away.
constexpr Nanos add_clamped(Nanos a, Nanos b) noexcept {
  if (b > 0 && a > kNever - b) return kNever;
  if (b < 0 && a < INT64_MIN - b) return INT64_MIN;
  return a + b;
}

// How many units a span has, a part of one counted as one.
constexpr Nanos units_of(Nanos span, Nanos unit) noexcept {
  return span / unit + (span % unit > 0 ? 1 : 0);
}

}  // namespace aemp

#endif  // AEMP_BASE_NANOS_H
