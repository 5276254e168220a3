// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Nodes of the tests on the real system, and the tools that they start, find no configuration file
// of whoever runs the tests.
#include <stdlib.h>

#include <initializer_list>

namespace {

const struct NoFile {
  NoFile() {
    for (const char* name : {"AEMP_RC", "XDG_CONFIG_HOME", "HOME"}) unsetenv(name);
  }
} kNoFile;

}  // namespace
