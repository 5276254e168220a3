// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// RelayPlaces: how many relayed links there may be, in all and of each neighbour. Pure.
#ifndef AEMP_MESH_RELAY_PLACES_H
#define AEMP_MESH_RELAY_PLACES_H

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace aemp {

class RelayPlaces {
  using Counts = std::map<std::string, std::size_t, std::less<>>;

 public:
  static constexpr std::size_t kMostOfOne = 256;
  static constexpr std::size_t kMost = 4096;

  // Is given back when destroyed.
  class Place {
   public:
    Place() noexcept = default;
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), count_(other.count_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (places_ == nullptr) return;
      --places_->taken_;
      if (--count_->second == 0) places_->counts_.erase(count_);
    }
    explicit operator bool() const noexcept { return places_ != nullptr; }

   private:
    friend class RelayPlaces;
    Place(RelayPlaces& places, Counts::iterator count) noexcept : places_(&places), count_(count) {}

    RelayPlaces* places_ = nullptr;
    Counts::iterator count_;
  };

  // False: none is left. Throws std::bad_alloc.
  Place take(std::string_view neighbour) {
    if (taken_ == kMost) return Place();
    auto it = counts_.find(neighbour);
    if (it == counts_.end()) it = counts_.emplace(neighbour, 0).first;
    if (it->second == kMostOfOne) return Place();
    ++taken_;
    ++it->second;
    return Place(*this, it);
  }

 private:
  Counts counts_;  // none is 0
  std::size_t taken_ = 0;
};

}  // namespace aemp

#endif  // AEMP_MESH_RELAY_PLACES_H
