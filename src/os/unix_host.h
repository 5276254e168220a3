// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_OS_UNIX_HOST_H
#define AEMP_OS_UNIX_HOST_H

#include <memory>

#include "os/host.h"

namespace aemp {

// The real system. Throws Error(system) when it gives no poller. Costs two descriptors.
std::unique_ptr<Host> make_unix_host();

}  // namespace aemp

#endif  // AEMP_OS_UNIX_HOST_H
