// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/scrypt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/bytes.h"

namespace {

// The memory of scrypt, the only here that needs such alignment.
struct AlignedMemory {
  std::size_t allocations = 0;
  std::size_t size = 0;
  std::size_t left = 0;  // bytes of it that were not 0 when it was freed
  bool refused = false;
};
AlignedMemory aligned;

}  // namespace

void* operator new[](std::size_t size, std::align_val_t alignment) {
  void* p =
      aligned.refused ? nullptr : std::aligned_alloc(static_cast<std::size_t>(alignment), size);
  if (p == nullptr) throw std::bad_alloc();
  ++aligned.allocations;
  aligned.size = size;
  return p;
}

void operator delete[](void* p, std::align_val_t) noexcept {
  const std::span bytes(static_cast<const std::uint8_t*>(p), aligned.size);
  aligned.left = bytes.size() - static_cast<std::size_t>(std::ranges::count(bytes, 0));
  std::free(p);
}

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::hex_of;

std::string scrypt_of(std::string_view password, std::string_view salt, unsigned log2_n,
                      std::uint32_t r, std::uint32_t p, std::size_t size = 64) {
  Bytes out(size);
  scrypt(bytes_of(password), bytes_of(salt), log2_n, r, p, out);
  return hex_of(out);
}

template <class Exception>
void expect_refusal(unsigned log2_n, std::uint32_t r, std::uint32_t p) {
  Bytes out(32, 0x55);
  EXPECT_THROW(scrypt({}, {}, log2_n, r, p, out), Exception) << log2_n << ' ' << r << ' ' << p;
  EXPECT_EQ(out, Bytes(32, 0x55));
}

// RFC 7914, section 12.
TEST(Scrypt, GivesThePublishedKeys) {
  EXPECT_EQ(scrypt_of("", "", 4, 1, 1),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
            "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906");
  EXPECT_EQ(scrypt_of("password", "NaCl", 10, 8, 16),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
            "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
  EXPECT_EQ(scrypt_of("pleaseletmein", "SodiumChloride", 14, 8, 1),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
            "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887");
}

// That of 1 GiB.
TEST(ScryptLong, DISABLED_GivesThePublishedKeyOfTheLargestMemory) {
  EXPECT_EQ(scrypt_of("pleaseletmein", "SodiumChloride", 20, 8, 1),
            "2101cb9b6a511aaeaddbbe09cf70f881ec568d574a2ffd4dabe5ee9820adaa47"
            "8e56fd8f4ba5d09ffa1c6d927c40f4c337304049e8a952fbcbf45c6fa77a41a4");
}

// The answers come from Python's hashlib.
TEST(Scrypt, TakesTheLeastAndOddParameters) {
  EXPECT_EQ(scrypt_of("p", "s", 1, 1, 1, 32),
            "48b0d2a8a3272611984c50ebd630af52e187db3433930c3b74d0889935944cf3");
  EXPECT_EQ(scrypt_of("p", "s", 15, 1, 1, 32),
            "83737d5583af2ee055d94f667c4314a948856cd5970ca8b8812234ea386976f8");
  EXPECT_EQ(
      scrypt_of("p", "s", 5, 7, 3, 45),
      "b5c903439d6fb627456dbde356ac5c1f1e5ce7e6bcb80e5699b2cf1519acf6395ce2549c377bbbd5dc5e61922a");
}

TEST(Scrypt, AllocatesOnceAndLeavesNothing) {
  aligned = {};
  aligned.left = 1;
  scrypt_of("password", "salt", 4, 8, 2);
  EXPECT_EQ(aligned.allocations, 1u);
  EXPECT_EQ(aligned.size, 128u * 8 * (16 + 2 + 2));
  EXPECT_EQ(aligned.left, 0u);
}

TEST(Scrypt, PassesOnThatThereIsNoMemory) {
  aligned.refused = true;
  expect_refusal<std::bad_alloc>(4, 8, 1);
  aligned.refused = false;
}

TEST(Scrypt, RefusesParametersOutOfRange) {
  expect_refusal<std::invalid_argument>(0, 8, 1);
  expect_refusal<std::invalid_argument>(4, 0, 1);
  expect_refusal<std::invalid_argument>(4, 8, 0);
  expect_refusal<std::invalid_argument>(16, 1, 1);
  expect_refusal<std::invalid_argument>(32, 2, 1);
  expect_refusal<std::invalid_argument>(4, 1 << 15, 1 << 15);
  expect_refusal<std::invalid_argument>(4, 0xffffffff, 0xffffffff);
  expect_refusal<std::invalid_argument>(0xffffffff, 8, 1);
}

TEST(Scrypt, RefusesMoreMemoryThanCanBeAddressed) {
  expect_refusal<std::bad_alloc>(62, 8, 1);
  expect_refusal<std::bad_alloc>(63, 8, 1);
  expect_refusal<std::bad_alloc>(64, 8, 1);
  expect_refusal<std::bad_alloc>(200, 1 << 20, 1);
}

}  // namespace
}  // namespace aemp::crypto
