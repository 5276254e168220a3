// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The function X25519 of RFC 7748, section 5, over one or the other implementation of the field.
// Which instructions run and which memory they touch depends on neither the scalar nor the point.
#ifndef AEMP_CRYPTO_MONTGOMERY_LADDER_H
#define AEMP_CRYPTO_MONTGOMERY_LADDER_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/secret.h"

namespace aemp::crypto {

// All bits of what it returns are those of `bit`, 0 or 1. The compiler knows nothing of it, and so
// cannot make a branch of what is done with it.
template <class Word>
Word mask_of(Word bit) noexcept {
  Word mask = 0 - bit;
#ifdef __GNUC__
  asm volatile("" : "+r"(mask));
  return mask;
#else
  const volatile Word copy = mask;
  return copy;
#endif
}

// power = power^(2^squarings) * factor
template <class Field>
void square_and_multiply(Field& power, int squarings, const Field& factor) noexcept {
  for (; squarings > 0; --squarings) square(power, power);
  multiply(power, power, factor);
}

// 1 / z = z^(p - 2), and 0 for 0, by about as few multiplications as in Daniel J. Bernstein,
// "Curve25519: new Diffie-Hellman speed records", PKC 2006, section 5. `out` may be z.
template <class Field>
void invert(Field& out, const Field& z) noexcept {
  struct {
    Field power, z2, z9, z11, ones10, ones50, ones;
  } v;
  // From z^(2^n - 1) to z^(2^(2 n) - 1).
  const auto double_ones = [&v](int n) {
    v.ones = v.power;
    square_and_multiply(v.power, n, v.ones);
  };
  v.power = z;
  square_and_multiply(v.power, 0, z);
  v.z2 = v.power;
  square_and_multiply(v.power, 2, z);
  v.z9 = v.power;
  square_and_multiply(v.power, 0, v.z2);
  v.z11 = v.power;
  square_and_multiply(v.power, 1, v.z9);  // 2 * 11 + 9 = 2^5 - 1
  double_ones(5);
  v.ones10 = v.power;
  double_ones(10);
  double_ones(20);
  square_and_multiply(v.power, 10, v.ones10);
  v.ones50 = v.power;
  double_ones(50);
  double_ones(100);
  square_and_multiply(v.power, 50, v.ones50);
  square_and_multiply(v.power, 5, v.z11);  // 2^255 - 2^5 + 11 = p - 2
  out = v.power;
  wipe_object(v);
}

// Field is Field51 or Field25. What comes of the scalar is kept in one object, which is wiped.
template <class Field>
class MontgomeryLadder {
 public:
  // As x25519().
  static bool run(std::span<std::uint8_t, 32> out, std::span<const std::uint8_t, 32> scalar,
                  std::span<const std::uint8_t, 32> point) noexcept {
    MontgomeryLadder ladder(scalar, point);
    for (std::size_t t = 255; t-- > 0;) ladder.step(t);
    ladder.finish(out);
    return !equal(out, std::array<std::uint8_t, 32>{});
  }

 private:
  using Word = typename Field::Word;

  MontgomeryLadder(std::span<const std::uint8_t, 32> scalar,
                   std::span<const std::uint8_t, 32> point) noexcept
      : k_(scalar) {
    k_.bytes()[0] &= 248;
    k_.bytes()[31] &= 127;
    k_.bytes()[31] |= 64;
    load(v_.x_1, point);
    v_.x_2.limbs[0] = 1;
    v_.x_3 = v_.x_1;
    v_.z_3.limbs[0] = 1;
  }
  MontgomeryLadder(const MontgomeryLadder&) = delete;
  MontgomeryLadder& operator=(const MontgomeryLadder&) = delete;
  ~MontgomeryLadder() { wipe_object(v_); }

  // Of (x_2 : z_2) and (x_3 : z_3) the one that bit t chooses is doubled, and the other becomes the
  // sum of both. Neighbours in this order do not wait for each other's results.
  void step(std::size_t t) noexcept {
    auto& [x_1, x_2, z_2, x_3, z_3, a, b, c, d, da, cb, aa, bb, e, swapped] = v_;
    swap_unless(Word{k_.bytes()[t / 8]} >> t % 8 & 1);
    add(a, x_2, z_2);
    subtract(b, x_2, z_2);
    add(c, x_3, z_3);
    subtract(d, x_3, z_3);
    multiply(da, d, a);
    multiply(cb, c, b);
    square(aa, a);
    square(bb, b);
    add(x_3, da, cb);
    subtract(z_3, da, cb);
    multiply(x_2, aa, bb);
    subtract(e, aa, bb);
    square(x_3, x_3);
    square(z_3, z_3);
    multiply_by_word(z_2, e, kA24);
    add(z_2, aa, z_2);
    multiply(z_3, x_1, z_3);
    multiply(z_2, e, z_2);
  }

  // Bit 0 of the scalar is 0: the points are in order.
  void finish(std::span<std::uint8_t, 32> out) noexcept {
    invert(v_.z_2, v_.z_2);
    multiply(v_.x_2, v_.x_2, v_.z_2);
    store(out, v_.x_2);
  }

  // Exchanges the points if they are not in the order that `bit` asks for.
  void swap_unless(Word bit) noexcept {
    const Word mask = mask_of<Word>(v_.swapped ^ bit);
    swap_if(mask, v_.x_2, v_.x_3);
    swap_if(mask, v_.z_2, v_.z_3);
    v_.swapped = bit;
  }

  static constexpr std::uint32_t kA24 = 121665;

  struct Variables {
    Field x_1, x_2, z_2, x_3, z_3;
    Field a, b, c, d, da, cb, aa, bb, e;
    Word swapped;
  };

  Secret<32> k_;
  Variables v_ = {};
};

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_MONTGOMERY_LADDER_H
