// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory first, then the change: what a later step must be able to do without memory is made room
// for when there is somebody who can be told that there is none.
#ifndef AEMP_BASE_RESERVE_H
#define AEMP_BASE_RESERVE_H

#include <algorithm>
#include <cstddef>
#include <vector>

namespace aemp {

// Room in `v` for `size` elements in all, growing as push_back() does.
template <class T>
void reserve_for(std::vector<T>& v, std::size_t size) {
  if (v.capacity() < size) v.reserve(std::max(size, 2 * v.capacity()));
}

// Room for one more.
template <class T>
void reserve_one(std::vector<T>& v) {
  reserve_for(v, v.size() + 1);
}

}  // namespace aemp

#endif  // AEMP_BASE_RESERVE_H
