// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/handle.h>

namespace aemp::detail {

HandleTable::~HandleTable() = default;

}  // namespace aemp::detail
