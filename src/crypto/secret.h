// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes that nobody may learn: they are erased when they are no longer needed, and compared in a
// time that tells nothing.
#ifndef AEMP_CRYPTO_SECRET_H
#define AEMP_CRYPTO_SECRET_H

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

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_SECRET_H
