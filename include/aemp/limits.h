// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Limits: what a node spends on who connects to it, until that one has proved to belong to it.
#ifndef AEMP_LIMITS_H
#define AEMP_LIMITS_H

#include <chrono>
#include <cstdint>
#include <optional>

namespace aemp {

// Every member is optional; unset means the default. A source is an IPv4 address, the first 64 bits
// of an IPv6 address, or all unix sockets together. Limits per source hold for loopback addresses
// and unix sockets only where the member was set. A stranger is a connection that has neither shown
// that it knows the secret (its first message does) nor, without one, finished its handshake.
struct Limits {
  // From accepting a connection to its first message, whole. 1 ms to 1 h; default 2 s, at most
  // handshake_timeout.
  std::optional<std::chrono::nanoseconds> first_message_timeout;
  // From accepting, or from being connected, to the link, in all: no byte puts it off. Connecting
  // may take as long before that. 1 ms to 1 h; default 5 s.
  std::optional<std::chrono::nanoseconds> handshake_timeout;

  // Strangers of each listening address, and as many that know the secret and are not yet links:
  // beyond, the oldest of the same kind goes. 1 to 65536; default 256.
  std::optional<std::uint64_t> half_open;
  // Strangers of a source: beyond, its oldest goes. 1 to 65536; default 16.
  std::optional<std::uint64_t> half_open_per_source;

  // Connections of a source per second, and how many may come at once. Over it, new ones are closed
  // at once; by a node with a secret they are heard, in the place of another stranger of the source
  // if there is one. Links are not counted. 1 to 1 000 000; default 50 and 200. Setting one of them
  // sets both for loopback.
  std::optional<std::uint64_t> accept_rate;
  std::optional<std::uint64_t> accept_burst;

  // Without a secret: a source of which more connections fail in a minute is blocked, its
  // connections are closed at once. 1 to 1 000 000, default 20; 1 ms to 1 day, default 10 s.
  // Setting one of them sets both for loopback.
  std::optional<std::uint64_t> failures_per_minute;
  std::optional<std::chrono::nanoseconds> block_time;

  // First messages answered per second, and at once, by a node with a key and no secret, whom
  // anybody can make compute; with a secret, those of sources that are over accept_rate. 1 to
  // 1 000 000; default 500.
  std::optional<std::uint64_t> x25519_rate;
};

}  // namespace aemp

#endif  // AEMP_LIMITS_H
