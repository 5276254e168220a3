// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "modules.h"

namespace tool {

void load_module(aemp::Node&, const std::string& path) {
  fail_module(path,
              "this aemp is linked statically and cannot load shared objects: expected the "
              "dynamically linked one");
}

}  // namespace tool
