// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// HalfOpen: accepted connections whose hello was not read yet, in the order in which they came.
#ifndef AEMP_NODE_HALF_OPEN_H
#define AEMP_NODE_HALF_OPEN_H

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/reserve.h"
#include "node/connection.h"

namespace aemp {

class HalfOpen {
 public:
  void add(Connection& link) {
    reserve_one(links_);
    links_.push_back(&link);
  }
  // Nothing if it is none of them.
  void remove(const Connection& link) noexcept {
    const auto found = std::find(links_.begin(), links_.end(), &link);
    if (found != links_.end()) links_.erase(found);
  }
  // The oldest of those that match(link), if there are at least so many of them; else null.
  template <class Match>
  Connection* oldest(std::size_t least, Match&& match) const {
    Connection* found = nullptr;
    std::size_t count = 0;
    for (Connection* link : links_) {
      if (!match(*link)) continue;
      if (found == nullptr) found = link;
      if (++count >= least) return found;
    }
    return nullptr;
  }

 private:
  std::vector<Connection*> links_;
};

}  // namespace aemp

#endif  // AEMP_NODE_HALF_OPEN_H
