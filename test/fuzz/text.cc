// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Texts with a form: addresses, ports, node IDs, numbers. What is read prints as something that
// reads as the same; where only one form is accepted, it prints as what was read.
#include "base/text.h"

#include <aemp/port.h>
#include <aemp/value.h>
#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/endpoint.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"
#include "fuzz/reference.h"

namespace {

using namespace aemp;

void check_address(std::string_view text, std::uint16_t default_port) {
  const Result<Address> read = parse_address(text, default_port);
  if (!read.ok()) {
    AEMP_FUZZ_CHECK(read.status().code() == Errc::bad_name);
    return;
  }
  const std::string printed = read->str();
  const Result<Address> again = parse_address(printed, static_cast<std::uint16_t>(~default_port));
  AEMP_FUZZ_CHECK(again.ok());
  AEMP_FUZZ_CHECK(*again == *read);
  AEMP_FUZZ_CHECK(again->str() == printed);
  AEMP_FUZZ_CHECK(!read->is_local() || read->path.size() <= kMaxUnixPath);
  AEMP_FUZZ_CHECK(!(read->is_loopback() && (read->is_local() || read->is_unspecified())));
  AEMP_FUZZ_CHECK(!(read->is_link_local() && (read->is_local() || read->is_loopback())));
  // One through a relay has a text that is no other's.
  const Address relayed = Address::relay(printed);
  AEMP_FUZZ_CHECK(relayed.is_relay() && relayed.str() == "relay " + printed && relayed != *read);
  if (read->family <= Address::Family::tcp6 && !read->any_host) {
    const bool is_v6 = read->family == Address::Family::tcp6;
    AEMP_FUZZ_CHECK((Ip{is_v6, read->ip}.at(read->port) == *read));
  }
  if (read->family == Address::Family::tcp6) {
    AEMP_FUZZ_CHECK(Address::tcp6(read->ip, read->port) == *read);
  } else if (read->family == Address::Family::tcp4 && !read->any_host) {
    const auto& ip = read->ip;
    AEMP_FUZZ_CHECK(Address::tcp4(ip[0], ip[1], ip[2], ip[3], read->port) == *read);
  }
}

// What is an address is the same endpoint; what is more has the name of a host.
void check_endpoint(std::string_view text, std::uint16_t default_port) {
  Endpoint endpoint, again;
  const bool ok = parse_endpoint(text, default_port, endpoint).ok();
  const Result<Address> address = parse_address(text, default_port);
  AEMP_FUZZ_CHECK(address.ok() == (ok && !endpoint.is_named()));
  if (address.ok()) AEMP_FUZZ_CHECK(*address == endpoint.address);
  if (!ok || !endpoint.is_named()) return;
  AEMP_FUZZ_CHECK(valid_host_name(endpoint.host));
  if (endpoint.host == "unix") return;  // which with a port is a socket's path
  const auto other_port = static_cast<std::uint16_t>(~default_port);
  AEMP_FUZZ_CHECK(parse_endpoint(endpoint.str(), other_port, again).ok());
  AEMP_FUZZ_CHECK(again.host == endpoint.host && again.address == endpoint.address);
}

// The C library reads the same addresses between the brackets and before the port, but for zones.
void check_numeric(std::string_view text) {
  const std::string host(text);
  if (host.size() > 64 || host.find('\0') != host.npos) return;
  in6_addr v6;
  const Result<Address> six = parse_address("[" + host + "]:1", 0);
  const bool bracketed = host.find(']') != host.npos;
  if (!bracketed) AEMP_FUZZ_CHECK(six.ok() == (inet_pton(AF_INET6, host.c_str(), &v6) == 1));
  if (six.ok()) {
    AEMP_FUZZ_CHECK(std::memcmp(six->ip.data(), &v6, sizeof v6) == 0);
    AEMP_FUZZ_CHECK(six->is_unspecified() == (IN6_IS_ADDR_UNSPECIFIED(&v6) != 0));
    AEMP_FUZZ_CHECK(six->is_link_local() == (IN6_IS_ADDR_LINKLOCAL(&v6) != 0));
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) {
      AEMP_FUZZ_CHECK(six->is_loopback() == (IN6_IS_ADDR_LOOPBACK(&v6) != 0));
    }
  }
  if (host.empty() || host == "*" || host == "localhost" || host.find(':') != host.npos) return;
  in_addr v4;
  const Result<Address> four = parse_address(host, 1);
  if (host[0] == '[') return;
  AEMP_FUZZ_CHECK(four.ok() == (inet_pton(AF_INET, host.c_str(), &v4) == 1));
  if (!four.ok()) return;
  AEMP_FUZZ_CHECK(std::memcmp(four->ip.data(), &v4, sizeof v4) == 0);
  AEMP_FUZZ_CHECK(four->is_loopback() == (four->ip[0] == 127));
  AEMP_FUZZ_CHECK(four->is_link_local() == (host.rfind("169.254.", 0) == 0));
}

// A unix socket's name is taken as it stands, a port from 0 to 65535.
void check_path(std::string_view text) {
  const bool named = text.size() > 1 && (text[0] == '/' || text[0] == '@');
  const bool good = named && text.size() <= 107 && text.find('\0') == text.npos;
  const Result<Address> read = parse_address("unix:" + std::string(text), 0);
  AEMP_FUZZ_CHECK(read.ok() == good);
  AEMP_FUZZ_CHECK(!read.ok() || read->path == text);
  const Result<Address> tcp = parse_address("1.2.3.4:" + std::string(text), 9);
  const auto digits = [](char c) { return c >= '0' && c <= '9'; };
  if (!text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), digits)) {
    const unsigned long port = std::strtoul(std::string(text).c_str(), nullptr, 10);
    AEMP_FUZZ_CHECK(tcp.ok() == (port <= 65535) && (!tcp.ok() || tcp->port == port));
  } else if (text.size() <= 9) {
    AEMP_FUZZ_CHECK(tcp.ok() == (text == "*"));
  }
}

