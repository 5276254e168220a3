// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Numbers of JSON text (RFC 8259, section 6).
#ifndef AEMP_BASE_JSON_NUMBER_H
#define AEMP_BASE_JSON_NUMBER_H

#include <cstdint>

namespace aemp {

struct JsonNumber {
  enum class Type : unsigned char {
    none,       // nothing here begins a number
    malformed,  // `end` is where it stops being one
    too_large,  // beyond the range of double
    negative,
    positive,
    floating  // with fraction or exponent, beyond 64 bits, or -0
  };
  Type type;
  const char* end;  // behind the number
  std::int64_t negative = 0;
  std::uint64_t positive = 0;
  double floating = 0;
};

// The number that begins at `at`.
JsonNumber read_json_number(const char* at, const char* end) noexcept;

}  // namespace aemp

#endif  // AEMP_BASE_JSON_NUMBER_H
