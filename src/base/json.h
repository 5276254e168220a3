// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Pieces of JSON text (RFC 8259) that others print too.
#ifndef AEMP_BASE_JSON_H
#define AEMP_BASE_JSON_H

#include <cstdint>
#include <string>
#include <string_view>

namespace aemp {

// Valid UTF-8 as a JSON string with its quotes.
void append_json_string(std::string& to, std::string_view text);

// The integer of a CBOR head: argument, or -1 - argument.
void append_cbor_integer(std::string& to, bool negative, std::uint64_t argument);

}  // namespace aemp

#endif  // AEMP_BASE_JSON_H
