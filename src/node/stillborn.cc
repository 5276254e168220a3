// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "node/stillborn.h"

#include <algorithm>
#include <utility>

namespace aemp {

void Stillborn::add(PortKey port, OwnedMessage reason) {
  const std::size_t bytes = reason.size_bytes();
  entries_.push_back({port, std::move(reason)});
  bytes_ += bytes;
  while (entries_.size() > kMost || bytes_ > kMostBytes) drop_oldest();
}

void Stillborn::drop_oldest() noexcept {
  bytes_ -= entries_.front().reason.size_bytes();
  entries_.pop_front();
}

const OwnedMessage* Stillborn::find(PortKey port) const {
  const auto it = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.port == port; });
  return it == entries_.end() ? nullptr : &it->reason;
}

void Stillborn::clear() noexcept {
  entries_.clear();
  bytes_ = 0;
}

}  // namespace aemp
