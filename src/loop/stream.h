// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Stream: a stream of bytes both ways that is no socket, and that a session takes for one.
#ifndef AEMP_LOOP_STREAM_H
#define AEMP_LOOP_STREAM_H

#include <cstdint>
#include <span>

#include "loop/reactor.h"
#include "os/host.h"

namespace aemp {

// To destroy it closes it, both ways; what was written before still goes out. Thread rule: the
// loop's thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // As those of Net. Both may throw std::bad_alloc: then nobody knows how much was written.
  virtual IoResult read(std::span<std::uint8_t> into) = 0;
  virtual IoResult write(std::span<const Slice> from) = 0;
  // From now on `handler` hears of readiness, as of a descriptor's: from the loop, again and again
  // as long as it is ready for what is in `interest`. The end makes it ready for both. The first
  // time it is writable it is connected. The handler may destroy the stream then.
  virtual void watch(IoHandler& handler, std::uint8_t interest) noexcept = 0;
};

}  // namespace aemp

#endif  // AEMP_LOOP_STREAM_H
