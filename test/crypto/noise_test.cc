// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "crypto/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>

#include "support/noise_cipher_test.h"
#include "support/vectors.h"

namespace aemp::crypto {
namespace {

using test::read_vectors;
using test::VectorBlock;
using Bytes = std::vector<std::uint8_t>;
using Token = NoiseToken;

Key key_of(const Bytes& bytes) { return Key(std::span<const std::uint8_t, 32>(bytes)); }

// Section 7.5 and 9: "XXpsk0+psk3" is XX with psk tokens at the start of the first message and at
// the end of the third.
std::optional<NoisePattern> pattern_named(std::string_view name) {
  NoisePattern pattern{name, {}};
  const std::string_view base = name.substr(0, 2);
  std::vector<std::vector<Token>> messages;
  if (base == "NN") messages = {{Token::e}, {Token::e, Token::ee}};
  if (base == "XX") {
    messages = {{Token::e}, {Token::e, Token::ee, Token::s, Token::es}, {Token::s, Token::se}};
  }
  if (messages.empty()) return std::nullopt;
  for (std::size_t at = name.find("psk"); at != std::string_view::npos;
       at = name.find("psk", at + 1)) {
    const auto n = static_cast<std::size_t>(name[at + 3] - '0');
    if (n == 0) {
      messages[0].insert(messages[0].begin(), Token::psk);
    } else {
      messages[n - 1].push_back(Token::psk);
    }
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    std::copy(messages[i].begin(), messages[i].end(), pattern.messages[i]);
  }
  return pattern;
}

// Both ends of one handshake of a vector.
struct Both {
  explicit Both(const VectorBlock& block) : name(block.text("protocol")) {
    const std::size_t from = name.find('_') + 1;
    pattern = pattern_named(std::string_view(name).substr(from, name.find('_', from) - from));
    for (int i = 0; block.has("psk." + std::to_string(i)); ++i) {
      psks.push_back(key_of(block.bytes("psk." + std::to_string(i))));
    }
    for (const char* who : {"initiator", "responder"}) {
      const std::string key = std::string(who) + "_static";
      statics.emplace_back();
      if (block.has(key)) statics.back() = std::make_unique<KeyPair>(key_of(block.bytes(key)));
    }
    const Bytes prologue = block.bytes("prologue");
    for (const bool initiator : {true, false}) {
      ends.emplace_back(*pattern, initiator, prologue, psks, statics[initiator ? 0 : 1].get());
      ends.back().set_ephemeral(
          key_of(block.bytes(initiator ? "initiator_ephemeral" : "responder_ephemeral")));
    }
  }

  std::string name;
  std::optional<NoisePattern> pattern;
  std::vector<Key> psks;
  std::vector<std::unique_ptr<KeyPair>> statics;
  std::vector<NoiseHandshake> ends;  // initiator, responder
};

void run(const VectorBlock& block) {
  Both both(block);
  SCOPED_TRACE(both.name + ", " + block.name());
  std::size_t i = 0;
  for (; !both.ends[0].finished(); ++i) {
    const std::string n = "." + std::to_string(i);
    NoiseHandshake& from = both.ends[i % 2];
    NoiseHandshake& to = both.ends[1 - i % 2];
    EXPECT_TRUE(from.my_turn());
    EXPECT_FALSE(to.my_turn());
    Bytes sent, payload;
    ASSERT_TRUE(from.write(block.bytes("payload" + n), sent));
    EXPECT_EQ(sent, block.bytes("message" + n));
    ASSERT_TRUE(to.read(sent, payload));
    EXPECT_EQ(payload, block.bytes("payload" + n));
  }
  EXPECT_TRUE(both.ends[1].finished());
  EXPECT_EQ(both.ends[0].hash(), both.ends[1].hash());
  if (block.has("handshake_hash")) {
    const auto& hash = both.ends[0].hash();
    EXPECT_EQ(Bytes(hash.begin(), hash.end()), block.bytes("handshake_hash"));
  }
  NoiseCipher to[2], from[2];
  for (int end = 0; end < 2; ++end)
    both.ends[static_cast<std::size_t>(end)].split(to[end], from[end]);
  for (; block.has("message." + std::to_string(i)); ++i) {
    const std::string n = "." + std::to_string(i);
    const int sender = block.text("sender" + n) == "initiator" ? 0 : 1;
    const Bytes payload = block.bytes("payload" + n);
    Bytes sealed(payload.size() + kTagBytes), opened(payload.size());
    ASSERT_TRUE(to[sender].seal({}, payload, sealed));
    EXPECT_EQ(sealed, block.bytes("message" + n));
    ASSERT_TRUE(from[1 - sender].open({}, sealed, opened));
    EXPECT_EQ(opened, payload);
  }
}

TEST(Noise, PublishedVectors) {
  const auto blocks = read_vectors("noise.txt");
  EXPECT_EQ(blocks.size(), 50u);
  for (const VectorBlock& block : blocks) run(block);
}

TEST(Noise, VectorsOfTheReferenceImplementation) {
  const auto blocks = read_vectors("engine.txt");
  EXPECT_GE(blocks.size(), 11u);
  for (const VectorBlock& block : blocks) run(block);
}

TEST(Noise, ThePatternsOfThisProtocolAreTheStandards) {
  for (const NoisePattern& ours : {kNoiseNNpsk0, kNoiseXX, kNoiseXXpsk0}) {
    const auto theirs = pattern_named(ours.name);
    ASSERT_TRUE(theirs);
    for (std::size_t m = 0; m <= NoisePattern::kMessages; ++m) {
      EXPECT_TRUE(std::ranges::equal(ours.messages[m], theirs->messages[m])) << ours.name << m;
    }
  }
  EXPECT_TRUE(kNoiseNNpsk0.has_psk());
  EXPECT_FALSE(kNoiseXX.has_psk());
}

Bytes random_bytes(std::uint8_t seed) {
  Bytes out(32);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(seed * 7 + i * 11);
  return out;
}

// One XXpsk0 handshake up to, not including, message `upto`.
class Meeting {
 public:
  Meeting()
      : psk_(key_of(random_bytes(1))),
        a_static_(key_of(random_bytes(2))),
        b_static_(key_of(random_bytes(3))),
        a(kNoiseXXpsk0, true, {}, {&psk_, 1}, &a_static_),
        b(kNoiseXXpsk0, false, {}, {&psk_, 1}, &b_static_) {
    a.set_ephemeral(key_of(random_bytes(4)));
    b.set_ephemeral(key_of(random_bytes(5)));
  }
  void play(int upto) {
    for (int i = 0; i < upto; ++i) {
      Bytes sent, payload;
      ASSERT_TRUE((i % 2 == 0 ? a : b).write({}, sent));
      ASSERT_TRUE((i % 2 == 0 ? b : a).read(sent, payload));
    }
  }
  Bytes next(int i) {
    Bytes sent;
    EXPECT_TRUE((i % 2 == 0 ? a : b).write(Bytes{1, 2, 3}, sent));
    return sent;
  }
  NoiseHandshake& reader(int i) { return i % 2 == 0 ? b : a; }

