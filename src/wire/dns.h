// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// DNS: one question for the addresses of a host, and what an answer says about it. RFC 1035,
// section 4; IPv6: RFC 3596. Pure.
#ifndef AEMP_WIRE_DNS_H
#define AEMP_WIRE_DNS_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/endpoint.h"

namespace aemp {

inline constexpr std::uint16_t kDnsPort = 53;
// A datagram without extensions is not longer. Over TCP a u16 before each message is its length.
inline constexpr std::size_t kMaxDnsDatagram = 512;

enum class DnsType : std::uint16_t { a = 1, cname = 5, aaaa = 28 };

struct DnsQuestion {
  std::uint16_t id = 0;  // random: an answer must have the same
  DnsType type = DnsType::a;
  std::string_view name;  // a valid_host_name()
};

// The question as a message.
std::string encode_dns_question(const DnsQuestion& question);

enum class DnsOutcome : std::uint8_t {
  addresses,  // there are some
  none,       // the name is there, but has no address of this type
  no_name,    // there is no such name
  truncated,  // to be asked again over TCP
  failed,     // the server cannot tell, or does not want to
  malformed,  // the answer makes no sense
  foreign,    // it is no answer to this question
};

struct DnsAnswer {
  DnsOutcome outcome = DnsOutcome::foreign;
  std::string_view why;  // failed, malformed: a clause for people, in static storage
  IpList addresses;      // in the order of the message
};

// Aliases (CNAME) are followed within the message.
DnsAnswer decode_dns_answer(const DnsQuestion& question, std::span<const std::uint8_t> in);

}  // namespace aemp

#endif  // AEMP_WIRE_DNS_H
