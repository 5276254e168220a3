// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ForkGuard: knows whether this process is a fork of the one that made it, without a system
// call: a page that the kernel hands to children as zeros. Where it cannot, pids are compared.
// forked() may be called from any thread and from signal handlers.
#ifndef AEMP_OS_FORK_GUARD_H
#define AEMP_OS_FORK_GUARD_H

namespace aemp {

class ForkGuard {
 public:
  ForkGuard();
  ~ForkGuard();
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;

  bool forked() const noexcept { return page_ != nullptr ? *page_ == 0 : other_pid(); }

 private:
  bool other_pid() const noexcept;

  volatile unsigned char* page_ = nullptr;
  long pid_;
};

}  // namespace aemp

#endif  // AEMP_OS_FORK_GUARD_H
