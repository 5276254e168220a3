// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/value.h>

#include "base/json_reader.h"

namespace aemp {

OwnedValue parse_json_value(std::string_view text) {
  detail::Scratch scratch;
  JsonReader reader(text);
  reader.value(scratch.writer());
  reader.finish();
  return OwnedValue(scratch.take());
}

OwnedMessage parse_json(std::string_view text) {
  detail::Scratch scratch;
  JsonReader reader(text);
  if (reader.peek() != '[') reader.fail(reader.place(), "expected a JSON array");
  reader.elements(scratch.writer());
  reader.finish();
  return OwnedMessage(scratch.take());
}

}  // namespace aemp
