// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>

#include "base/endpoint.h"
#include "base/fill_in.h"

namespace aemp {

namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

constexpr std::string_view kExpected = "expected HOST:PORT, [V6]:PORT, unix:/PATH or unix:@NAME";

template <class T>
std::optional<T> whole_number(std::string_view text, int base, unsigned max) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value, base);
  if (text.empty() || error != std::errc() || at != end || value > max) return std::nullopt;
  return static_cast<T>(value);
}

// Dotted decimal without leading zeros, which some readers take for octal.
bool parse_v4(std::string_view text, std::uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    const std::string_view part = text.substr(0, dot);
    const auto byte = whole_number<std::uint8_t>(part, 10, 255);
    if (!byte || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
    out[i] = *byte;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// Groups between colons, into out; an IPv4 address may be the last. Returns the number of bytes,
// or -1.
int parse_groups(std::string_view text, std::uint8_t* out) {
  int n = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      return n <= 12 && parse_v4(group, out + n) ? n + 4 : -1;
    }
    const auto value = whole_number<std::uint16_t>(group, 16, 0xffff);
    if (!value || group.size() > 4 || n > 14) return -1;
    out[n++] = static_cast<std::uint8_t>(*value >> 8);
    out[n++] = static_cast<std::uint8_t>(*value);
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return -1;
  }
  return n;
}

// RFC 4291, section 2.2; no zone.
bool parse_v6(std::string_view text, Bytes16& out) {
  const std::size_t gap = text.find("::");
  Bytes16 front{};
  if (gap == std::string_view::npos) {
    if (parse_groups(text, front.data()) != 16) return false;
    out = front;
    return true;
  }
  Bytes16 back{};
  const int before = parse_groups(text.substr(0, gap), front.data());
  const int after = parse_groups(text.substr(gap + 2), back.data());
  const bool v4_in_front = text.substr(0, gap).find('.') != std::string_view::npos;
  if (before < 0 || after < 0 || before + after > 14 || v4_in_front) return false;
  out = front;
  std::copy(back.begin(), back.begin() + after, out.end() - after);
  return true;
}

bool is_mapped_v4(const Bytes16& ip) {
  return std::all_of(ip.begin(), ip.begin() + 10, [](std::uint8_t b) { return b == 0; }) &&
         ip[10] == 0xff && ip[11] == 0xff;
}

void append_number(std::string& out, unsigned value, int base = 10) {
  char buffer[16];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, base).ptr;
  out.append(buffer, end);
}

void append_v4(std::string& out, const std::uint8_t* ip) {
  for (int i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    append_number(out, ip[i]);
  }
}

struct Run {
  int begin = 8;
  int size = 0;
};

// The longest run of zero groups, the first of equals; single groups do not count.
Run longest_zeros(const unsigned (&groups)[8]) {
  Run best;
  for (int i = 0; i < 8; ++i) {
    int n = 0;
    while (i + n < 8 && groups[i + n] == 0) ++n;
    if (n > 1 && n > best.size) best = {i, n};
    i += n;
  }
  return best;
}

// RFC 5952.
void append_v6(std::string& out, const Bytes16& ip) {
  if (is_mapped_v4(ip)) {
    out += "::ffff:";
    append_v4(out, ip.data() + 12);
    return;
  }
  unsigned groups[8];
  for (std::size_t i = 0; i < 8; ++i) groups[i] = unsigned{ip[2 * i]} << 8 | ip[2 * i + 1];
  const Run zeros = longest_zeros(groups);
  for (int i = 0; i < 8; ++i) {
    if (i == zeros.begin) {
      out += "::";
      i += zeros.size - 1;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.size) out += ':';
    append_number(out, groups[i], 16);
  }
}

Status bad(std::string_view text, std::string_view what) {
  return Status(Errc::bad_name, fill_in("address \"%\": %", {text.substr(0, 200), what}));
}

Status parse_unix(std::string_view text, std::string_view path, Address& out) {
  if (path.empty() || (path[0] != '/' && path[0] != '@')) {
    return bad(text, "expected an absolute path or @NAME after unix:");
  }
  if (path == "@" || path == "/") return bad(text, "the name of the socket is missing");
  if (path.size() > kMaxUnixPath) {
    return bad(text, "the path of a unix socket has at most 107 bytes");
  }
  if (path.find('\0') != std::string_view::npos) {
    return bad(text, "the path of a unix socket cannot contain a NUL");
  }
  out.family = Address::Family::local;
  out.path = path;
  return {};
}

}  // namespace

