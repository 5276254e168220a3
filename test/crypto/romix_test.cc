// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/romix.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "crypto/bytes.h"
#include "support/hex.h"

namespace aemp::crypto {
namespace {

using test::Bytes;
using test::hex_of;
using test::unhex;

using Blocks = std::vector<SalsaBlock>;

Blocks blocks_of(const Bytes& bytes) {
  Blocks blocks(bytes.size() / SalsaBlock::kSize);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::span rest(bytes.begin() + static_cast<std::ptrdiff_t>(i * SalsaBlock::kSize),
                         bytes.end());
    load(blocks[i], rest.first<SalsaBlock::kSize>());
  }
  return blocks;
}

std::string hex_of(const Blocks& blocks) {
  std::string text;
  for (const SalsaBlock& block : blocks) {
    std::array<std::uint8_t, SalsaBlock::kSize> bytes;
    store(block, bytes);
    text += hex_of(bytes);
  }
  return text;
}

const Bytes kInput = unhex(
    "f7ce0b653d2d72a4108cf5abe912ffdd777616dbbb27a70e8204f3ae2d0f6fad"
    "89f68f4811d1e87bcc3bd7400a9ffd29094f0184639574f39ae5a1315217bcd7"
    "894991447213bb226c25b54da86370fbcd984380374666bb8ffcb5bf40c254b0"
    "67d27c51ce4ad5fed829c90b505a571b7f4d1cad6a523cda770e67bceaaf7e89");

// RFC 7914, section 8.
TEST(Salsa20, GivesThePublishedBlock) {
  Blocks block =
      blocks_of(unhex("7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1d"
                      "ee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e"));
  salsa20_8(block[0]);
  EXPECT_EQ(hex_of(block),
            "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29"
            "b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81");
}

TEST(Salsa20, StoresWhatItLoads) { EXPECT_EQ(hex_of(blocks_of(kInput)), hex_of(kInput)); }

// RFC 7914, section 9.
TEST(RoMix, MixesThePublishedBlocks) {
  Blocks out(2);
  block_mix(blocks_of(kInput), out);
  EXPECT_EQ(hex_of(out),
            "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29"
            "b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81"
            "20edc975323881a80540f64c162dcd3c21077cfe5f8d5fe2b1a4168f953678b7"
            "7d3b3d803b60e4ab920996e59b4d53b65d2a225877d5edf5842cb9f14eefe425");
}

// RFC 7914, section 10.
TEST(RoMix, MixesThePublishedMemory) {
  Bytes bytes = kInput;
  Blocks scratch(2 * (16 + 2));
  ro_mix(bytes, 4, scratch);
  EXPECT_EQ(hex_of(bytes),
            "79ccc193629debca047f0b70604bf6b62ce3dd4a9626e355fafc6198e6ea2b46"
            "d58413673b99b029d665c357601fb426a0b2f4bba200ee9f0a43d19b571a9c71"
            "ef1142e65d5a266fddca832ce59faa7cac0b9cf1be2bffca300d01ee387619c4"
            "ae12fd4438f203a0e4e1c47ec314861f4e9087cb33396a6873e8f9d2539a4b8e");
}

}  // namespace
}  // namespace aemp::crypto
