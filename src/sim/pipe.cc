// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/pipe.h"

#include <algorithm>
#include <cstring>

namespace aemp::sim {

namespace {

// An idle pipe keeps no more than this.
constexpr std::size_t kKept = 512;

}  // namespace

std::vector<std::uint8_t> Pipe::unwrite(std::size_t size) {
  const auto from = bytes_.end() - static_cast<std::ptrdiff_t>(size);
  std::vector<std::uint8_t> out(from, bytes_.end());
  bytes_.erase(from, bytes_.end());
  return out;
}

Pipe::Item Pipe::take_front() {
  const Item item = items_[first_++];
  arrived_ += item.size;
  if (first_ == items_.size()) {
    items_.clear();
    first_ = 0;
  } else if (first_ >= 64 && first_ * 2 > items_.size()) {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return item;
}

std::size_t Pipe::read(std::span<std::uint8_t> into) {
  const std::size_t n = std::min(into.size(), arrived_);
  if (n > 0) std::memcpy(into.data(), bytes_.data() + head_, n);
  head_ += n;
  arrived_ -= n;
  compact();
  return n;
}

void Pipe::compact() {
  if (head_ == bytes_.size()) {
    bytes_.clear();
    if (bytes_.capacity() > kKept) bytes_.shrink_to_fit();
    head_ = 0;
  } else if (head_ >= 4096 && head_ * 2 > bytes_.size()) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

void Pipe::drop_items() {
  bytes_.resize(head_ + arrived_);
  items_.clear();
  first_ = 0;
  compact();
}

void Pipe::clear() {
  arrived_ = 0;
  drop_items();
}

}  // namespace aemp::sim
