// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// ChaCha20 on vectors of one, two or four blocks: the state is a matrix of 4 x 4 words (RFC 8439,
// 2.3), and a vector holds the same row of so many blocks, its lanes. A round is one quarter round
// of the rows; the diagonals become columns when three rows are turned by 1, 2 and 3 words.
//
// Included by one file for each instruction set, which first defines
//   AEMP_LANES   1, 2 or 4
//   AEMP_TARGET  the attribute that each function on such vectors needs. It cannot depend on a
//                parameter of a template, and a function without it would have its vectors cut up
//                before it becomes part of one that has it.
#ifndef AEMP_CRYPTO_CHACHA20_ROWS_H
#define AEMP_CRYPTO_CHACHA20_ROWS_H

#include <cstring>

#include "crypto/chacha20_kernels.h"

#define AEMP_INLINE AEMP_TARGET __attribute__((always_inline)) inline

// These words of each lane.
#if AEMP_LANES == 1
#define AEMP_IN_LANES(x, y, z, w) x, y, z, w
#elif AEMP_LANES == 2
#define AEMP_IN_LANES(x, y, z, w) x, y, z, w, 4 + x, 4 + y, 4 + z, 4 + w
#else
#define AEMP_IN_LANES(x, y, z, w) \
  x, y, z, w, 4 + x, 4 + y, 4 + z, 4 + w, 8 + x, 8 + y, 8 + z, 8 + w, 12 + x, 12 + y, 12 + z, 12 + w
#endif

namespace aemp::crypto {

namespace {

using Row = std::uint32_t __attribute__((vector_size(16 * AEMP_LANES)));

// AEMP_LANES blocks.
struct Rows {
  Row a, b, c, d;
};

template <int kBits>
AEMP_INLINE void rotate(Row& x) noexcept {
  x = x << kBits | x >> (32 - kBits);
}

// Whole bytes are moved by one instruction, or two with SSE2 alone.
#if AEMP_LANES == 1
using Halves = std::uint16_t __attribute__((vector_size(16)));

template <>
AEMP_INLINE void rotate<16>(Row& x) noexcept {
  const Halves h = reinterpret_cast<Halves>(x);
  x = reinterpret_cast<Row>(__builtin_shufflevector(h, h, 1, 0, 3, 2, 5, 4, 7, 6));
}
#elif AEMP_LANES == 2
using Bytes = std::uint8_t __attribute__((vector_size(32)));

template <>
AEMP_INLINE void rotate<16>(Row& x) noexcept {
  const Bytes b = reinterpret_cast<Bytes>(x);
  x = reinterpret_cast<Row>(
      __builtin_shufflevector(b, b, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,  //
                              18, 19, 16, 17, 22, 23, 20, 21, 26, 27, 24, 25, 30, 31, 28, 29));
}

template <>
AEMP_INLINE void rotate<8>(Row& x) noexcept {
  const Bytes b = reinterpret_cast<Bytes>(x);
  x = reinterpret_cast<Row>(
      __builtin_shufflevector(b, b, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,  //
                              19, 16, 17, 18, 23, 20, 21, 22, 27, 24, 25, 26, 31, 28, 29, 30));
}
#endif

// RFC 8439, 2.1.
AEMP_INLINE void quarter_round(Rows& x) noexcept {
  x.a += x.b, x.d ^= x.a, rotate<16>(x.d);
  x.c += x.d, x.b ^= x.c, rotate<12>(x.b);
  x.a += x.b, x.d ^= x.a, rotate<8>(x.d);
  x.c += x.d, x.b ^= x.c, rotate<7>(x.b);
}

AEMP_INLINE void double_round(Rows& x) noexcept {
  quarter_round(x);
  x.b = __builtin_shufflevector(x.b, x.b, AEMP_IN_LANES(1, 2, 3, 0));
  x.c = __builtin_shufflevector(x.c, x.c, AEMP_IN_LANES(2, 3, 0, 1));
  x.d = __builtin_shufflevector(x.d, x.d, AEMP_IN_LANES(3, 0, 1, 2));
  quarter_round(x);
  x.b = __builtin_shufflevector(x.b, x.b, AEMP_IN_LANES(3, 0, 1, 2));
  x.c = __builtin_shufflevector(x.c, x.c, AEMP_IN_LANES(2, 3, 0, 1));
  x.d = __builtin_shufflevector(x.d, x.d, AEMP_IN_LANES(1, 2, 3, 0));
}

// Four words in every lane.
AEMP_INLINE void load(Row& row, const std::uint32_t* words) noexcept {
  using Lane = std::uint32_t __attribute__((vector_size(16)));
  Lane w;
  std::memcpy(&w, words, sizeof w);
#if AEMP_LANES == 1
  row = w;
#elif AEMP_LANES == 2
  row = __builtin_shufflevector(w, w, 0, 1, 2, 3, 0, 1, 2, 3);
#else
  row = __builtin_shufflevector(w, w, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
#endif
}

// By how much the counters of the lanes differ, and what takes all of them past the lanes.
#if AEMP_LANES == 1
constexpr Row kCounters = {}, kStep = {1};
#elif AEMP_LANES == 2
constexpr Row kCounters = {0, 0, 0, 0, 1}, kStep = {2, 0, 0, 0, 2};
#else
constexpr Row kCounters = {0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
constexpr Row kStep = {4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4};
#endif

// The first blocks of a state.
AEMP_INLINE void load(Rows& x, const ChaCha20State& state) noexcept {
  load(x.a, state.words);
  load(x.b, state.words + 4);
  load(x.c, state.words + 8);
  load(x.d, state.words + 12);
  x.d += kCounters;
}

template <class Vector>
AEMP_INLINE void xor_vector(const Vector& key, const std::uint8_t* in, std::uint8_t* out) noexcept {
  Vector v;
  std::memcpy(&v, in, sizeof v);
  v ^= key;
  std::memcpy(out, &v, sizeof v);
}

// From row by row to block by block.
AEMP_INLINE void xor_blocks(const Rows& x, const std::uint8_t* in, std::uint8_t* out) noexcept {
#if AEMP_LANES == 1
  const Row &r0 = x.a, &r1 = x.b, &r2 = x.c, &r3 = x.d;
#else
  // Two of these are a lane.
  using Pairs = std::uint64_t __attribute__((vector_size(sizeof(Row))));
  const Pairs a = reinterpret_cast<Pairs>(x.a), b = reinterpret_cast<Pairs>(x.b);
  const Pairs c = reinterpret_cast<Pairs>(x.c), d = reinterpret_cast<Pairs>(x.d);
#if AEMP_LANES == 2
  const Pairs r0 = __builtin_shufflevector(a, b, 0, 1, 4, 5);
  const Pairs r1 = __builtin_shufflevector(c, d, 0, 1, 4, 5);
  const Pairs r2 = __builtin_shufflevector(a, b, 2, 3, 6, 7);
  const Pairs r3 = __builtin_shufflevector(c, d, 2, 3, 6, 7);
#else
  const Pairs ab01 = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
  const Pairs cd01 = __builtin_shufflevector(c, d, 0, 1, 2, 3, 8, 9, 10, 11);
  const Pairs ab23 = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  const Pairs cd23 = __builtin_shufflevector(c, d, 4, 5, 6, 7, 12, 13, 14, 15);
  const Pairs r0 = __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5, 8, 9, 12, 13);
  const Pairs r1 = __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7, 10, 11, 14, 15);
  const Pairs r2 = __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5, 8, 9, 12, 13);
  const Pairs r3 = __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7, 10, 11, 14, 15);
#endif
#endif
  xor_vector(r0, in, out);
  xor_vector(r1, in + sizeof r1, out + sizeof r1);
  xor_vector(r2, in + 2 * sizeof r2, out + 2 * sizeof r2);
  xor_vector(r3, in + 3 * sizeof r3, out + 3 * sizeof r3);
}

