// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/log_quota.h"

#include <string>
#include <utility>

#include "base/fill_in.h"
#include "node/core.h"
#include "node/peer.h"

namespace aemp {

bool LogQuota::admit() noexcept {
  const Nanos now = core_.reactor.now();
  if (!armed() && (lines_ == 0 || now - window_ >= kWindow)) {
    window_ = now;
    lines_ = 0;
  }
  if (lines_ < kLines) {
    ++lines_;
    return true;
  }
  if (left_out_++ == 0) core_.reactor.arm(*this, add_clamped(window_, kWindow));
  return false;
}

void LogQuota::stop() noexcept {
  core_.reactor.disarm(*this);
  left_out_ = 0;
}

void LogQuota::on_timer() {
  lines_ = 0;
  const std::uint64_t left_out = std::exchange(left_out_, 0);
  core_.log.say(Log::kWarning, [&] {
    return fill_in("node % caused % more warnings within % s, which were left out",
                   {peer_.id(), left_out, kWindow / kSecond});
  });
}

}  // namespace aemp
