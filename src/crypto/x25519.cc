// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/x25519.h"

#include "crypto/field25.h"
#include "crypto/field51.h"
#include "crypto/montgomery_ladder.h"

namespace aemp::crypto {

namespace {

#ifdef __SIZEOF_INT128__
using Field = Field51;
#else
using Field = Field25;
#endif

constexpr std::uint8_t kBasePoint[32] = {9};

}  // namespace

bool x25519(std::span<std::uint8_t, 32> out, std::span<const std::uint8_t, 32> scalar,
            std::span<const std::uint8_t, 32> point) noexcept {
  return MontgomeryLadder<Field>::run(out, scalar, point);
}

// The order of the base point is a prime of which no clamped scalar is a multiple: the result is
// never zero.
void x25519_base(std::span<std::uint8_t, 32> out,
                 std::span<const std::uint8_t, 32> scalar) noexcept {
  MontgomeryLadder<Field>::run(out, scalar, kBasePoint);
}

}  // namespace aemp::crypto
