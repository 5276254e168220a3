// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a signal does to a process that does not watch it (signal(7)), whatever its number is here.
#ifndef AEMP_OS_SIGNAL_ROLE_H
#define AEMP_OS_SIGNAL_ROLE_H

#include <cstdint>

namespace aemp {

enum class SignalRole : std::uint8_t {
  ends,        // SIGTERM, and all that are not named below
  kills,       // SIGKILL, which nobody can watch
  stops,       // SIGSTOP, likewise
  suspends,    // SIGTSTP, SIGTTIN, SIGTTOU
  continues,   // SIGCONT
  is_ignored,  // SIGCHLD, SIGURG, SIGWINCH; SIGIO and SIGINFO where they are
};

SignalRole signal_role(int signo) noexcept;

}  // namespace aemp

#endif  // AEMP_OS_SIGNAL_ROLE_H
