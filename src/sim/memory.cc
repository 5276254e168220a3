// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/memory.h"

#include <aemp/sim.h>

#include "sim/process.h"

namespace aemp::sim {

thread_local Memory* Memory::current = nullptr;

bool Memory::refuses(std::size_t size) noexcept {
  const std::uint64_t number = asked++;
  const bool planned = number >= from_ && number < to_;
  if (!planned && (one_in_ == 0 || !dice_.one_in(one_in_))) return false;
  ++refused;
  const SystemCall call;
  process_.world.note(&process_, "no memory", size, number);
  return true;
}

bool allocation_fails(std::size_t size) noexcept {
  return Memory::current != nullptr && Memory::current->refuses(size);
}

AllocationsSucceed::AllocationsSucceed() noexcept
    : before_(std::exchange(Memory::current, nullptr)) {}
AllocationsSucceed::~AllocationsSucceed() { Memory::current = static_cast<Memory*>(before_); }

void* Process::enter() noexcept { return std::exchange(Memory::current, &core_->memory); }
void Process::leave(void* before) noexcept { Memory::current = static_cast<Memory*>(before); }
void Process::fail_allocations(std::uint64_t after, std::uint64_t count) noexcept {
  core_->memory.fail(after, count);
}
void Process::fail_one_allocation_in(std::uint64_t n) noexcept { core_->memory.fail_one_in(n); }
std::uint64_t Process::allocations() const noexcept { return core_->memory.asked; }
std::uint64_t Process::refused_allocations() const noexcept { return core_->memory.refused; }

}  // namespace aemp::sim
