// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "config/key_text.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "session/credentials.h"
#include "support/vectors.h"

namespace aemp {
namespace {

using test::read_vectors;
using test::VectorBlock;

TEST(KeyText, KeysOfTheReferenceImplementation) {
  int checked = 0;
  for (const VectorBlock& block : read_vectors("keys.txt")) {
    if (!block.has("private")) continue;
    const auto key = parse_key_text(KeyKind::private_key, block.text("private_text"));
    ASSERT_TRUE(key) << block.name();
    EXPECT_TRUE(std::ranges::equal(key->bytes(), block.bytes("private")));
    EXPECT_EQ(key_text(KeyKind::private_key, key->bytes()), block.text("private_text"));
    const crypto::KeyPair pair{crypto::Key(key->bytes())};
    EXPECT_TRUE(std::ranges::equal(pair.public_key, block.bytes("public")));
    EXPECT_EQ(key_text(KeyKind::public_key, pair.public_key), block.text("public_text"));
    EXPECT_EQ(fingerprint(pair.public_key), block.text("fingerprint"));
    ++checked;
  }
  EXPECT_GE(checked, 5);
}

TEST(KeyText, NoOtherTextIsAKey) {
  int checked = 0;
  for (const VectorBlock& block : read_vectors("keys.txt")) {
    if (!block.has("invalid")) continue;
    const auto kind = static_cast<KeyKind>(block.text("kind").at(0));
    EXPECT_FALSE(parse_key_text(kind, block.text("invalid"))) << block.name();
    ++checked;
  }
  EXPECT_GE(checked, 42);
}

TEST(KeyText, EveryOtherCharacterAnywhereIsNoticed) {
  const std::string good = key_text(KeyKind::secret, crypto::Key().bytes());
  EXPECT_EQ(good.size(), 56u);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      std::string bad = good;
      bad[i] = static_cast<char>(c);
      EXPECT_EQ(parse_key_text(KeyKind::secret, bad).has_value(), bad == good) << i << " " << c;
    }
  }
}

TEST(KeyText, SecretsAndPassphrasesOfTheReferenceImplementation) {
  int passphrases = 0;
  for (const VectorBlock& block : read_vectors("psk.txt")) {
    const auto secret = parse_key_text(KeyKind::secret, block.text("secret_text"));
    ASSERT_TRUE(secret) << block.name();
    EXPECT_TRUE(std::ranges::equal(secret->bytes(), block.bytes("secret")));
    if (!block.has("passphrase")) continue;
    const std::vector<std::uint8_t> cluster = block.bytes("cluster"),
                                    phrase = block.bytes("passphrase");
    const crypto::Key made = secret_of_passphrase(std::string(phrase.begin(), phrase.end()),
                                                  std::string(cluster.begin(), cluster.end()));
    EXPECT_TRUE(std::ranges::equal(made.bytes(), block.bytes("secret"))) << block.name();
    ++passphrases;
  }
  EXPECT_GE(passphrases, 2);
}

}  // namespace
}  // namespace aemp
