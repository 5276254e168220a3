// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Endpoint: where to dial, an address or the name of a host that has some. Pure: nothing is looked
// up.
#ifndef AEMP_BASE_ENDPOINT_H
#define AEMP_BASE_ENDPOINT_H

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/address.h"
#include "base/status.h"

namespace aemp {

// RFC 1123, section 2.1: labels of up to 63 letters, digits and '-', separated by dots, 253 bytes
// in all; '_' too, for it is in use, and a dot at the end, which says that nothing is to be added.
// The last label is not all digits: that would be an IPv4 address with a mistake in it.
bool valid_host_name(std::string_view name) noexcept;

struct Endpoint {
  Endpoint() = default;
  Endpoint(Address at) : address(std::move(at)) {}

  Address address;   // with a host, of it the port only
  std::string host;  // to be looked up; empty: `address` says it all

  bool is_named() const noexcept { return !host.empty(); }
  std::string str() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// As parse_address(), but the host may be a valid_host_name(). `out` is as it was made by default.
Status parse_endpoint(std::string_view text, std::uint16_t default_port, Endpoint& out);

}  // namespace aemp

#endif  // AEMP_BASE_ENDPOINT_H
