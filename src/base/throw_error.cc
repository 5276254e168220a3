// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/throw_error.h"

namespace aemp {

void throw_error(Errc code, std::string_view pattern, std::initializer_list<Part> parts) {
  throw Error(code, fill_in(pattern, parts));
}

}  // namespace aemp
