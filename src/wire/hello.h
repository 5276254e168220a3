// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HELLO: what two nodes tell each other about themselves before a link is up.
#ifndef AEMP_WIRE_HELLO_H
#define AEMP_WIRE_HELLO_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/format.h"

namespace aemp {

struct Hello {
  std::string node_id;
  std::uint64_t incarnation = 0;
  std::uint8_t lowest_major = kMajorVersion;
  std::uint8_t highest_major = kMajorVersion;
  std::uint8_t minor = kMinorVersion;
  std::uint16_t suites = kSuiteMaskPlain;
  std::uint8_t protection = 0;  // least protection demanded
  std::uint64_t features = 0;
  std::string service{kServiceMessages};
  std::string seen_address;  // the other end's address as this end sees it
  std::string software;
  std::vector<std::string> binds;
  std::uint32_t max_message = 16u << 20;  // bytes
  std::uint32_t heartbeat_ms = 6000;      // it calls a peer dead after so much silence
  std::uint64_t last_link = 0;
  std::uint8_t flags = 0;

  friend bool operator==(const Hello&, const Hello&) = default;
};

// Appends the fields to `out`; fields with their default value too, empty texts and an empty list
// not. Always at most kMaxHello bytes: over-long optional texts are cut at a character border,
// binds that do not fit are left out (the directory has the rest).
void encode_hello(const Hello& hello, std::vector<std::uint8_t>& out);

// The same in two parts, for the suite in which anybody may ask: who this is (fields 1 to 3), and
// the rest, which READY brings.
void encode_hello_identity(const Hello& hello, std::vector<std::uint8_t>& out);
void encode_hello_rest(const Hello& hello, std::vector<std::uint8_t>& out);

// True: `out` is filled in, absent optional fields have the values above. False: `error` says
// what was wrong, `out` is unspecified.
bool decode_hello(std::span<const std::uint8_t> in, Hello& out, std::string& error);

// Fills in what encode_hello_rest() wrote; what it does not say stays as it is. Likewise.
bool decode_hello_rest(std::span<const std::uint8_t> in, Hello& out, std::string& error);

// For READY, which may carry further fields: checks that `in` is a sequence of fields of which
// none is critical.
bool check_fields(std::span<const std::uint8_t> in, std::string& error);

}  // namespace aemp

#endif  // AEMP_WIRE_HELLO_H
