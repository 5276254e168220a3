// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "os/fork_guard.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "os/platform.h"

namespace aemp {

namespace {

std::size_t page_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

ForkGuard::ForkGuard() : pid_(getpid()) {
  page_ = static_cast<volatile unsigned char*>(platform::map_page_wiped_on_fork(page_size()));
  if (page_ != nullptr) *page_ = 1;
}

ForkGuard::~ForkGuard() {
  if (page_ != nullptr) munmap(const_cast<unsigned char*>(page_), page_size());
}

bool ForkGuard::other_pid() const noexcept { return getpid() != pid_; }

}  // namespace aemp
