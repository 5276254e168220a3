// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The poller of this system: the one of poller_epoll.cc, poller_kqueue.cc that is built.
#ifndef AEMP_OS_POLLER_BACKEND_H
#define AEMP_OS_POLLER_BACKEND_H

#include <memory>

#include "os/fork_guard.h"
#include "os/poller.h"

namespace aemp {

// `fork` must outlive the poller.
Result<std::unique_ptr<Poller>> make_poller(const ForkGuard& fork);

}  // namespace aemp

#endif  // AEMP_OS_POLLER_BACKEND_H
