// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20_poly1305.h"

#include <algorithm>
#include <cstring>

#include "crypto/chacha20.h"
#include "crypto/little_endian.h"
#include "crypto/poly1305.h"
#include "crypto/secret.h"

namespace aemp::crypto {

namespace {

using Bytes = std::span<const std::uint8_t>;
using Tag = std::uint8_t[kAeadTagSize];

// The first blocks of the key stream: block 0 gives the key of Poly1305 (RFC 8439, 2.6), the others
// have been applied to as much of the text as they cover. Nearly all records are so short that this
// is all of it.
class FirstPass {
 public:
  FirstPass(const ChaCha20Kernel& kernel, ChaCha20State& state, Bytes text) noexcept {
    const bool narrow = text.size() <= (kernel.narrow - 1) * kChaCha20BlockSize;
    used_ = (narrow ? kernel.narrow : kernel.wide) * kChaCha20BlockSize;
    text_size_ = std::min(text.size(), used_ - kChaCha20BlockSize);
    std::memset(bytes_, 0, used_);
    if (text_size_ > 0) std::memcpy(bytes_ + kChaCha20BlockSize, text.data(), text_size_);
    (narrow ? kernel.pass_narrow : kernel.pass_wide)(state, bytes_, bytes_);
  }
  FirstPass(const FirstPass&) = delete;
  FirstPass& operator=(const FirstPass&) = delete;
  ~FirstPass() { wipe({bytes_, used_}); }

  std::span<const std::uint8_t, 32> mac_key() const noexcept {
    return std::span(bytes_).first<32>();
  }
  Bytes text() const noexcept { return {bytes_ + kChaCha20BlockSize, text_size_}; }

 private:
  alignas(64) std::uint8_t bytes_[kChaCha20WidestPass * kChaCha20BlockSize];
  std::size_t used_;
  std::size_t text_size_;
};

void add_padded(Poly1305& mac, Bytes bytes) noexcept {
  const std::size_t blocks = bytes.size() / kPoly1305BlockSize;
  mac.add_blocks(bytes.data(), blocks);
  const Bytes rest = bytes.subspan(blocks * kPoly1305BlockSize);
  if (rest.empty()) return;
  std::uint8_t block[kPoly1305BlockSize] = {};
  std::memcpy(block, rest.data(), rest.size());
  mac.add_blocks(block, 1);
}

// RFC 8439, 2.8.
void compute_tag(const FirstPass& first, Bytes ad, Bytes ciphertext, Tag& tag) noexcept {
  Poly1305 mac(first.mac_key());
  add_padded(mac, ad);
  add_padded(mac, ciphertext);
  std::uint8_t sizes[kPoly1305BlockSize];
  store_le64(sizes, ad.size());
  store_le64(sizes + 8, ciphertext.size());
  mac.add_blocks(sizes, 1);
  mac.finish(tag);
}

// The first pass has been made; `out` gets all of the text.
void put_text(const ChaCha20Kernel& kernel, ChaCha20State& state, const FirstPass& first, Bytes in,
              std::uint8_t* out) noexcept {
  const Bytes head = first.text();
  if (!head.empty()) std::memcpy(out, head.data(), head.size());
  chacha20_xor(kernel, state, in.subspan(head.size()), out + head.size());
}

[[gnu::noinline]] void wipe_below() noexcept {
  std::uint8_t below[2048];
  wipe(below);
}

// What the caller's callees have left on the stack: some vectors of a kernel, from which the key
// can be computed.
[[gnu::always_inline]] inline void wipe_stack() noexcept {
  wipe_below();
  asm volatile("");  // or it would be called last, with the stack of the caller already gone
}

}  // namespace

void aead_seal_with(const ChaCha20Kernel& kernel, std::span<const std::uint8_t, 32> key,
                    std::span<const std::uint8_t, 12> nonce, Bytes ad, Bytes plain,
                    std::span<std::uint8_t> out) noexcept {
  {
    ChaCha20State state(key, nonce, 0);
    const FirstPass first(kernel, state, plain);
    put_text(kernel, state, first, plain, out.data());
    Tag tag;
    compute_tag(first, ad, out.first(plain.size()), tag);
    std::memcpy(out.data() + plain.size(), tag, sizeof tag);
    wipe_object(state);
  }
  wipe_stack();
}

bool aead_open_with(const ChaCha20Kernel& kernel, std::span<const std::uint8_t, 32> key,
                    std::span<const std::uint8_t, 12> nonce, Bytes ad, Bytes sealed,
                    std::span<std::uint8_t> out) noexcept {
  if (sealed.size() < kAeadTagSize || sealed.size() - kAeadTagSize != out.size()) return false;
  const Bytes ciphertext = sealed.first(out.size());
  bool good;
  {
    ChaCha20State state(key, nonce, 0);
    const FirstPass first(kernel, state, ciphertext);
    Tag tag;
    compute_tag(first, ad, ciphertext, tag);
    good = equal(tag, sealed.last(kAeadTagSize));
    if (good) put_text(kernel, state, first, ciphertext, out.data());
    wipe(tag);  // the right one for a forgery
    wipe_object(state);
  }
  wipe_stack();
  return good;
}

void aead_seal(std::span<const std::uint8_t, 32> key, std::span<const std::uint8_t, 12> nonce,
               Bytes ad, Bytes plain, std::span<std::uint8_t> out) noexcept {
  aead_seal_with(chacha20_kernel(), key, nonce, ad, plain, out);
}

bool aead_open(std::span<const std::uint8_t, 32> key, std::span<const std::uint8_t, 12> nonce,
               Bytes ad, Bytes sealed, std::span<std::uint8_t> out) noexcept {
  return aead_open_with(chacha20_kernel(), key, nonce, ad, sealed, out);
}

}  // namespace aemp::crypto