void check_port(std::string_view text) {
  const std::optional<Port> read = Port::parse(text);
  if (!read) return;
  AEMP_FUZZ_CHECK(*read);
  AEMP_FUZZ_CHECK(valid_node_id(read->node()));
  const std::string printed = read->str();
  AEMP_FUZZ_CHECK(printed == text || printed == std::string(text) + "#");
  const std::optional<Port> again = Port::parse(printed);
  AEMP_FUZZ_CHECK(again && *again == *read && again->hash() == read->hash());
  AEMP_FUZZ_CHECK((*again <=> *read) == 0);
  const OwnedMessage sent = message(*read);
  AEMP_FUZZ_CHECK(sent[0].kind() == Kind::port && sent.as<Port>(0) == *read);
}

// `base64` is made from `text`. Read are whole groups of four characters only.
void check_base64url(std::string_view text, std::string_view base64) {
  std::vector<std::uint8_t> back(text.size());
  const bool whole = text.size() % 3 == 0;
  AEMP_FUZZ_CHECK(parse_base64url(base64, back.data(), back.size()) == whole);
  AEMP_FUZZ_CHECK(!whole || std::equal(back.begin(), back.end(), text.begin(), [](auto a, char b) {
    return a == static_cast<std::uint8_t>(b);
  }));
  back.resize(text.size() / 4 * 3);
  const bool good = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_';
  });
  AEMP_FUZZ_CHECK(parse_base64url(text, back.data(), back.size()) ==
                  (good && text.size() % 4 == 0));
  if (!good || text.size() % 4 != 0) return;
  std::string again;
  append_base64url(again, back.data(), back.size());
  AEMP_FUZZ_CHECK(again == text);
}

void check_numbers(std::string_view text) {
  std::string printed;
  if (const auto v = parse_base62(text)) append_base62(printed, *v);
  AEMP_FUZZ_CHECK(printed.empty() || printed == text);
  printed.clear();
  if (const auto v = parse_base36(text)) append_base36(printed, *v);
  AEMP_FUZZ_CHECK(printed.empty() || printed == text);
  if (const auto v = parse_uint(text)) AEMP_FUZZ_CHECK(parse_uint(to_text(*v)) == v);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool decimal = !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
  if (text.size() < 20) AEMP_FUZZ_CHECK(parse_uint(text).has_value() == decimal);
  std::string hex, base64;
  append_hex(hex, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  append_base64url(base64, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  AEMP_FUZZ_CHECK(hex.size() == 2 * text.size());
  AEMP_FUZZ_CHECK(base64.size() == (4 * text.size() + 2) / 3);
  check_base64url(text, base64);
}

// The same the other way round: any number prints as something that is read.
void check_printed(std::uint64_t number) {
  std::string base62, base36;
  append_base62(base62, number);
  append_base36(base36, number);
  AEMP_FUZZ_CHECK(base62.size() == kBase62Digits && parse_base62(base62) == number);
  AEMP_FUZZ_CHECK(parse_base36(base36) == number);
  AEMP_FUZZ_CHECK(parse_uint(to_text(number)) == number);
  const auto negative = static_cast<std::int64_t>(number);
  AEMP_FUZZ_CHECK(std::strtoll(to_text(negative).c_str(), nullptr, 10) == negative);
  const auto floating = std::bit_cast<double>(number);
  if (!std::isfinite(floating)) return;
  std::string decimal;
  append_double(decimal, floating);
  AEMP_FUZZ_CHECK(decimal.find_first_of(".e") != std::string::npos);
  const auto read = parse_json_value(decimal).as<double>();
  AEMP_FUZZ_CHECK(std::bit_cast<std::uint64_t>(read) == number);
}

void check_characters(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t good = utf8_valid_prefix(data, size);
  AEMP_FUZZ_CHECK(utf8_valid(data, size) == fuzz::good_utf8({data, size}));
  AEMP_FUZZ_CHECK(utf8_valid(text) == (good == size) && fuzz::good_utf8({data, good}));
  AEMP_FUZZ_CHECK(valid_node_id(text) == fuzz::good_node_id({data, size}));
  AEMP_FUZZ_CHECK(good <= size && utf8_valid(data, good));
  const std::string repaired = utf8_repaired(text);
  AEMP_FUZZ_CHECK(utf8_valid(repaired));
  AEMP_FUZZ_CHECK((repaired == text) == (good == size));
  const std::string_view cut = utf8_cut(repaired, size / 2);
  AEMP_FUZZ_CHECK(cut.size() <= size / 2 && utf8_valid(cut));
  for (const char c : quote(text)) AEMP_FUZZ_CHECK(c >= 0x20 && c < 0x7f);
  AEMP_FUZZ_CHECK(!valid_node_id(text) || (Port::parse(text) && size <= 255));
}

}  // namespace

AEMP_FUZZ_TARGET(text) {
  const std::string_view text = fuzz::text_of(data, size);
  check_address(text, static_cast<std::uint16_t>(size * 257));
  check_endpoint(text, static_cast<std::uint16_t>(size * 257));
  check_numeric(text);
  check_path(text);
  check_port(text);
  check_numbers(text);
  check_characters(data, size);
  if (size >= 8) {
    std::uint64_t number;
    std::memcpy(&number, data, sizeof number);
    check_printed(number);
  }
  return 0;
}
