// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/net_host.h"

#include <algorithm>
#include <utility>

namespace aemp::remote {

bool NetHost::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(dice_.next() >> 32);
  return true;
}

int NetHost::wait(Nanos timeout, std::span<Ready> ready) {
  const int count = real_->poller().wait(0, ready);
  if (count > 1 && unruly) {
    for (std::size_t i = static_cast<std::size_t>(count); i > 1; --i) {
      std::swap(ready[i - 1], ready[dice_.below(i)]);
    }
  }
  if (count != 0 || timeout == 0) return count;
  // Without a deadline only another thread can end the wait.
  if (timeout < 0) return real_->poller().wait(timeout, ready);
  now_ += (timeout + kMillisecond - 1) / kMillisecond * kMillisecond;
  return 0;
}

IoResult NetHost::read(int fd, std::span<std::uint8_t> into) {
  std::size_t most = into.size();
  if (unruly && most > 1) {
    most = dice_.one_in(2) ? 1 + dice_.below(std::min<std::size_t>(most, 64)) : most;
  }
  return real_->net().read(fd, into.first(most));
}

}  // namespace aemp::remote
