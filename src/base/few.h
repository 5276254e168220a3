// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Few: a list of a few small things, without memory of its own.
#ifndef AEMP_BASE_FEW_H
#define AEMP_BASE_FEW_H

#include <cstddef>

namespace aemp {

// At most so many; what is more is left out.
template <class T, std::size_t most>
class Few {
 public:
  void add(const T& item) noexcept {
    if (size_ < most) items_[size_++] = item;
  }
  void clear() noexcept { size_ = 0; }
  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }
  T& operator[](std::size_t i) noexcept { return items_[i]; }
  const T& operator[](std::size_t i) const noexcept { return items_[i]; }
  const T* begin() const noexcept { return items_; }
  const T* end() const noexcept { return items_ + size_; }

 private:
  T items_[most] = {};
  std::size_t size_ = 0;
};

}  // namespace aemp

#endif  // AEMP_BASE_FEW_H
