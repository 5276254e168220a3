// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/limits_of.h"

#include <aemp/error.h>

#include <algorithm>
#include <string>

#include "base/fill_in.h"
#include "base/throw_error.h"
#include "config/ranges.h"

namespace aemp {
namespace {

using range::kMostHalfOpen;
using range::kMostHandshake;
using range::kMostRate;

[[noreturn]] void bad(const char* key, const std::string& value, const std::string& expected) {
  throw_error(Errc::bad_config, "limits.%: %: expected %", {key, value, expected});
}

std::string microseconds(Nanos span) { return fill_in("% us", {span / kMicrosecond}); }

void take(const std::optional<std::chrono::nanoseconds>& given, Nanos& value, const char* key,
          Nanos most) {
  if (!given) return;
  value = given->count();
  if (value >= range::kShortest && value <= most) return;
  bad(key, microseconds(value),
      fill_in("% to %", {microseconds(range::kShortest), microseconds(most)}));
}

template <class Number>
void take(const std::optional<std::uint64_t>& given, Number& value, const char* key,
          std::uint64_t most) {
  if (!given) return;
  value = static_cast<Number>(*given);
  if (*given >= 1 && *given <= most) return;
  bad(key, fill_in("%", {*given}), fill_in("1 to %", {most}));
}

}  // namespace

LinkLimits limits_of(const Limits& given) {
  LinkLimits l;
  take(given.handshake_timeout, l.handshake_timeout, "handshake_timeout", kMostHandshake);
  l.first_message_timeout = std::min(l.first_message_timeout, l.handshake_timeout);
  take(given.first_message_timeout, l.first_message_timeout, "first_message_timeout",
       kMostHandshake);
  if (l.first_message_timeout > l.handshake_timeout) {
    bad("first_message_timeout", microseconds(l.first_message_timeout),
        fill_in("at most handshake_timeout, %", {microseconds(l.handshake_timeout)}));
  }
  take(given.half_open, l.half_open, "half_open", kMostHalfOpen);
  take(given.half_open_per_source, l.half_open_per_source, "half_open_per_source", kMostHalfOpen);
  l.local_half_open = given.half_open_per_source.has_value();
  take(given.accept_rate, l.accept_rate, "accept_rate", kMostRate);
  take(given.accept_burst, l.accept_burst, "accept_burst", kMostRate);
  l.local_accept = given.accept_rate || given.accept_burst;
  take(given.failures_per_minute, l.failures_per_minute, "failures_per_minute", kMostRate);
  take(given.block_time, l.block_time, "block_time", range::kMostBlockTime);
  l.local_failures = given.failures_per_minute || given.block_time;
  take(given.x25519_rate, l.x25519_rate, "x25519_rate", kMostRate);
  return l;
}

}  // namespace aemp
