// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20_poly1305.h"

#include <gtest/gtest.h>

#include "crypto/bytes.h"
#include "crypto/chacha20.h"
#include "crypto/rfc8439_texts.h"
#include "support/hex.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::fixed;
using test::hex;
using test::kInternetDrafts;
using test::kSunscreen;
using test::pattern;
using test::unhex;

struct Vector {
  const char* section;  // of RFC 8439
  const char* key;
  const char* nonce;
  const char* ad;
  std::string_view plain;
  const char* sealed;
};

const Vector kVectors[] = {
    {"2.8.2", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7", kSunscreen,
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
     "0691"},
    {"A.5", "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
     "000000000102030405060708", "f33388860000000000004e91", kInternetDrafts,
     "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
     "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
     "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
     "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
     "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
     "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
     "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
     "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
     "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38"},
};

// One kernel with one key, nonce and additional data.
struct Cipher {
  const ChaCha20Kernel* kernel;
  Bytes key = pattern(32, 1);
  Bytes nonce = pattern(12, 2);
  Bytes ad = pattern(20, 3);

  void seal(std::span<const std::uint8_t> plain, std::span<std::uint8_t> out) const {
    aead_seal_with(*kernel, fixed<32>(key), fixed<12>(nonce), ad, plain, out);
  }
  bool open(std::span<const std::uint8_t> sealed, std::span<std::uint8_t> out) const {
    return aead_open_with(*kernel, fixed<32>(key), fixed<12>(nonce), ad, sealed, out);
  }
  Bytes sealed(const Bytes& plain) const {
    Bytes out(plain.size() + kAeadTagSize);
    seal(plain, out);
    return out;
  }
};

std::vector<Cipher> ciphers() {
  std::vector<Cipher> out;
  for (const ChaCha20Kernel* kernel : chacha20_kernels()) {
    if (kernel->supported()) out.push_back({kernel});
  }
  return out;
}

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> out;
  for (std::size_t size = 0; size <= 1100; ++size) out.push_back(size);
  for (std::size_t size = 4096 - 20; size <= 4096 + 20; ++size) out.push_back(size);
  for (std::size_t size = 16384 - 20; size <= 16384 + 20; ++size) out.push_back(size);
  return out;
}

TEST(ChaCha20Poly1305, MatchesRfc8439) {
  for (Cipher cipher : ciphers()) {
    for (const Vector& v : kVectors) {
      SCOPED_TRACE(std::string(cipher.kernel->name) + ' ' + v.section);
      cipher.key = unhex(v.key);
      cipher.nonce = unhex(v.nonce);
      cipher.ad = unhex(v.ad);
      const Bytes plain = bytes_of(v.plain), sealed = cipher.sealed(plain);
      EXPECT_EQ(hex(sealed.data(), sealed.size()), v.sealed);
      Bytes opened(plain.size());
      EXPECT_TRUE(cipher.open(sealed, opened));
      EXPECT_EQ(opened, plain);
    }
  }
}

TEST(ChaCha20Poly1305, ChoosesAKernelByItself) {
  const Vector& v = kVectors[0];
  const Bytes key = unhex(v.key), nonce = unhex(v.nonce), ad = unhex(v.ad);
  const Bytes plain = bytes_of(v.plain);
  Bytes sealed(plain.size() + kAeadTagSize), opened(plain.size());
  aead_seal(fixed<32>(key), fixed<12>(nonce), ad, plain, sealed);
  EXPECT_EQ(hex(sealed.data(), sealed.size()), v.sealed);
  EXPECT_TRUE(aead_open(fixed<32>(key), fixed<12>(nonce), ad, sealed, opened));
  EXPECT_EQ(opened, plain);
}

TEST(ChaCha20Poly1305, KernelsAgreeOnEverySizeAndOpenWhatTheySealed) {
  const Bytes source = pattern(16500, 4);
  const std::vector<Cipher> all = ciphers();
  for (const std::size_t size : sizes()) {
    const Bytes plain(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(size));
    const Bytes expected = all[0].sealed(plain);
    for (const Cipher& cipher : all) {
      ASSERT_EQ(cipher.sealed(plain), expected) << cipher.kernel->name << ' ' << size;
      Bytes opened(size, 0xee);
      ASSERT_TRUE(cipher.open(expected, opened)) << cipher.kernel->name << ' ' << size;
      ASSERT_EQ(opened, plain) << cipher.kernel->name << ' ' << size;
    }
  }
}