Address Address::tcp4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                      std::uint16_t port) {
  Address made;
  made.port = port;
  made.ip = {a, b, c, d};
  return made;
}

Address Address::tcp6(const Bytes16& ip, std::uint16_t port) {
  Address made;
  made.family = Family::tcp6;
  made.port = port;
  made.ip = ip;
  return made;
}

Address Address::local(std::string path) {
  Address made;
  made.family = Family::local;
  made.path = std::move(path);
  return made;
}

Address Address::relay(std::string node) {
  Address made = local(std::move(node));
  made.family = Family::relay;
  return made;
}

bool Address::is_loopback() const noexcept {
  if (family == Family::tcp4) return ip[0] == 127;
  if (is_mapped_v4(ip)) return ip[12] == 127;
  return ip[15] == 1 && std::all_of(ip.begin(), ip.end() - 1, [](auto b) { return b == 0; });
}

bool Address::is_unspecified() const noexcept { return family <= Family::tcp6 && ip == Bytes16{}; }

bool Address::is_link_local() const noexcept {
  if (family == Family::tcp4) return ip[0] == 169 && ip[1] == 254;
  return family == Family::tcp6 && ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

std::string Address::str() const {
  if (family > Family::tcp6) return fill_in("%%", {is_local() ? "unix:" : "relay ", path});
  std::string out;
  if (any_host) {
    out += '*';
  } else if (family == Family::tcp4) {
    append_v4(out, ip.data());
  } else {
    out += '[';
    append_v6(out, ip);
    out += ']';
  }
  out += ':';
  append_number(out, port);
  return out;
}

Address Ip::at(std::uint16_t port) const {
  Address made;
  made.family = is_v6 ? Address::Family::tcp6 : Address::Family::tcp4;
  made.port = port;
  made.ip = bytes;
  return made;
}

std::optional<Ip> parse_ip(std::string_view text) {
  Ip made;
  if (parse_v4(text, made.bytes.data())) return made;
  made = Ip();
  made.is_v6 = true;
  if (parse_v6(text, made.bytes)) return made;
  return std::nullopt;
}

Result<Address> parse_address(std::string_view text, std::uint16_t default_port) {
  Endpoint endpoint;
  Status status = parse_endpoint(text, default_port, endpoint);
  if (!status.ok()) return status;
  if (endpoint.is_named()) {
    return bad(text, "expected a numeric address, not the name of a host");
  }
  return std::move(endpoint.address);
}

Status parse_endpoint(std::string_view text, std::uint16_t default_port, Endpoint& out) {
  if (text.substr(0, 5) == "unix:") return parse_unix(text, text.substr(5), out.address);
  const bool bracket = !text.empty() && text[0] == '[';
  std::size_t host_end = bracket ? text.find(']') : text.find(':');
  if (bracket && host_end == std::string_view::npos) return bad(text, "the ] is missing");
  const std::string_view host = text.substr(bracket ? 1 : 0, host_end - (bracket ? 1 : 0));
  if (bracket) ++host_end;
  const std::string_view rest = host_end < text.size() ? text.substr(host_end) : std::string_view();

  Address& address = out.address;
  address.port = default_port;
  if (!rest.empty()) {
    if (!bracket && rest.find(':', 1) != std::string_view::npos) {
      return bad(text, "write IPv6 addresses in brackets, as in [::1]:4040");
    }
    const std::string_view port = rest.substr(1);
    const auto number = whole_number<std::uint16_t>(port == "*" ? "0" : port, 10, 65535);
    if (rest[0] != ':' || !number) {
      return bad(text, "expected a port from 0 to 65535, or *, after the host");
    }
    address.port = *number;
  }
  if (bracket) {
    if (!parse_v6(host, address.ip))
      return bad(text, "that is not an IPv6 address in the brackets");
    address.family = Address::Family::tcp6;
  } else if (host == "*") {
    address.any_host = true;
  } else if (host == "localhost") {
    address.ip = {127, 0, 0, 1};
  } else if (!parse_v4(host, address.ip.data())) {
    if (!valid_host_name(host)) return bad(text, kExpected);
    address.ip = {};
    out.host = host;
  }
  return {};
}

}  // namespace aemp