 private:
  Key psk_;
  KeyPair a_static_, b_static_;

 public:
  NoiseHandshake a, b;
};

TEST(Noise, EveryAlteredBitOfEveryMessageIsRefused) {
  for (int i = 0; i < 3; ++i) {
    Meeting meeting;
    meeting.play(i);
    const Bytes good = meeting.next(i);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes bad = good;
      bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      NoiseHandshake reader(meeting.reader(i));
      Bytes payload;
      EXPECT_FALSE(reader.read(bad, payload)) << i << " " << bit;
      EXPECT_TRUE(payload.empty());
    }
  }
}

TEST(Noise, EveryTruncationOfEveryMessageIsRefused) {
  for (int i = 0; i < 3; ++i) {
    Meeting meeting;
    meeting.play(i);
    const Bytes good = meeting.next(i);
    for (std::size_t n = 0; n < good.size(); ++n) {
      NoiseHandshake reader(meeting.reader(i));
      Bytes payload;
      EXPECT_FALSE(reader.read({good.data(), n}, payload)) << i << " " << n;
    }
  }
}

TEST(Noise, KeysOfLowOrderAreRefused) {
  NoiseHandshake a(kNoiseXX, true, {}, {}, nullptr);
  a.set_ephemeral(key_of(random_bytes(4)));
  Bytes sent, payload;
  ASSERT_TRUE(a.write({}, sent));
  EXPECT_FALSE(a.read(Bytes(32 + 48 + 16), payload));  // e = 0
}

TEST(Noise, APskThatComesFirstCanBeWorkedInBefore) {
  Meeting one;
  const NoiseHandshake start(one.b);
  const Bytes message = one.next(0);
  for (int i = 0; i < 2; ++i) {
    NoiseHandshake copy(start);
    Bytes payload;
    EXPECT_TRUE(copy.read(message, payload));
  }
}

TEST(Noise, RekeyGivesTheKnownKeys) {
  // The key after n times is not to be seen: what it seals is.
  int checked = 0;
  for (const VectorBlock& block : read_vectors("rekey.txt")) {
    NoiseCipher renewed, expected;
    renewed.set_key(key_of(block.bytes("key")));
    const std::uint64_t times = block.number("times");
    for (std::uint64_t i = 0; i < times; ++i) renewed.rekey();
    expected.set_key(key_of(block.bytes("result")));
    Bytes a(16), b(16);
    ASSERT_TRUE(renewed.seal({}, {}, a));
    ASSERT_TRUE(expected.seal({}, {}, b));
    EXPECT_EQ(a, b) << block.name();
    ++checked;
  }
  EXPECT_GE(checked, 3);
}

TEST(Noise, AKeyIsUsedUpBeforeItsCounterRunsOut) {
  NoiseCipher out, in;
  out.set_key(key_of(random_bytes(1)));
  in.set_key(key_of(random_bytes(1)));
  NoiseCipherTest::set_counter(out, NoiseCipher::kMostMessages - 1);
  NoiseCipherTest::set_counter(in, NoiseCipher::kMostMessages - 1);
  Bytes sealed(17), opened(1);
  EXPECT_TRUE(out.seal({}, Bytes{9}, sealed));
  EXPECT_TRUE(in.open({}, sealed, opened));
  EXPECT_FALSE(out.seal({}, Bytes{9}, sealed));
  EXPECT_FALSE(in.open({}, sealed, opened));
}

TEST(Noise, WhatWasRefusedDoesNotMoveTheCounter) {
  NoiseCipher out, in;
  out.set_key(key_of(random_bytes(1)));
  in.set_key(key_of(random_bytes(1)));
  Bytes sealed(17), opened(1);
  ASSERT_TRUE(out.seal({}, Bytes{9}, sealed));
  Bytes bad = sealed;
  bad[3] ^= 1;
  EXPECT_FALSE(in.open({}, bad, opened));
  EXPECT_TRUE(in.open({}, sealed, opened));
  EXPECT_FALSE(in.open({}, sealed, opened));  // a second time
  EXPECT_EQ(in.messages(), 1u);
}

}  // namespace
}  // namespace aemp::crypto
