// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The kqueue backend on the stand-in of test/support/bsd.
#ifndef AEMP_TEST_SUPPORT_KQUEUE_POLLER_H
#define AEMP_TEST_SUPPORT_KQUEUE_POLLER_H

#include <memory>

#include "os/fork_guard.h"
#include "os/poller.h"

namespace aemp {

Result<std::unique_ptr<Poller>> make_kqueue_poller(const ForkGuard& fork);

}  // namespace aemp

#endif  // AEMP_TEST_SUPPORT_KQUEUE_POLLER_H
