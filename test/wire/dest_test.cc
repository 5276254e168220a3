// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "wire/dest.h"

#include <gtest/gtest.h>

#include "support/wire_bytes.h"

namespace aemp {
namespace {

using wire_test::bytes;
using wire_test::Bytes;
using wire_test::hex;

std::string encoded(const Dest& dest) {
  std::uint8_t out[kMaxDestBytes];
  return hex({out, encode_dest(dest, out)});
}

// Bytes used, 0 for a refusal. Reads from memory that ends where the bytes end.
std::size_t decode(const Bytes& in, Dest& out) {
  const Bytes copy(in);
  return decode_dest(copy.data(), copy.data() + copy.size(), out);
}

struct Case {
  Dest dest;
  const char* hex;
};

const Case kCases[] = {
    {{Dest::Form::node, 0, 0}, "00"},
    {{Dest::Form::home, 1, 0}, "04"},
    {{Dest::Form::home, 31, 0}, "7c"},
    {{Dest::Form::home, 32, 0}, "80 01"},
    {{Dest::Form::spawned, 1, 0}, "05"},
    {{Dest::Form::spawned, 67108865, 0}, "85 80 80 80 01"},
    {{Dest::Form::full, 1, 0x0123456789abcdef}, "06 01 23 45 67 89 ab cd ef"},
    {{Dest::Form::full, 300, 0}, "b2 09 00 00 00 00 00 00 00 00"},
    {{Dest::Form::home, kMaxSerial, 0}, "fc ff ff ff ff ff ff ff ff 01"},
    {{Dest::Form::spawned, kMaxSerial, 0}, "fd ff ff ff ff ff ff ff ff 01"},
    {{Dest::Form::full, kMaxSerial, UINT64_MAX},
     "fe ff ff ff ff ff ff ff ff 01 ff ff ff ff ff ff ff ff"},
};

TEST(Dest, HasExactlyTheseBytes) {
  for (const Case& c : kCases) {
    EXPECT_EQ(encoded(c.dest), c.hex);
    Dest back;
    EXPECT_EQ(decode(bytes(c.hex), back), bytes(c.hex).size()) << c.hex;
    EXPECT_EQ(back, c.dest) << c.hex;
  }
}

TEST(Dest, WritesSerialZeroAsTheNodePort) {
  EXPECT_EQ(encoded({Dest::Form::full, 0, 7}), "00");
  EXPECT_EQ(encoded({Dest::Form::home, 0, 0}), "00");
}

TEST(Dest, LeavesWhatFollowsAlone) {
  Dest dest;
  EXPECT_EQ(decode(bytes("04 ff ff"), dest), 1u);
  EXPECT_EQ(dest.serial, 1u);
}

TEST(Dest, RejectsEveryTruncation) {
  for (const Case& c : kCases) {
    const Bytes whole = bytes(c.hex);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      Dest dest;
      EXPECT_EQ(decode(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)), dest),
                0u)
          << c.hex << " cut to " << n;
    }
  }
}

TEST(Dest, RejectsFormsThatNobodyWrites) {
  const char* const bad[] = {
      "03",                                   // form 3
      "83 01",                                // form 3, longer
      "01",                                   // serial 0
      "02 00 00 00 00 00 00 00 01",           // serial 0 with an origin
      "80 00",                                // overlong 0
      "84 00",                                // overlong 4
      "84 80 00",                             //
      "fc ff ff ff ff ff ff ff ff 02",        // 65 bits
      "fc ff ff ff ff ff ff ff ff 7f",        //
      "fc ff ff ff ff ff ff ff ff 81 00",     // 11 bytes
      "80 80 80 80 80 80 80 80 80 80 01",     //
      "ff ff ff ff ff ff ff ff ff ff ff ff",  //
  };
  for (const char* text : bad) {
    Dest dest;
    EXPECT_EQ(decode(bytes(text), dest), 0u) << text;
  }
}

TEST(Varint, RoundTripsAtEveryLength) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t v : {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1}) {
      std::uint8_t out[kMaxVarintBytes];
      const std::size_t n = store_varint(out, v);
      std::uint64_t back = ~v;
      EXPECT_EQ(load_varint(out, out + n, back), n);
      EXPECT_EQ(back, v);
      EXPECT_EQ(load_varint(out, out + n - 1, back), 0u);
    }
  }
}

}  // namespace
}  // namespace aemp
