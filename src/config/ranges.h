// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What values of a configuration may be, for those who read it and those who use it.
#ifndef AEMP_CONFIG_RANGES_H
#define AEMP_CONFIG_RANGES_H

#include <cstddef>
#include <cstdint>

#include "base/nanos.h"

namespace aemp::range {

inline constexpr Nanos kShortest = kMillisecond;
inline constexpr Nanos kLongest = 1'000'000'000 * kSecond;  // as text
inline constexpr Nanos kLeastHeartbeat = 30 * kMillisecond;
inline constexpr Nanos kMostHeartbeat = 86'400 * kSecond;

inline constexpr std::uint64_t kLeastMessage = 1024;
inline constexpr std::uint64_t kMostMessage = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMostQueue = std::uint64_t{1} << 40;
inline constexpr int kMostLogLevel = 9;
inline constexpr std::size_t kMostCluster = 64;  // bytes

// Of limits.
inline constexpr Nanos kMostHandshake = 3600 * kSecond;
inline constexpr Nanos kMostBlockTime = 86'400 * kSecond;
inline constexpr std::uint64_t kMostHalfOpen = 65'536;
inline constexpr std::uint64_t kMostRate = 1'000'000;

}  // namespace aemp::range

#endif  // AEMP_CONFIG_RANGES_H
