// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T1: strangers are closed without a word. T2: secrets that can be guessed are refused, and a
// guess is dear.
#include <algorithm>

#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

class ThreatT01Stranger : public EachSuite {
 protected:
  // Both ends close, say so in one line each, and have seen no peer.
  static void expect_strangers(Pair& pair, std::string_view ann_says, std::string_view bob_says) {
    ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 2; })) << pair.told();
    pair.relay->set_hook([](Line& line, const Piece&) { line.close(); });
    pair.pass(1ms);
    for (unsigned n = 1; n <= 2; ++n) {
      const Line& line = pair.relay->line(n);
      EXPECT_FALSE(line.is_open());
      EXPECT_LE(line.ended - line.began, Nanos(1s / 1ns));
    }
    EXPECT_TRUE(pair.nobody_up()) << pair.told();
    EXPECT_EQ(pair.ann->stats().links_taken + pair.bob->stats().links_taken, 0u);
    // One line for each of the two attempts; the third one's may be there or not.
    for (const auto& [who, text] : {std::pair(&pair.ann, ann_says), {&pair.bob, bob_says}}) {
      EXPECT_GE(lines_with(*who, text), 2u) << text << pair.told();
      EXPECT_LE(lines_with(*who, ": "), 3u) << pair.told();
    }
  }
  static void expect_bytes(Pair& pair, std::uint64_t there, unsigned pieces_back) {
    for (unsigned n = 1; n <= 2; ++n) {
      const Line& line = pair.relay->line(n);
      EXPECT_EQ(line.bytes(Way::there), there) << pair.told();
      EXPECT_EQ(line.pieces(Way::back), pieces_back) << pair.told();
      if (pieces_back == 0) {
        EXPECT_EQ(line.bytes(Way::back), 0u);
      }
    }
  }
};
AEMP_IN_EACH_SUITE(ThreatT01Stranger);
class ThreatT01StrangerToSecret : public ThreatT01Stranger {};
AEMP_IN_SUITES(ThreatT01StrangerToSecret, 1, 3);
class ThreatT01StrangerToKeys : public ThreatT01Stranger {};
AEMP_IN_SUITES(ThreatT01StrangerToKeys, 2, 3);

TEST_P(ThreatT01StrangerToSecret, WithAnotherSecret) {
  Config other = ann_config(suite());
  other.secret = secret_text(2);
  Pair pair(other, bob_config(suite()));
  expect_strangers(pair, "is its secret", "does not know the secret");
  expect_bytes(pair, 56, 0);
}

TEST_P(ThreatT01Stranger, OfAnotherNetwork) {
  Config other = ann_config(suite());
  other.cluster = "another";
  Pair pair(other, bob_config(suite()));
  if (has_secret(suite())) {
    expect_strangers(pair, "the network's name", "or gives it another name");
    expect_bytes(pair, 56, 0);
  } else {
    expect_strangers(pair, "not from this network", "closed the connection");
    expect_bytes(pair, 40, 1);
  }
}

TEST_P(ThreatT01StrangerToKeys, WhoseKeyIsNotListed) {
  Config other = ann_config(suite());
  other.key = kStranger.key;
  Pair pair(other, bob_config(suite()));
  expect_strangers(pair, "is this node's key in its allow list", "is not in the allow list");
  EXPECT_EQ(pair.relay->line(1).pieces(Way::back), 1u);
  EXPECT_GE(lines_with(pair.bob, key_fingerprint(kStranger.key)), 2u) << pair.told();
}

TEST_P(ThreatT01StrangerToKeys, WhoListensWithAKeyThatIsNotListed) {
  Config other = bob_config(suite());
  other.key = kStranger.key;
  Pair pair(ann_config(suite()), other);
  expect_strangers(pair, key_fingerprint(kStranger.key) + " is not in the allow list",
                   "closed the connection");
  expect_bytes(pair, has_secret(suite()) ? 56 : 40, 1);
}

TEST(ThreatT02Guesses, ShortSecretsAreRefused) {
  for (const std::string& text : {std::string(), std::string("abc"), std::string(11, 'x')}) {
    Loop loop;
    Node node(loop);
    Config c;
    c.nodeid = "n";
    c.secret = text;
    try {
      node.configure(c);
      ADD_FAILURE() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::bad_config);
      EXPECT_NE(std::string(e.what()).find("at least 12 characters"), std::string::npos)
          << e.what();
    }
  }
}

// One guess of a passphrase costs N = 2^15, r = 8, p = 1, whatever the machine: another cost gives
// another secret. Worked out with Python's hashlib.scrypt.
TEST(ThreatT02Guesses, CostTheWholeOfScrypt) {
  const crypto::Key secret = secret_of_passphrase("correct horse battery", "threats");
  std::string hex;
  for (const std::uint8_t byte : secret.bytes()) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  EXPECT_EQ(hex, "20709b9f92c58798992ad396a66499f5233fb42d4634357e1c62e718d4f258bd");
}

}  // namespace
}  // namespace aemp::threat
