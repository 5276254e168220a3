// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Between what the program says and what is done with it: the configuration file.
#ifndef AEMP_API_WITH_FILE_H
#define AEMP_API_WITH_FILE_H

#include <aemp/config.h>

namespace aemp {

class NodeCore;

namespace detail {

// Calls use(core, effective configuration) and, where that has configured the node, its services
// from the loop. Replaceable, see <aemp/no_rc.h>. Throws what `use` throws, Error(bad_config) and
// Error(system) for the file.
void with_file(NodeCore& core, const Config& given, void (*use)(NodeCore&, const Config&));

}  // namespace detail
}  // namespace aemp

#endif  // AEMP_API_WITH_FILE_H
