// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Signals of the real system. The only state of the process that the library has: a handler per
// watched signal and, for as long as the process lives, a small record per host that ever
// watched one (records are reused).
#ifndef AEMP_OS_SIGNALS_H
#define AEMP_OS_SIGNALS_H

#include "os/fork_guard.h"
#include "os/host.h"

namespace aemp {

struct SignalRecord;

class UnixSignals final : public Signals {
 public:
  // Both must outlive this.
  UnixSignals(Poller& poller, const ForkGuard& fork) : poller_(poller), fork_(fork) {}
  // Ends all watches.
  ~UnixSignals() override;

  Status watch(int signo) override;
  void unwatch(int signo) override;
  std::uint64_t take() override;

 private:
  Poller& poller_;
  const ForkGuard& fork_;
  SignalRecord* record_ = nullptr;
};

}  // namespace aemp

#endif  // AEMP_OS_SIGNALS_H
