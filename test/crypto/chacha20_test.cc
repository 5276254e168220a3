// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/chacha20.h"

#include <gtest/gtest.h>

#include "crypto/bytes.h"
#include "crypto/rfc8439_texts.h"
#include "support/hex.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::fixed;
using test::hex;
using test::kIetfContribution;
using test::kJabberwocky;
using test::kSunscreen;
using test::pattern;
using test::unhex;

struct Vector {
  const char* section;  // of RFC 8439
  const char* key;
  const char* nonce;
  std::uint32_t counter;
  Bytes in;
  const char* out;
};

const Vector kVectors[] = {
    {"2.3.2", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "000000090000004a00000000", 1, Bytes(64),
     "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
     "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"},
    {"A.1 #1", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", 0, Bytes(64),
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
    {"A.1 #2", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", 1, Bytes(64),
     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
    {"A.1 #3", "0000000000000000000000000000000000000000000000000000000000000001",
     "000000000000000000000000", 1, Bytes(64),
     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
    {"A.1 #4", "00ff000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", 2, Bytes(64),
     "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
     "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"},
    {"A.1 #5", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000002", 0, Bytes(64),
     "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
     "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"},
    {"2.6.2", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "000000000001020304050607", 0, Bytes(32),
     "8ad5a08b905f81cc815040274ab29471a833b637e3fd0da508dbb8e2fdd1a646"},
    {"A.4 #1", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", 0, Bytes(32),
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"},
    {"A.4 #2", "0000000000000000000000000000000000000000000000000000000000000001",
     "000000000000000000000002", 0, Bytes(32),
     "ecfa254f845f647473d3cb140da9e87606cb33066c447b87bc2666dde3fbb739"},
    {"A.4 #3", "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
     "000000000000000000000002", 0, Bytes(32),
     "965e3bc6f9ec7ed9560808f4d229f94b137ff275ca9b3fcbdd59deaad23310ae"},
    {"2.4.2", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "000000000000004a00000000", 1, bytes_of(kSunscreen),
     "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
     "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
     "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
     "5af90bbf74a35be6b40b8eedf2785e42874d"},
    {"A.2 #1", "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", 0, Bytes(64),
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
    {"A.2 #2", "0000000000000000000000000000000000000000000000000000000000000001",
     "000000000000000000000002", 1, bytes_of(kIetfContribution),
     "a3fbf07df3fa2fde4f376ca23e82737041605d9f4f4f57bd8cff2c1d4b7955ec"
     "2a97948bd3722915c8f3d337f7d370050e9e96d647b7c39f56e031ca5eb6250d"
     "4042e02785ececfa4b4bb5e8ead0440e20b6e8db09d881a7c6132f420e527950"
     "42bdfa7773d8a9051447b3291ce1411c680465552aa6c405b7764d5e87bea85a"
     "d00f8449ed8f72d0d662ab052691ca66424bc86d2df80ea41f43abf937d3259d"
     "c4b2d0dfb48a6c9139ddd7f76966e928e635553ba76c5c879d7b35d49eb2e62b"
     "0871cdac638939e25e8a1e0ef9d5280fa8ca328b351c3c765989cbcf3daa8b6c"
     "cc3aaf9f3979c92b3720fc88dc95ed84a1be059c6499b9fda236e7e818b04b0b"
     "c39c1e876b193bfe5569753f88128cc08aaa9b63d1a16f80ef2554d7189c411f"
     "5869ca52c5b83fa36ff216b9c1d30062bebcfd2dc5bce0911934fda79a86f6e6"
     "98ced759c3ff9b6477338f3da4f9cd8514ea9982ccafb341b2384dd902f3d1ab"
     "7ac61dd29c6f21ba5b862f3730e37cfdc4fd806c22f221"},
    {"A.2 #3", "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
     "000000000000000000000002", 42, bytes_of(kJabberwocky),
     "62e6347f95ed87a45ffae7426f27a1df5fb69110044c0d73118effa95b01e5cf"
     "166d3df2d721caf9b21e5fb14c616871fd84c54f9d65b283196c7fe4f60553eb"
     "f39c6402c42234e32a356b3e764312a61a5532055716ead6962568f87d3f3f77"
     "04c6a8d1bcd1bf4d50d6154b6da731b187b58dfd728afa36757a797ac188d1"},
};

std::vector<const ChaCha20Kernel*> supported_kernels() {
  std::vector<const ChaCha20Kernel*> out;
  for (const ChaCha20Kernel* kernel : chacha20_kernels()) {
    if (kernel->supported()) out.push_back(kernel);
  }
  return out;
}

ChaCha20State state_of(const Bytes& key, const Bytes& nonce, std::uint32_t counter) {
  return {fixed<32>(key), fixed<12>(nonce), counter};
}

// From a place that is `from` bytes off a multiple of 64 to one that is `to` bytes off.
Bytes encrypt(const ChaCha20Kernel& kernel, ChaCha20State state, const Bytes& in, std::size_t from,
              std::size_t to) {
  alignas(64) static std::uint8_t in_room[17000], out_room[17000];
  std::copy(in.begin(), in.end(), in_room + from);
  std::fill(std::begin(out_room), std::end(out_room), std::uint8_t{0xee});
  chacha20_xor(kernel, state, {in_room + from, in.size()}, out_room + to);
  for (std::size_t i = 0; i < sizeof out_room; ++i) {
    if (i - to >= in.size() && out_room[i] != 0xee) ADD_FAILURE() << "wrote at " << i;
  }
  return Bytes(out_room + to, out_room + to + in.size());
}

TEST(ChaCha20, MatchesRfc8439) {
  for (const ChaCha20Kernel* kernel : supported_kernels()) {
    for (const Vector& v : kVectors) {
      const ChaCha20State state = state_of(unhex(v.key), unhex(v.nonce), v.counter);
      const Bytes out = encrypt(*kernel, state, v.in, 0, 0);
      EXPECT_EQ(hex(out.data(), out.size()), v.out) << kernel->name << ' ' << v.section;
    }
  }
}

TEST(ChaCha20, EveryBuildHasThePortableKernelFirst) {
  ASSERT_FALSE(chacha20_kernels().empty());
  EXPECT_STREQ(chacha20_kernels()[0]->name, "portable");
  EXPECT_TRUE(chacha20_kernels()[0]->supported());
  EXPECT_EQ(&chacha20_kernel(), supported_kernels().back());
}

TEST(ChaCha20, KernelsAgreeOnEverySize) {
  const ChaCha20State state = state_of(pattern(32, 1), pattern(12, 2), 7);
  const Bytes in = pattern(16500, 3);
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size <= 1100; ++size) sizes.push_back(size);
  for (std::size_t size = 4096 - 70; size <= 4096 + 70; ++size) sizes.push_back(size);
  for (std::size_t size = 16384 - 70; size <= 16384 + 70; ++size) sizes.push_back(size);
  const Bytes expected = encrypt(*chacha20_kernels()[0], state, in, 0, 0);
  for (const ChaCha20Kernel* kernel : supported_kernels()) {
    for (const std::size_t size : sizes) {
      const Bytes part(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(size));
      const Bytes out = encrypt(*kernel, state, part, 0, 0);
      ASSERT_TRUE(std::equal(out.begin(), out.end(), expected.begin()))
          << kernel->name << ' ' << size;
    }
  }
}

TEST(ChaCha20, TakesEveryAlignment) {
  const ChaCha20State state = state_of(pattern(32, 4), pattern(12, 5), 0);
  const Bytes in = pattern(1100, 6);
  const Bytes expected = encrypt(*chacha20_kernels()[0], state, in, 0, 0);
  for (const ChaCha20Kernel* kernel : supported_kernels()) {
    for (std::size_t from = 0; from < 64; ++from) {
      for (std::size_t to = 0; to < 64; ++to) {
        ASSERT_EQ(encrypt(*kernel, state, in, from, to), expected)
            << kernel->name << ' ' << from << ' ' << to;
      }
    }
  }
}

TEST(ChaCha20, WorksInPlaceAndGoesOnWhereItStopped) {
  const Bytes in = pattern(3072, 7);
  ChaCha20State state = state_of(pattern(32, 8), pattern(12, 9), 0xfffffff0 - 48);
  const Bytes expected = encrypt(*chacha20_kernels()[0], state, in, 0, 0);
  for (const ChaCha20Kernel* kernel : supported_kernels()) {
    ChaCha20State running = state;
    Bytes bytes = in;
    chacha20_xor(*kernel, running, std::span(bytes).first(1024), bytes.data());
    chacha20_xor(*kernel, running, std::span(bytes).subspan(1024), bytes.data() + 1024);
    EXPECT_EQ(bytes, expected) << kernel->name;
    EXPECT_EQ(running.words[12], 0xfffffff0u) << kernel->name;
  }
}

}  // namespace
}  // namespace aemp::crypto
