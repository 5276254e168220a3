// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Poller: waits for descriptors. Backends only translate; all policy is in loop/reactor.cc.
#ifndef AEMP_OS_POLLER_H
#define AEMP_OS_POLLER_H

#include <cstdint>
#include <memory>
#include <span>

#include "base/nanos.h"
#include "base/status.h"

namespace aemp {

// Bits of interest and readiness. The first two equal aemp::Events.
inline constexpr std::uint8_t kReadable = 1;
inline constexpr std::uint8_t kWritable = 2;
// Both directions are closed; reported unasked, except that for interest kReadable alone the end of
// what comes in may be all that is told, as kReadable.
inline constexpr std::uint8_t kHangup = 4;
inline constexpr std::uint8_t kError = 8;  // an error is pending; reported unasked

// Tokens below 2^32 are the backend's own: kWakeToken, without events, says that wake() was called.
inline constexpr std::uint64_t kWakeToken = 0;
struct Ready {
  std::uint64_t token;
  std::uint8_t events;
};

// Thread rule: wake() may be called from any thread and from a signal handler, all else from
// the loop's thread only. After a fork the child's poller is inert: what it would change is
// shared with the parent. There wait() returns 0 at once.
class Poller {
 public:
  virtual ~Poller() = default;

  // Watches fd, or changes what it is watched for. Level-triggered. `interest` 0 keeps fd
  // registered and reports nothing but the arrival of a hangup or error. Fails with `system` and a
  // text naming fd: EPERM for plain files, EBADF, ENOSPC. `added`, if given, is set to whether
  // fd was not watched before; for a watched number it means that it was closed and is another
  // file now.
  virtual Status watch(int fd, std::uint64_t token, std::uint8_t interest,
                       bool* added = nullptr) = 0;
  // Forgets fd. Harmless if it was closed already, but call it before closing.
  virtual void unwatch(int fd) = 0;
  // To be told of a token that is reported although it was unwatched in an earlier turn: its
  // descriptor was closed first while a duplicate (in a child process, say) lives on. The backend
  // gets rid of it.
  virtual void purge_orphans() = 0;

  // Waits for at most `timeout` (rounded up to whole milliseconds; negative = without limit) and
  // fills `ready`. Returns how many, 0 also after an interruption, or -errno when the poller
  // itself is broken.
  virtual int wait(Nanos timeout, std::span<Ready> ready) = 0;

  // Makes the current or next wait return. Wake-ups before one wait count as one.
  virtual void wake() = 0;

  // A descriptor that is readable when wait(0) would report something, a wake-up is pending or the
  // time given to arm() has come. Owned by the poller. From then on arm() works.
  virtual Result<int> descriptor() = 0;
  // Sets the time (monotonic; kNever = none) at which descriptor() becomes readable. It stays
  // readable until armed again. Without descriptor() before, does nothing.
  virtual void arm(Nanos deadline) = 0;
};

}  // namespace aemp

#endif  // AEMP_OS_POLLER_H
