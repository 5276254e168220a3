// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// CBOR (RFC 8949) as messages use it: one item after another without an enclosing array.
//
// Profile: heads of any length; definite lengths only; text is UTF-8; tags other than that of
// ports are skipped; simple values are false, true, null and undefined (read as null); at most
// 128 arrays, maps and tags nested. A port is tag 44621 around an array: [node ID, 8 bytes of
// origin, unsigned serial] or, for a name of a foreign kind, [node ID, port name].
#ifndef AEMP_BASE_CBOR_H
#define AEMP_BASE_CBOR_H

#include <aemp/detail/item.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace aemp::cbor {

struct Checked {
  bool ok;
  bool too_deep;      // why, when not ok: nothing else was wrong so far
  std::size_t items;  // of the sequence, when ok
  const char* what;   // what is wrong, in a few words; static storage
  std::size_t at;     // offset of what is wrong
};

// Whether the span is a sequence of well-formed items of the profile. Reads nothing outside it.
// `max_depth` is how many containers and tags may be nested.
Checked validate(const std::uint8_t* data, std::size_t size,
                 unsigned max_depth = detail::kMaxDepth) noexcept;

// A well-formed sequence in diagnostic notation (RFC 8949, section 8), items separated by ", ".
std::string diag(const std::uint8_t* data, std::size_t size);

}  // namespace aemp::cbor

#endif  // AEMP_BASE_CBOR_H
