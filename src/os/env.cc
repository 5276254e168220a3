// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/env.h"

#include <stdlib.h>

namespace aemp {

std::optional<std::string> UnixEnv::get(std::string_view name) {
  const char* value = getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace aemp
