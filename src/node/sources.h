// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sources: how each source of connections has behaved lately: how many came, how many failed, and
// whether it is blocked. Pure: time is given. What is made of it is Network's business.
#ifndef AEMP_NODE_SOURCES_H
#define AEMP_NODE_SOURCES_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/keyed_hash.h"
#include "base/nanos.h"
#include "config/limits_of.h"
#include "node/token_bucket.h"

namespace aemp {

// An IPv4 address, the first 64 bits of an IPv6 address, all unix sockets, or a relay.
struct Source {
  enum class Kind : std::uint8_t { none, tcp4, tcp6, local, relay };

  Kind kind = Kind::none;
  bool nearby = false;  // loopback, or unix sockets
  std::uint64_t prefix = 0;

  static Source of(const Address& address) noexcept;
  static Source relay(std::string_view node) noexcept;
  // "10.0.0.7", "[2001:db8::]/64", "unix sockets", "a relay".
  std::string str() const;

  friend bool operator==(const Source& a, const Source& b) noexcept {
    return a.kind == b.kind && a.prefix == b.prefix;
  }
};

// A cache of fixed size, for whoever owns a network has more sources than anybody has memory: sets
// of a few entries each, chosen by a hash whose key nobody else knows. A new source takes the place
// of the one in its set that was silent the longest, blocked ones last. One that is forgotten
// begins anew, as if it had never been there; who makes that happen to itself must come from
// thousands of sources in turn, for which there are the limits that are not per source.
class Sources {
 public:
  static constexpr std::size_t kEntries = 1024;

  enum class Verdict : std::uint8_t { welcome, over_rate, blocked };

  // `key`: see KeyedHash.
  Sources(const LinkLimits& limits, std::uint64_t key) noexcept;
  ~Sources();
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // A connection came. Counts it, unless the source is over its rate or, with `blocks`, blocked.
  // Throws std::bad_alloc with the first that is counted at all; nothing has happened then.
  Verdict arrived(const Source& source, bool blocks, Nanos now);
  // It proved to belong here: it does not count against the rate.
  void succeeded(const Source& source) noexcept;
  // It failed. True: one time too often, the source is blocked from now on.
  bool failed(const Source& source, Nanos now) noexcept;

  // Whether this limit holds for the source.
  bool limits_rate(const Source& source) const noexcept {
    return !source.nearby || limits_.local_accept;
  }
  bool limits_failures(const Source& source) const noexcept {
    return !source.nearby || limits_.local_failures;
  }
  bool limits_half_open(const Source& source) const noexcept {
    return !source.nearby || limits_.local_half_open;
  }

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSets = kEntries / kWays;

  struct Entry {
    Source source;
    Nanos last = 0;  // when it last came or failed
    Nanos blocked_until = 0;
    TokenBucket accepts;
    TokenBucket failures;
  };

  Entry* set_of(const Source& source) const noexcept;
  Entry* find(const Source& source) const noexcept;
  Entry& find_or_make(const Source& source, Nanos now) noexcept;

  const LinkLimits limits_;
  const TokenBucket::Rate accept_rate_;
  const TokenBucket::Rate failure_rate_;
  const KeyedHash hash_;
  std::unique_ptr<Entry[]> entries_;  // null until there is a source that counts
};

}  // namespace aemp

#endif  // AEMP_NODE_SOURCES_H