TEST(ChaCha20Poly1305, SealsAndOpensInPlace) {
  for (const Cipher& cipher : ciphers()) {
    for (const std::size_t size : sizes()) {
      const Bytes plain = pattern(size, 5), expected = cipher.sealed(plain);
      Bytes bytes = plain;
      bytes.resize(size + kAeadTagSize, 0xee);
      cipher.seal(std::span(bytes).first(size), bytes);
      ASSERT_EQ(bytes, expected) << cipher.kernel->name << ' ' << size;
      ASSERT_TRUE(cipher.open(bytes, std::span(bytes).first(size)));
      bytes.resize(size);
      ASSERT_EQ(bytes, plain) << cipher.kernel->name << ' ' << size;
    }
  }
}

TEST(ChaCha20Poly1305, TakesAdditionalDataOfEverySize) {
  std::vector<Cipher> all = ciphers();
  const Bytes plain = pattern(40, 6);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (Cipher& cipher : all) cipher.ad = pattern(size, 7);
    const Bytes expected = all[0].sealed(plain);
    for (const Cipher& cipher : all) {
      Bytes opened(plain.size());
      ASSERT_EQ(cipher.sealed(plain), expected) << cipher.kernel->name << ' ' << size;
      ASSERT_TRUE(cipher.open(expected, opened)) << cipher.kernel->name << ' ' << size;
    }
  }
}

// Also that nothing is written beyond what was asked for.
TEST(ChaCha20Poly1305, TakesEveryAlignment) {
  alignas(64) std::uint8_t from_room[600], to_room[600];
  for (const Cipher& cipher : ciphers()) {
    for (const std::size_t size : {std::size_t{64}, std::size_t{301}}) {
      const Bytes plain = pattern(size, 8), expected = cipher.sealed(plain);
      for (std::size_t i = 0; i < 64 * 64; ++i) {
        const std::size_t from = i / 64, to = i % 64;
        std::copy(plain.begin(), plain.end(), from_room + from);
        std::fill(std::begin(to_room), std::end(to_room), std::uint8_t{0xee});
        cipher.seal({from_room + from, size}, {to_room + to, size + kAeadTagSize});
        ASSERT_TRUE(std::equal(expected.begin(), expected.end(), to_room + to));
        ASSERT_TRUE(std::all_of(to_room, to_room + to, [](auto byte) { return byte == 0xee; }));
        ASSERT_EQ(to_room[to + expected.size()], 0xee);
        from_room[from + size] = 0xee;
        ASSERT_TRUE(cipher.open({to_room + to, expected.size()}, {from_room + from, size}));
        ASSERT_TRUE(std::equal(plain.begin(), plain.end(), from_room + from));
        ASSERT_EQ(from_room[from + size], 0xee);
      }
    }
  }
}

// Every bit of ciphertext, tag, additional data, key and nonce counts, and nothing comes out when
// one is wrong: neither beside the ciphertext nor in its place.
TEST(ChaCha20Poly1305, AnyChangedBitIsNoticedAndReleasesNothing) {
  for (Cipher cipher : ciphers()) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{300}}) {
      Bytes sealed = cipher.sealed(pattern(size, 9));
      for (Bytes* part : {&sealed, &cipher.ad, &cipher.key, &cipher.nonce}) {
        for (std::size_t bit = 0; bit < part->size() * 8; ++bit) {
          std::uint8_t& byte = (*part)[bit / 8];
          const auto changed = static_cast<std::uint8_t>(1 << bit % 8);
          byte ^= changed;
          Bytes out(size, 0xee), in_place = sealed;
          ASSERT_FALSE(cipher.open(sealed, out)) << cipher.kernel->name << ' ' << bit;
          ASSERT_EQ(out, Bytes(size, 0xee));
          ASSERT_FALSE(cipher.open(in_place, std::span(in_place).first(size)));
          ASSERT_EQ(in_place, sealed);
          byte ^= changed;
        }
      }
      Bytes out(size);
      ASSERT_TRUE(cipher.open(sealed, out));
    }
  }
}

TEST(ChaCha20Poly1305, RefusesSizesThatDoNotFit) {
  for (const Cipher& cipher : ciphers()) {
    const Bytes sealed = cipher.sealed(pattern(40, 10));
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      Bytes out(size < kAeadTagSize ? 0 : size - kAeadTagSize, 0xee);
      EXPECT_FALSE(cipher.open(std::span(sealed).first(size), out));
      EXPECT_EQ(out, Bytes(out.size(), 0xee));
    }
    Bytes shorter(39, 0xee), longer(41, 0xee);
    EXPECT_FALSE(cipher.open(sealed, shorter));
    EXPECT_FALSE(cipher.open(sealed, longer));
    EXPECT_EQ(shorter, Bytes(39, 0xee));
    EXPECT_EQ(longer, Bytes(41, 0xee));
  }
}

}  // namespace
}  // namespace aemp::crypto
