// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/sources.h"

#include <algorithm>
#include <span>

#include "base/bytes.h"

namespace aemp {
namespace {

constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

Source Source::of(const Address& address) noexcept {
  Source source;
  source.nearby = address.is_local() || address.is_loopback();
  const std::uint8_t* ip = address.ip.data();
  if (address.is_local()) {
    source.kind = Kind::local;
  } else if (address.family == Address::Family::tcp4) {
    source.kind = Kind::tcp4;
    source.prefix = load_be32(ip);
  } else if (std::equal(kMapped, kMapped + sizeof kMapped, ip)) {
    source.kind = Kind::tcp4;
    source.prefix = load_be32(ip + sizeof kMapped);
  } else {
    source.kind = Kind::tcp6;
    source.prefix = load_be64(ip);
  }
  return source;
}

// FNV-1a. Relays that are made to have the same share what each may.
Source Source::relay(std::string_view node) noexcept {
  Source source;
  source.kind = Kind::relay;
  source.prefix = 0xcbf29ce484222325u;
  for (const char c : node) {
    source.prefix = (source.prefix ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  }
  return source;
}

std::string Source::str() const {
  if (kind >= Kind::local) return kind == Kind::local ? "unix sockets" : "a relay";
  std::uint8_t bytes[8];
  store_be64(bytes, prefix);
  Address address;
  if (kind == Kind::tcp4) {
    address = Address::tcp4(bytes[4], bytes[5], bytes[6], bytes[7], 1);
  } else {
    std::array<std::uint8_t, 16> ip{};
    std::copy(bytes, bytes + sizeof bytes, ip.begin());
    address = Address::tcp6(ip, 1);
  }
  const std::string text = address.str();
  return text.substr(0, text.rfind(':')) + (kind == Kind::tcp6 ? "/64" : "");
}

Sources::Sources(const LinkLimits& limits, std::uint64_t key) noexcept
    : limits_(limits),
      accept_rate_(TokenBucket::Rate::of(limits.accept_rate, kSecond, limits.accept_burst)),
      failure_rate_(TokenBucket::Rate::of(limits.failures_per_minute, 60 * kSecond,
                                          limits.failures_per_minute)),
      hash_(key) {}

Sources::~Sources() = default;

Sources::Entry* Sources::set_of(const Source& source) const noexcept {
  const std::uint64_t hash = hash_(source.prefix, static_cast<std::uint64_t>(source.kind));
  return entries_.get() + (hash >> 32) % kSets * kWays;
}

Sources::Entry* Sources::find(const Source& source) const noexcept {
  if (entries_ == nullptr) return nullptr;
  Entry* set = set_of(source);
  Entry* found =
      std::find_if(set, set + kWays, [&](const Entry& entry) { return entry.source == source; });
  return found == set + kWays ? nullptr : found;
}

Sources::Entry& Sources::find_or_make(const Source& source, Nanos now) noexcept {
  Entry* entry = find(source);
  if (entry == nullptr) {
    Entry* set = set_of(source);
    const auto before = [now](const Entry& a, const Entry& b) {
      const bool a_blocked = a.blocked_until > now, b_blocked = b.blocked_until > now;
      return a_blocked != b_blocked ? b_blocked : a.last < b.last;
    };
    entry = std::min_element(set, set + kWays, before);
    *entry = Entry();
    entry->source = source;
  }
  entry->last = now;
  return *entry;
}

Sources::Verdict Sources::arrived(const Source& source, bool blocks, Nanos now) {
  const bool rate = limits_rate(source), failures = limits_failures(source);
  if (!rate && !failures) return Verdict::welcome;
  if (entries_ == nullptr) entries_ = std::make_unique<Entry[]>(kEntries);
  Entry& entry = find_or_make(source, now);
  if (blocks && failures && entry.blocked_until > now) return Verdict::blocked;
  if (rate && !entry.accepts.take(accept_rate_, now)) return Verdict::over_rate;
  return Verdict::welcome;
}

void Sources::succeeded(const Source& source) noexcept {
  if (!limits_rate(source)) return;
  if (Entry* entry = find(source)) entry->accepts.give(accept_rate_);
}

bool Sources::failed(const Source& source, Nanos now) noexcept {
  if (!limits_failures(source) || entries_ == nullptr) return false;
  Entry& entry = find_or_make(source, now);
  if (entry.failures.take(failure_rate_, now)) return false;
  const bool anew = entry.blocked_until <= now;
  entry.blocked_until = add_clamped(now, limits_.block_time);
  return anew;
}

}  // namespace aemp
