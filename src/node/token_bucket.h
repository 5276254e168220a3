// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// TokenBucket: so many events at once, and after that one per interval. What is kept is when the
// bucket will be full again (the virtual scheduling form of ITU-T I.371's GCRA): one number, exact,
// and nothing to do while time passes.
#ifndef AEMP_NODE_TOKEN_BUCKET_H
#define AEMP_NODE_TOKEN_BUCKET_H

#include <algorithm>
#include <cstdint>

#include "base/nanos.h"

namespace aemp {

class TokenBucket {
 public:
  struct Rate {
    Nanos interval;  // of one token, > 0
    Nanos depth;     // of all that it holds, >= interval

    static constexpr Rate of(std::uint64_t tokens, Nanos per, std::uint64_t burst) noexcept {
      const Nanos interval = std::max<Nanos>(per / static_cast<Nanos>(tokens), 1);
      return {interval, interval * static_cast<Nanos>(burst)};
    }
  };

  // False: it is empty, and stays as it is.
  bool take(const Rate& rate, Nanos now) noexcept {
    const Nanos full = std::max(full_at_, now);
    if (full - now > rate.depth - rate.interval) return false;
    full_at_ = full + rate.interval;
    return true;
  }
  // Brings a token back; one that does not fit in is gone.
  void give(const Rate& rate) noexcept { full_at_ -= rate.interval; }

 private:
  Nanos full_at_ = 0;
};

}  // namespace aemp

#endif  // AEMP_NODE_TOKEN_BUCKET_H
