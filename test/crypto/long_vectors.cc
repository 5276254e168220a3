// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Published results that take too long for each run of the tests: `make long-vectors`.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

#include "crypto/bytes.h"
#include "crypto/x25519.h"

namespace aemp {
namespace {

// RFC 7748, section 5.2.
std::string x25519_a_million_times() {
  std::array<std::uint8_t, 32> k = {9}, u = {9};
  for (int i = 0; i < 1'000'000; ++i) {
    const auto scalar = k;
    if (!crypto::x25519(k, scalar, u)) return "all zero";
    u = scalar;
  }
  return test::hex_of(k);
}

bool check(const char* name, const std::string& result, const char* expected) {
  const bool good = result == expected;
  std::printf("%s: %s, %s\n", name, result.c_str(), good ? "as published" : expected);
  return good;
}

}  // namespace
}  // namespace aemp

int main() {
  const bool good = aemp::check("X25519 a million times", aemp::x25519_a_million_times(),
                                "7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424");
  return good ? 0 : 1;
}
