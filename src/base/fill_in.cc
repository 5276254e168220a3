// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/fill_in.h"

#include <cstddef>

#include "base/text.h"

namespace aemp {

void Part::append_to(std::string& to) const {
  switch (kind_) {
    case Kind::kText:
      to.append(text_, value_);
      return;
    case Kind::kSigned:
      return append_int(to, static_cast<std::int64_t>(value_));
    case Kind::kUnsigned:
      return append_uint(to, value_);
  }
}

std::string fill_in(std::string_view pattern, std::initializer_list<Part> parts) {
  std::string text;
  for (const Part& part : parts) {
    const std::size_t hole = pattern.find('%');
    text.append(pattern.substr(0, hole));
    part.append_to(text);
    pattern.remove_prefix(hole + 1);
  }
  text.append(pattern);
  return text;
}

}  // namespace aemp
