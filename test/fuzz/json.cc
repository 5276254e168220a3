// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// JSON text: what is read can be printed, and reads as the same again; what cannot be read is
// refused with bad_json and nothing else.
#include <aemp/value.h>

#include <optional>
#include <string>

#include "base/cbor.h"
#include "fuzz/fuzz.h"

namespace {

using aemp::fuzz::text_of;

template <class Read>
auto refused_or(Read read, std::string_view text) -> std::optional<decltype(read(text))> {
  try {
    return read(text);
  } catch (const aemp::Error& e) {
    AEMP_FUZZ_CHECK(e.code() == aemp::Errc::bad_json);
    AEMP_FUZZ_CHECK(!std::string_view(e.what()).empty());
    return std::nullopt;
  }
}

template <class Owned>
void check_read(const Owned& read, std::size_t items, Owned (*again)(std::string_view)) {
  const auto checked = aemp::cbor::validate(read.data(), read.size_bytes());
  AEMP_FUZZ_CHECK(checked.ok && checked.items == items);
  const std::string printed = read.json();
  const std::optional<Owned> second = refused_or(again, printed);
  AEMP_FUZZ_CHECK(second.has_value());
  AEMP_FUZZ_CHECK(*second == read);
  AEMP_FUZZ_CHECK(second->json() == printed);
}

}  // namespace

AEMP_FUZZ_TARGET(json) {
  const std::string_view text = text_of(data, size);
  const auto value = refused_or(aemp::parse_json_value, text);
  const auto message = refused_or(aemp::parse_json, text);
  if (value) check_read(*value, 1, aemp::parse_json_value);
  if (message) {
    check_read(*message, message->size(), aemp::parse_json);
    // One level more would be too deep for a value, so only this way round.
    if (value) AEMP_FUZZ_CHECK(value->json() == message->json());
  }
  if (value && value->kind() == aemp::Kind::array) AEMP_FUZZ_CHECK(message.has_value());
  return 0;
}
