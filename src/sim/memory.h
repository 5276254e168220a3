// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory: which allocations of a simulated process fail. The program's operator new asks; what the
// simulator itself needs while it serves a process is never refused.
#ifndef AEMP_SIM_MEMORY_H
#define AEMP_SIM_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/dice.h"

namespace aemp::sim {

class ProcessCore;

class Memory {
 public:
  Memory(ProcessCore& process, std::uint64_t seed) : process_(process), dice_(seed) {}

  // Lets `after` allocations succeed and the next `count` fail.
  void fail(std::uint64_t after, std::uint64_t count) noexcept {
    from_ = after < UINT64_MAX - asked ? asked + after : UINT64_MAX;
    to_ = count < UINT64_MAX - from_ ? from_ + count : UINT64_MAX;
  }
  // One of so many fails; 0 = none.
  void fail_one_in(std::uint64_t n) noexcept { one_in_ = n; }
  bool refuses(std::size_t size) noexcept;

  std::uint64_t asked = 0, refused = 0;

  // Whose code runs; null: nobody's.
  static thread_local Memory* current;

  // Until it is destroyed that one's code runs.
  class Scope {
   public:
    explicit Scope(Memory* memory) noexcept : before_(std::exchange(current, memory)) {}
    ~Scope() { current = before_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Memory* before_;
  };

 private:
  ProcessCore& process_;
  Dice dice_;
  std::uint64_t from_ = 0, to_ = 0;  // of the count `asked`
  std::uint64_t one_in_ = 0;
};

// A process is in the simulated system, whose memory is its own.
class SystemCall : private Memory::Scope {
 public:
  SystemCall() noexcept : Scope(nullptr) {}
};

}  // namespace aemp::sim

#endif  // AEMP_SIM_MEMORY_H
