// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/pbkdf2.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "crypto/bytes.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::bytes_of;
using test::counting;
using test::hex_of;

std::string pbkdf2(std::string_view password, std::string_view salt, std::uint32_t iterations,
                   std::size_t size) {
  Bytes out(size);
  pbkdf2_hmac_sha256(bytes_of(password), bytes_of(salt), iterations, out);
  return hex_of(out);
}

// RFC 7914, section 11.
TEST(Pbkdf2, GivesThePublishedKeys) {
  EXPECT_EQ(pbkdf2("passwd", "salt", 1, 64),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
            "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783");
  EXPECT_EQ(pbkdf2("Password", "NaCl", 80000, 64),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
            "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d");
}

// The answers come from Python's hashlib.
TEST(Pbkdf2, CountsIterationsAndBlocks) {
  const std::string password = "a password that is longer than the block of 64 bytes of the hash";
  EXPECT_EQ(pbkdf2(password + "!", "salt", 3, 100),
            "6329b6917ad5bdcf636a79c1799d1033ccec1a01452b37a3b311e17607f5022b"
            "1e7fd80ce77391ded80e297a6229b05993befffbf5e5ac1485216e7894a0ec2e"
            "8517441e8b5b01b50b76fe72f35a6c3dbae65aa765fd6cb3e5476d3ad5cfc741"
            "8b029c1f");
  EXPECT_EQ(pbkdf2("", "", 2, 33),
            "97398411d6aea43a77acef92226ab8278d4db0668bd1d7a76a725f7680ac45c504");
}

TEST(Pbkdf2, GivesTheBeginningOfALongerKey) {
  const std::string longest = pbkdf2("password", "salt", 2, 200);
  for (std::size_t size = 0; size < 200; ++size) {
    ASSERT_EQ(pbkdf2("password", "salt", 2, size), longest.substr(0, 2 * size));
  }
}

TEST(Pbkdf2, RefusesNoIterations) {
  Bytes out(32, 0x55);
  EXPECT_THROW(pbkdf2_hmac_sha256({}, {}, 0, out), std::invalid_argument);
  EXPECT_EQ(out, Bytes(32, 0x55));
}

}  // namespace
}  // namespace aemp::crypto
