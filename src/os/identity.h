// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_OS_IDENTITY_H
#define AEMP_OS_IDENTITY_H

#include "os/fork_guard.h"
#include "os/host.h"

namespace aemp {

class UnixIdentity final : public Identity {
 public:
  // `fork` must outlive this.
  explicit UnixIdentity(const ForkGuard& fork) : fork_(fork) {}

  std::string nodename() override;
  int pid() override;
  std::uint32_t uid() override;
  bool forked() const noexcept override { return fork_.forked(); }
  std::vector<Address> interfaces() override;

 private:
  const ForkGuard& fork_;
};

}  // namespace aemp

#endif  // AEMP_OS_IDENTITY_H
