// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes that nobody may learn: they are erased when they are no longer needed, and compared in a
// time that tells nothing.
#ifndef AEMP_CRYPTO_SECRET_H
#define AEMP_CRYPTO_SECRET_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace aemp::crypto {

// Sets all bytes to 0, even if nobody will read them again.
void wipe(std::span<std::uint8_t> bytes) noexcept;

// The same with all bytes of an object, padding included.
template <class T>
void wipe_object(T& object) noexcept {
  static_assert(std::is_trivially_copyable_v<T>);
  wipe({reinterpret_cast<std::uint8_t*>(&object), sizeof object});
}

// Whether both hold the same bytes. The time depends on the sizes only, which are no secret.
bool equal(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) noexcept;

// N bytes, all 0 at first, that are wiped on destruction; a move wipes the source. A copy must be
// asked for: Secret<N>(other.bytes()).
template <std::size_t N>
class Secret {
 public:
  Secret() noexcept = default;
  explicit Secret(std::span<const std::uint8_t, N> bytes) noexcept { assign(bytes); }
  Secret(Secret&& other) noexcept { take(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  std::span<std::uint8_t, N> bytes() noexcept { return bytes_; }
  std::span<const std::uint8_t, N> bytes() const noexcept { return bytes_; }

 private:
  void assign(std::span<const std::uint8_t, N> bytes) noexcept {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  void take(Secret& other) noexcept {
    assign(other.bytes_);
    wipe(other.bytes_);
  }

  std::array<std::uint8_t, N> bytes_{};
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_SECRET_H
