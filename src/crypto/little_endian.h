// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Little-endian numbers at byte pointers. The caller vouches for the room; no alignment is needed.
#ifndef AEMP_CRYPTO_LITTLE_ENDIAN_H
#define AEMP_CRYPTO_LITTLE_ENDIAN_H

#include <bit>
#include <cstdint>
#include <cstring>

namespace aemp::crypto {

inline std::uint32_t load_le32(const std::uint8_t* p) noexcept {
  std::uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::little ? v : __builtin_bswap32(v);
}

inline std::uint64_t load_le64(const std::uint8_t* p) noexcept {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return std::endian::native == std::endian::little ? v : __builtin_bswap64(v);
}

inline void store_le32(std::uint8_t* p, std::uint32_t v) noexcept {
  if (std::endian::native != std::endian::little) v = __builtin_bswap32(v);
  std::memcpy(p, &v, sizeof v);
}

inline void store_le64(std::uint8_t* p, std::uint64_t v) noexcept {
  if (std::endian::native != std::endian::little) v = __builtin_bswap64(v);
  std::memcpy(p, &v, sizeof v);
}

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_LITTLE_ENDIAN_H
