// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Addresses of stream sockets and of streams through a relay, as values and as text. Pure: nothing
// is looked up.
#ifndef AEMP_BASE_ADDRESS_H
#define AEMP_BASE_ADDRESS_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/few.h"
#include "base/status.h"

namespace aemp {

struct Address;

// The address of a host. Small: there may be many.
struct Ip {
  bool is_v6 = false;
  // Of IPv4 the first four bytes, the rest is zero. Network order.
  std::array<std::uint8_t, 16> bytes{};

  static constexpr Ip v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return {false, {a, b, c, d}};
  }
  Address at(std::uint16_t port) const;

  friend bool operator==(const Ip&, const Ip&) = default;
};

// Of one host.
using IpList = Few<Ip, 32>;

// Longest path or abstract name (its '@' included) of a unix socket.
inline constexpr std::size_t kMaxUnixPath = 107;

struct Address {
  enum class Family : std::uint8_t { tcp4, tcp6, local, relay };

  Family family = Family::tcp4;
  // The text said `*` as host. `ip` is 0.0.0.0 then; what it means is the caller's to say.
  bool any_host = false;
  std::uint16_t port = 0;
  // tcp4: the first four bytes, the rest is zero. Network order.
  std::array<std::uint8_t, 16> ip{};
  // local: a path, or '@' and an abstract name. Empty for a socket without a name. relay: the ID of
  // the node that relays.
  std::string path;

  static Address tcp4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                      std::uint16_t port);
  static Address tcp6(const std::array<std::uint8_t, 16>& ip, std::uint16_t port);
  static Address local(std::string path);
  static Address relay(std::string node);

  bool is_local() const noexcept { return family == Family::local; }
  bool is_relay() const noexcept { return family == Family::relay; }
  bool is_abstract() const noexcept { return is_local() && !path.empty() && path[0] == '@'; }
  // TCP on 127/8, ::1 or ::ffff:127/104. Unix sockets are not loopback; ask is_local().
  bool is_loopback() const noexcept;
  bool is_unspecified() const noexcept;  // 0.0.0.0 or ::, with TCP
  bool is_link_local() const noexcept;   // 169.254/16 or fe80::/10

  // "127.0.0.1:4040", "[::1]:4040", "*:4040", "unix:/path", "unix:@name".
  // parse_address(str(), x) gives the same address again. "relay node", which no text gives.
  std::string str() const;

  friend bool operator==(const Address&, const Address&) = default;
};

// Reads "host:port", "[v6]:port", "host", "[v6]", "*", "*:port", "unix:/path", "unix:@name".
// host is a numeric IPv4 address, `*` or "localhost" (127.0.0.1). No port at all gives
// default_port, "0" and "*" as port give 0. Fails with bad_name and a sentence naming `text`.
Result<Address> parse_address(std::string_view text, std::uint16_t default_port);
// A numeric IPv4 or IPv6 address alone, without brackets, port and zone.
std::optional<Ip> parse_ip(std::string_view text);

}  // namespace aemp

#endif  // AEMP_BASE_ADDRESS_H
