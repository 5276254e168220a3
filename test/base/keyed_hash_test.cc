// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "base/keyed_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

namespace aemp {
namespace {

TEST(KeyedHash, DependsOnEveryBitOfWhatIsHashedAndOnTheKey) {
  const std::string text = "some.node/with-a-name";
  const KeyedHash hash(1);
  std::unordered_set<std::uint64_t> seen{hash(text), KeyedHash(2)(text), hash("")};
  for (std::size_t i = 0; i < text.size() * 8; ++i) {
    std::string other = text;
    other[i / 8] = static_cast<char>(other[i / 8] ^ 1 << i % 8);
    seen.insert(hash(other));
  }
  for (std::size_t n = 1; n < text.size(); ++n) seen.insert(hash(text.substr(0, n)));
  EXPECT_EQ(seen.size(), 3 + text.size() * 8 + text.size() - 1);
  EXPECT_EQ(hash(text), KeyedHash(1)(text));
  EXPECT_NE(hash(1, 2), hash(2, 1));
  EXPECT_NE(hash(1, 2), KeyedHash(2)(1, 2));
}

// How many of these share the fullest of as many buckets.
std::size_t fullest(const KeyedHash& hash, const std::vector<std::string>& names) {
  std::vector<std::size_t> buckets(names.size());
  std::size_t most = 0;
  for (const std::string& name : names) {
    most = std::max(most, ++buckets[hash(name) % buckets.size()]);
  }
  return most;
}

// High bits of a word spread little in a product: what they change is cancelled by the next word,
// whatever the factor, unless both halves of the product count.
TEST(KeyedHash, NamesThatDifferInTheHighBitsOfTheirWordsDoNotCollide) {
  constexpr std::size_t kPairs = 12;
  for (const std::uint64_t key : {0u, 1u, 77u, 123456789u}) {
    std::vector<std::string> names;
    for (std::size_t bits = 0; bits < 1u << kPairs; ++bits) {
      std::string name;
      for (std::size_t pair = 0; pair < kPairs; ++pair) {
        // Bit 62 of the first word, bits 62 and 30 of the second.
        name += (bits >> pair & 1) != 0 ? "0000000q000q000q" : "0000000100010001";
      }
      names.push_back(std::move(name));
    }
    EXPECT_LE(fullest(KeyedHash(key), names), 12u) << key;
  }
}

TEST(KeyedHash, SerialsThatDifferInTheHighBitsDoNotCollide) {
  for (const std::uint64_t key : {0u, 1u, 77u}) {
    const KeyedHash hash(key);
    std::unordered_set<std::uint64_t> low;
    for (std::uint64_t i = 0; i < 4096; ++i) low.insert(hash(5, i << 52) % 65'536);
    EXPECT_GE(low.size(), 3800u) << key;
  }
}

}  // namespace
}  // namespace aemp
