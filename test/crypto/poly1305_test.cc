// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/poly1305.h"

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
using test::pattern;
using test::unhex;

struct Vector {
  const char* section;  // of RFC 8439
  const char* key;
  Bytes message;
  const char* tag;
};

// A.3 #5 to #11: carries, and what is not below 2^130 - 5 before the end.
const Vector kVectors[] = {
    {"2.5.2", "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
     bytes_of("Cryptographic Forum Research Group"), "a8061dc1305136c6c22b8baf0c0127a9"},
    {"A.3 #1", "0000000000000000000000000000000000000000000000000000000000000000", Bytes(64),
     "00000000000000000000000000000000"},
    {"A.3 #2", "0000000000000000000000000000000036e5f6b5c5e06070f0efca96227a863e",
     bytes_of(kIetfContribution), "36e5f6b5c5e06070f0efca96227a863e"},
    {"A.3 #3", "36e5f6b5c5e06070f0efca96227a863e00000000000000000000000000000000",
     bytes_of(kIetfContribution), "f3477e7cd95417af89a6b8794c310cf0"},
    {"A.3 #4", "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0",
     bytes_of(kJabberwocky), "4541669a7eaaee61e708dc7cbcc5eb62"},
    {"A.3 #5", "0200000000000000000000000000000000000000000000000000000000000000",
     unhex("ffffffffffffffffffffffffffffffff"), "03000000000000000000000000000000"},
    {"A.3 #6", "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
     unhex("02000000000000000000000000000000"), "03000000000000000000000000000000"},
    {"A.3 #7", "0100000000000000000000000000000000000000000000000000000000000000",
     unhex("fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
           "11000000000000000000000000000000"),
     "05000000000000000000000000000000"},
    {"A.3 #8", "0100000000000000000000000000000000000000000000000000000000000000",
     unhex("fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe"
           "01010101010101010101010101010101"),
     "00000000000000000000000000000000"},
    {"A.3 #9", "0200000000000000000000000000000000000000000000000000000000000000",
     unhex("fdffffffffffffffffffffffffffffff"), "faffffffffffffffffffffffffffffff"},
    {"A.3 #10", "0100000000000000040000000000000000000000000000000000000000000000",
     unhex("e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
           "0000000000000000000000000000000001000000000000000000000000000000"),
     "14000000000000005500000000000000"},
    {"A.3 #11", "0100000000000000040000000000000000000000000000000000000000000000",
     unhex("e33594d7505e43b900000000000000003394d7505e4379cd0100000000000000"
           "00000000000000000000000000000000"),
     "13000000000000000000000000000000"},
};

// Nothing but ones, in r as far as the clamping leaves them: the largest limbs there can be.
const struct {
  std::size_t size;
  const char* tag;
} kAllOnes[] = {
    {16, "fbffff17faffff17faffff17faffff17"},   {17, "7cfe7ff768f81f2763f8bf565df85f86"},
    {64, "900fe32bc15fa8d7bca8efe4c7e37eb1"},   {192, "1c39cfbf97561e82e7692e1ebad9e5ad"},
    {208, "3de84b52575a58bcd384ae105ef44185"},  {1024, "25d4926a53bb480da228ec61e0a31a38"},
    {1039, "dc336d506a592df80aa7cecf030ced10"}, {16384, "f1197116b8a9c20738b48e6ba2e6f2fe"},
};

template <class Mac>
std::string tag_of(const Bytes& key, const Bytes& message) {
  std::uint8_t tag[16];
  poly1305<Mac>(fixed<32>(key), message, tag);
  return hex(tag, sizeof tag);
}

template <class Mac>
class Poly1305Test : public testing::Test {};

#ifdef __SIZEOF_INT128__
using Macs = testing::Types<Poly1305Limbs26, Poly1305Limbs44>;
#else
using Macs = testing::Types<Poly1305Limbs26>;
#endif
TYPED_TEST_SUITE(Poly1305Test, Macs);

TYPED_TEST(Poly1305Test, MatchesRfc8439) {
  for (const Vector& v : kVectors) {
    EXPECT_EQ(tag_of<TypeParam>(unhex(v.key), v.message), v.tag) << v.section;
  }
}

TYPED_TEST(Poly1305Test, HasRoomForAllOnes) {
  for (const auto& v : kAllOnes) {
    EXPECT_EQ(tag_of<TypeParam>(Bytes(32, 0xff), Bytes(v.size, 0xff)), v.tag) << v.size;
  }
}

// Both count alike, so that a message in pieces and one as a whole do too.
TYPED_TEST(Poly1305Test, AgreesWithOneBlockAtATime) {
  const Bytes key = pattern(32, 1), message = pattern(1104, 2);
  Bytes seen;
  for (std::size_t size = 0; size <= 1100; ++size, seen.push_back(message[seen.size()])) {
    Poly1305Limbs26 mac(fixed<32>(key));
    std::size_t at = 0;
    for (; at + 16 <= size; at += 16) mac.add_blocks(message.data() + at, 1);
    if (at < size) {
      std::uint8_t last[16] = {};
      std::copy(seen.begin() + static_cast<std::ptrdiff_t>(at), seen.end(), last);
      last[size - at] = 1;
      mac.add_short_block(last);
    }
    std::uint8_t tag[16];
    mac.finish(tag);
    ASSERT_EQ(tag_of<TypeParam>(key, seen), hex(tag, sizeof tag)) << size;
  }
}

TYPED_TEST(Poly1305Test, TakesBlocksInAnyPortions) {
  const Bytes key = pattern(32, 3), message = pattern(64 * 16, 4);
  const std::string expected = tag_of<TypeParam>(key, message);
  for (std::size_t first = 0; first <= 64; ++first) {
    TypeParam mac(fixed<32>(key));
    mac.add_blocks(message.data(), first);
    mac.add_blocks(message.data() + first * 16, 64 - first);
    std::uint8_t tag[16];
    mac.finish(tag);
    ASSERT_EQ(hex(tag, sizeof tag), expected) << first;
  }
}

}  // namespace
}  // namespace aemp::crypto
