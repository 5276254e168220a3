// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

// FIPS 180-4, section 4.2.2.
constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using Word = std::uint32_t;

// FIPS 180-4, section 4.1.2; Ch and Maj with fewer operations than there.
inline Word ch(Word x, Word y, Word z) { return z ^ (x & (y ^ z)); }
inline Word maj(Word x, Word y, Word z) { return y ^ ((x ^ y) & (y ^ z)); }
inline Word big_sigma0(Word x) { return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22); }
inline Word big_sigma1(Word x) { return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25); }
inline Word small_sigma0(Word x) { return std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3); }
inline Word small_sigma1(Word x) { return std::rotr(x, 17) ^ std::rotr(x, 19) ^ (x >> 10); }

inline void round(Word a, Word b, Word c, Word& d, Word e, Word f, Word g, Word& h, Word k_plus_w) {
  const Word t1 = h + big_sigma1(e) + ch(e, f, g) + k_plus_w;
  d += t1;
  h = t1 + big_sigma0(a) + maj(a, b, c);
}

// Rounds t to t + 7. Instead of moving the variables down by one, each round takes them in the next
// roles. schedule(t) is W_t; it is called in the order of t.
template <class Schedule>
inline void eight_rounds(std::array<Word, 8>& variables, std::size_t t, Schedule schedule) {
  auto [a, b, c, d, e, f, g, h] = variables;
  round(a, b, c, d, e, f, g, h, kRound[t] + schedule(t));
  round(h, a, b, c, d, e, f, g, kRound[t + 1] + schedule(t + 1));
  round(g, h, a, b, c, d, e, f, kRound[t + 2] + schedule(t + 2));
  round(f, g, h, a, b, c, d, e, kRound[t + 3] + schedule(t + 3));
  round(e, f, g, h, a, b, c, d, kRound[t + 4] + schedule(t + 4));
  round(d, e, f, g, h, a, b, c, kRound[t + 5] + schedule(t + 5));
  round(c, d, e, f, g, h, a, b, kRound[t + 6] + schedule(t + 6));
  round(b, c, d, e, f, g, h, a, kRound[t + 7] + schedule(t + 7));
  variables = {a, b, c, d, e, f, g, h};
}

}  // namespace

// FIPS 180-4, section 6.2.2.
void Sha256::compress(State& state, const std::uint8_t* blocks, std::size_t count) noexcept {
  Word w[64];
  State variables;
  for (; count > 0; --count, blocks += kBlock) {
    const auto load = [&](std::size_t t) { return w[t] = load_be32(blocks + 4 * t); };
    const auto extend = [&](std::size_t t) {
      return w[t] = small_sigma1(w[t - 2]) + w[t - 7] + small_sigma0(w[t - 15]) + w[t - 16];
    };
    variables = state;
    for (std::size_t t = 0; t < 16; t += 8) eight_rounds(variables, t, load);
    for (std::size_t t = 16; t < 64; t += 8) eight_rounds(variables, t, extend);
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += variables[i];
  }
  wipe_object(w);
  wipe_object(variables);
}

Sha256::~Sha256() { wipe_all(); }

void Sha256::update(std::span<const std::uint8_t> in) noexcept {
  const auto begun = static_cast<std::size_t>(size_ % kBlock);
  size_ += in.size();
  if (begun > 0) {
    const std::size_t n = std::min(in.size(), kBlock - begun);
    std::copy_n(in.begin(), n, block_.begin() + begun);
    if (begun + n < kBlock) return;
    compress(state_, block_.data(), 1);
    in = in.subspan(n);
  }
  const std::size_t whole = in.size() / kBlock;
  if (whole > 0) compress(state_, in.data(), whole);
  const auto rest = in.subspan(whole * kBlock);
  std::copy(rest.begin(), rest.end(), block_.begin());
}

// FIPS 180-4, section 5.1.1: a bit 1, bits 0 up to the end of a block, the last 8 bytes of which
// hold the number of bits.
void Sha256::pad() noexcept {
  constexpr std::size_t kLength = 8;
  auto end = static_cast<std::size_t>(size_ % kBlock);
  block_[end++] = 0x80;
  if (end > kBlock - kLength) {
    std::fill(block_.begin() + end, block_.end(), std::uint8_t{0});
    compress(state_, block_.data(), 1);
    end = 0;
  }
  std::fill(block_.begin() + end, block_.end() - kLength, std::uint8_t{0});
  store_be64(block_.data() + kBlock - kLength, size_ * 8);
  compress(state_, block_.data(), 1);
}

void Sha256::finish(std::span<std::uint8_t, kDigest> out) noexcept {
  pad();
  for (std::size_t i = 0; i < state_.size(); ++i) store_be32(out.data() + 4 * i, state_[i]);
  wipe_all();
  state_ = kInitial;
}

void Sha256::wipe_all() noexcept {
  wipe_object(state_);
  wipe(block_);
  wipe_object(size_);
}

void sha256(std::span<const std::uint8_t> in, std::span<std::uint8_t, 32> out) noexcept {
  Sha256 hash;
  hash.update(in);
  hash.finish(out);
}

}  // namespace aemp::crypto
