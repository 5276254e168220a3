// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Budgets: what one member of the network can make this node hold, beside what it owns itself.
// Pure.
#ifndef AEMP_MESH_BUDGETS_H
#define AEMP_MESH_BUDGETS_H

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "base/reserve.h"

namespace aemp {

class Peer;

// Claims of one global node, and their bytes: of node ID, binds, and so many for each.
inline constexpr std::size_t kMaxClaims = 100'000;
inline constexpr std::size_t kMaxClaimBytes = 32 << 20;
inline constexpr std::size_t kClaimOverhead = 128;
// Rows of other owners that one global node tells, and their bytes: of families, keys, values and
// remembered changes, kRowOverhead for each row and change, and so many for each owner.
inline constexpr std::size_t kMaxToldRows = 4'000'000;
inline constexpr std::size_t kMaxToldBytes = 1 << 30;
inline constexpr std::size_t kOwnerOverhead = 512;
// Bytes of rows in the copies of families that a master tells, kRowOverhead for each.
inline constexpr std::size_t kMaxMirroredBytes = 1 << 30;

// Told rows, by who tells them; null: nobody any more.
class Budgets {
 public:
  struct Charge {
    const Peer* to = nullptr;
    std::size_t bytes = 0, rows = 0;
  };

  explicit Budgets(std::size_t most_bytes = kMaxToldBytes, std::size_t most_rows = kMaxToldRows)
      : most_bytes_(most_bytes), most_rows_(most_rows), sums_(1) {}

  // What was charged is so much now. Throws std::bad_alloc only where `to` is a peer to which
  // nothing was charged so far.
  void put(Charge& charge, const Charge& now) {
    Sum& sum = sum_of(now.to);
    clear(charge);
    sum.bytes += now.bytes;
    sum.rows += now.rows;
    charge = now;
  }
  void clear(Charge& charge) noexcept {
    if (Sum* sum = find(charge.to); sum != nullptr) {
      sum->bytes -= charge.bytes;
      sum->rows -= charge.rows;
    }
    charge = Charge();
  }
  // Nothing is charged to it any more.
  void forget(const Peer& peer) noexcept {
    std::erase_if(sums_, [&](const Sum& sum) { return sum.peer == &peer; });
  }
  bool full(const Peer* to) const noexcept {
    const Sum* sum = const_cast<Budgets*>(this)->find(to);
    return sum != nullptr && (sum->bytes >= most_bytes_ || sum->rows >= most_rows_);
  }
  // For the first time.
  bool first_refusal(const Peer& to) noexcept {
    Sum* sum = find(&to);
    return sum != nullptr && !std::exchange(sum->refused, true);
  }

 private:
  struct Sum {
    const Peer* peer = nullptr;
    std::size_t bytes = 0, rows = 0;
    bool refused = false;
  };

  Sum* find(const Peer* peer) noexcept {
    const auto it =
        std::find_if(sums_.begin(), sums_.end(), [&](const Sum& sum) { return sum.peer == peer; });
    return it == sums_.end() ? nullptr : &*it;
  }
  Sum& sum_of(const Peer* peer) {
    if (Sum* sum = find(peer)) return *sum;
    reserve_one(sums_);
    sums_.push_back({peer});
    return sums_.back();
  }

  std::size_t most_bytes_, most_rows_;
  std::vector<Sum> sums_;  // null's first
};

}  // namespace aemp

#endif  // AEMP_MESH_BUDGETS_H