AEMP_INLINE void finish(Rows& x, const Rows& start, const std::uint8_t* in,
                        std::uint8_t* out) noexcept {
  x.a += start.a, x.b += start.b, x.c += start.c, x.d += start.d;
  xor_blocks(x, in, out);
}

// 1, 2 or 4 sets: kSets * AEMP_LANES blocks. The sets do not wait for each other, which the
// processor makes use of.
template <int kSets>
AEMP_INLINE void pass(ChaCha20State& state, const std::uint8_t* in, std::uint8_t* out) noexcept {
  constexpr std::size_t kSize = AEMP_LANES * kChaCha20BlockSize;
  Rows start;
  load(start, state);
  Rows x0 = start, x1 = start, x2 = start, x3 = start;
  x1.d += kStep, x2.d += kStep + kStep, x3.d += kStep + kStep + kStep;
  for (int i = 0; i < 10; ++i) {
    double_round(x0);
    if constexpr (kSets > 1) double_round(x1);
    if constexpr (kSets > 2) double_round(x2), double_round(x3);
  }
  finish(x0, start, in, out);
  if constexpr (kSets > 1) {
    start.d += kStep;
    finish(x1, start, in + kSize, out + kSize);
  }
  if constexpr (kSets > 2) {
    start.d += kStep;
    finish(x2, start, in + 2 * kSize, out + 2 * kSize);
    start.d += kStep;
    finish(x3, start, in + 3 * kSize, out + 3 * kSize);
  }
  state.words[12] += kSets * AEMP_LANES;
}

}  // namespace

}  // namespace aemp::crypto

#endif  // AEMP_CRYPTO_CHACHA20_ROWS_H
