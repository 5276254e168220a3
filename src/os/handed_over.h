// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Sockets that whoever started this process has opened for it, by the convention of systemd, see
// sd_listen_fds(3): from descriptor 3 on, as many as $LISTEN_FDS says, if $LISTEN_PID is this
// process.
#ifndef AEMP_OS_HANDED_OVER_H
#define AEMP_OS_HANDED_OVER_H

#include "base/address.h"
#include "os/sys.h"

namespace aemp {

// The one that listens at that very address, for this process alone from now on; invalid if there
// is none.
Fd take_handed_over(const Address& at);

}  // namespace aemp

#endif  // AEMP_OS_HANDED_OVER_H
