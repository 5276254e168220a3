// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/signal_role.h"

#include <signal.h>

namespace aemp {

SignalRole signal_role(int signo) noexcept {
  switch (signo) {
    case SIGKILL:
      return SignalRole::kills;
    case SIGSTOP:
      return SignalRole::stops;
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return SignalRole::suspends;
    case SIGCONT:
      return SignalRole::continues;
    case SIGCHLD:
    case SIGURG:
    case SIGWINCH:
#ifdef SIGINFO
    case SIGINFO:
    case SIGIO:  // ends a process on Linux only, which has no SIGINFO
#endif
      return SignalRole::is_ignored;
    default:
      return SignalRole::ends;
  }
}

}  // namespace aemp
