// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/secure_handshake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "support/sanitized.h"
#include "wire/packet.h"

namespace aemp {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Role = Handshake::Role;
using State = Handshake::State;

class CountingRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t> out) override {
    if (!works) return false;
    ++asked;
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_ = next_ * 29 + 17);
    return true;
  }
  bool works = true;
  int asked = 0;

 private:
  unsigned next_ = 5;
};

crypto::Key key_of(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(seed);
  return crypto::Key(bytes);
}

crypto::PublicKey public_of(std::uint8_t seed) { return crypto::KeyPair(key_of(seed)).public_key; }

struct Keys {
  std::vector<int> secrets;
  int own = 0;  // seed of the static key, 0: none
  std::vector<std::pair<int, std::string>> allowed = {};
  std::string cluster = "test";
};

CredentialsRef credentials(const Keys& keys) {
  std::vector<crypto::Key> psks;
  for (const int seed : keys.secrets) {
    psks.push_back(Credentials::psk(key_of(static_cast<std::uint8_t>(seed)).bytes(), keys.cluster));
  }
  std::optional<crypto::Key> own;
  if (keys.own != 0) own = key_of(static_cast<std::uint8_t>(keys.own));
  std::vector<AllowedKey> allowed;
  for (const auto& [seed, glob] : keys.allowed) {
    allowed.push_back({public_of(static_cast<std::uint8_t>(seed)), {glob}});
  }
  return CredentialsRef(
      new Credentials(std::move(psks), std::move(own), std::move(allowed), keys.cluster));
}

// ann dials bob.
const Keys kSecret{{1}};
const Keys kAnn{{}, 10, {{20, "bob"}}};
const Keys kBob{{}, 20, {{10, "a*"}}};
const Keys kAnnBoth{{1}, 10, {{20, "bob"}}};
const Keys kBobBoth{{1}, 20, {{10, "a*"}}};

HandshakeSetup setup(const char* node, std::uint64_t incarnation) {
  HandshakeSetup s;
  s.own.node_id = node;
  s.own.incarnation = incarnation;
  s.own.max_message = 1'234'567;
  s.own.protection = kEncrypted;
  return s;
}

Bytes output(Handshake& handshake) {
  Bytes out;
  handshake.take_output(out);
  return out;
}

Bytes feed(Handshake& handshake, Bytes in, std::size_t step = SIZE_MAX) {
  while (!in.empty() && handshake.want() > 0) {
    const std::size_t n = std::min({step, handshake.want(), in.size()});
    const std::size_t used = handshake.feed({in.data(), n});
    in.erase(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(used));
  }
  return in;
}

struct Meeting {
  Meeting(const Keys& of_ann, const Keys& of_bob)
      : Meeting(of_ann, of_bob, setup("ann", 1), setup("bob", 2)) {}
  Meeting(const Keys& of_ann, const Keys& of_bob, HandshakeSetup ann_setup,
          HandshakeSetup bob_setup)
      : ann(Role::initiator, std::move(ann_setup), credentials(of_ann), random),
        bob(Role::responder, std::move(bob_setup), credentials(of_bob), random) {}

  // Up to message n; what is on its way then.
  Bytes play(int n, std::size_t step = SIZE_MAX) {
    Bytes way = output(ann);
    for (int i = 1; i < n; ++i) {
      Handshake& to = i % 2 == 1 ? static_cast<Handshake&>(bob) : ann;
      EXPECT_TRUE(feed(to, way, step).empty()) << i;
      if (i == 2) {
        EXPECT_EQ(ann.state(), State::hello) << ann.failure().text;
        ann.proceed(77);
      }
      if (i == 3) {
        EXPECT_EQ(bob.state(), State::hello) << bob.failure().text;
        bob.accept(99);
      }
      way = output(to);
    }
    return way;
  }
  void expect_up(std::size_t step = SIZE_MAX) {
    EXPECT_TRUE(feed(ann, play(4, step), step).empty());
    EXPECT_EQ(ann.state(), State::done) << ann.failure().text;
    EXPECT_EQ(bob.state(), State::done) << bob.failure().text;
    EXPECT_EQ(ann.link_id(), bob.link_id());
    EXPECT_NE(ann.link_id(), 99u);
    EXPECT_EQ(ann.peer().node_id, "bob");
    EXPECT_EQ(ann.peer().max_message, 1'234'567u);
    EXPECT_EQ(bob.peer().node_id, "ann");
    EXPECT_EQ(bob.peer().last_link, 77u);
    EXPECT_EQ(bob.peer().max_message, 1'234'567u);
  }

  CountingRandom random;
  SecureHandshake ann, bob;
};

struct Suite {
  const char* name;
  const Keys* ann;
  const Keys* bob;
};

class SecureHandshakeOf : public testing::TestWithParam<Suite> {
 protected:
  const Keys& ann_keys() { return *GetParam().ann; }
  const Keys& bob_keys() { return *GetParam().bob; }
};
INSTANTIATE_TEST_SUITE_P(Suites, SecureHandshakeOf,
                         testing::Values(Suite{"secret", &kSecret, &kSecret},
                                         Suite{"keys", &kAnn, &kBob},
                                         Suite{"both", &kAnnBoth, &kBobBoth}),
                         [](const auto& info) { return info.param.name; });

TEST_P(SecureHandshakeOf, GoesThroughFourMessagesInPiecesOfAnySize) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, SIZE_MAX}) {
    Meeting meeting(ann_keys(), bob_keys());
    meeting.expect_up(step);
    const std::unique_ptr<Ciphers> at_ann = meeting.ann.take_ciphers();
    const std::unique_ptr<Ciphers> at_bob = meeting.bob.take_ciphers();
    ASSERT_TRUE(at_ann && at_bob);
    Record record;
    Bytes there, back;
    ASSERT_TRUE(put_record(at_ann->to_peer, kRecordData, Bytes{1, 2}, there));
    ASSERT_TRUE(put_record(at_bob->to_peer, kRecordData, Bytes{3}, back));
    ASSERT_TRUE(open_record(at_bob->from_peer, std::span(there).subspan(2), record));
    EXPECT_EQ(Bytes(record.data.begin(), record.data.end()), (Bytes{1, 2}));
    ASSERT_TRUE(open_record(at_ann->from_peer, std::span(back).subspan(2), record));
    EXPECT_EQ(Bytes(record.data.begin(), record.data.end()), (Bytes{3}));
  }
}

TEST_P(SecureHandshakeOf, EveryAlteredBitEndsItAndNobodyIsUp) {
  for (int n = 1; n <= 4; ++n) {
    const std::size_t size = Meeting(ann_keys(), bob_keys()).play(n).size();
    for (std::size_t bit = 0; bit < size * 8; bit += kBitStep) {
      Meeting meeting(ann_keys(), bob_keys());
      Bytes way = meeting.play(n);
      way[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      Handshake& to = n % 2 == 1 ? static_cast<Handshake&>(meeting.bob) : meeting.ann;
      feed(to, way);
      if (n == 1 && GetParam().bob->secrets.empty() && to.state() == State::need_more &&
          to.want() == 2) {
        // Without a secret message 1 has no tag: the answer does not fit the question.
        feed(meeting.ann, output(to));
        EXPECT_EQ(meeting.ann.state(), State::failed) << bit;
        continue;
      }
      // A length that has become larger waits for what never comes.
      const bool waits = to.state() == State::need_more && to.want() > 0;
      EXPECT_TRUE(to.state() == State::failed || waits) << n << " " << bit;
      if (n == 3) {
        EXPECT_TRUE(output(to).empty()) << bit;
      }
    }
  }
}

TEST_P(SecureHandshakeOf, NothingOfTheHelloCanBeRead) {
  Meeting meeting(ann_keys(), bob_keys());
  const auto shows = [](const Bytes& message, std::string_view text) {
    return std::search(message.begin(), message.end(), text.begin(), text.end()) != message.end();
  };
  EXPECT_FALSE(shows(meeting.play(2), "bob"));
  Meeting other(ann_keys(), bob_keys());
  EXPECT_FALSE(shows(other.play(3), "ann"));
}

TEST_P(SecureHandshakeOf, RefusesInARecordThatTheInitiatorBelieves) {
  Meeting meeting(ann_keys(), bob_keys());
  feed(meeting.bob, meeting.play(3));
  ASSERT_EQ(meeting.bob.state(), State::hello);
  meeting.bob.refuse(CloseCode::crossed, "another is kept");
  feed(meeting.ann, output(meeting.bob));
  EXPECT_EQ(meeting.ann.state(), State::failed);
  EXPECT_EQ(meeting.ann.failure().code, CloseCode::crossed);
  EXPECT_EQ(meeting.ann.failure().text, "another is kept");
  EXPECT_TRUE(meeting.ann.failure().by_peer);
}

TEST_P(SecureHandshakeOf, ANodeDoesNotTalkToItself) {
  Meeting meeting(ann_keys(), bob_keys(), setup("ann", 1), setup("bob", 1));
  feed(meeting.ann, meeting.play(2));
  EXPECT_EQ(meeting.ann.failure().code, CloseCode::self);
  EXPECT_TRUE(output(meeting.ann).empty());
}

TEST_P(SecureHandshakeOf, AnotherNodeThanTheOneDialledIsToldNothing) {
  HandshakeSetup dial = setup("ann", 1);
  dial.expected_node = "carl";
  Meeting meeting(ann_keys(), bob_keys(), dial, setup("bob", 2));
  feed(meeting.ann, meeting.play(2));
  EXPECT_EQ(meeting.ann.failure().code, CloseCode::wrong_node);
  EXPECT_TRUE(output(meeting.ann).empty());
}

TEST_P(SecureHandshakeOf, ReflectedBytesGetNobodyUp) {
  Meeting meeting(ann_keys(), bob_keys());
  feed(meeting.ann, meeting.play(1));
  EXPECT_EQ(meeting.ann.state(), State::failed);
}

TEST_P(SecureHandshakeOf, BareFramesOnlyIfBothEndsWantThem) {
  for (int i = 0; i < 4; ++i) {
    HandshakeSetup a = setup("ann", 1), b = setup("bob", 2);
    if ((i & 1) != 0) a.own.protection = kUnprotected;
    if ((i & 2) != 0) b.own.protection = kUnprotected;
    Meeting meeting(ann_keys(), bob_keys(), a, b);
    meeting.expect_up();
    EXPECT_EQ(meeting.ann.take_ciphers() == nullptr, i == 3) << i;
    EXPECT_EQ(meeting.bob.take_ciphers() == nullptr, i == 3) << i;
  }
}

TEST_P(SecureHandshakeOf, ProtectionThatThisNodeDoesNotHaveIsRefused) {
  HandshakeSetup a = setup("ann", 1);
  a.own.protection = 3;
  Meeting meeting(ann_keys(), bob_keys(), a, setup("bob", 2));
  feed(meeting.ann, meeting.play(2));
  if (meeting.ann.state() == State::hello) {
    meeting.ann.proceed(0);
    feed(meeting.bob, output(meeting.ann));
    EXPECT_EQ(meeting.bob.failure().code, CloseCode::protection);
  } else {
    EXPECT_EQ(meeting.ann.failure().code, CloseCode::protection);
  }
}

TEST_P(SecureHandshakeOf, WithoutRandomBytesThereIsNoLink) {
  CountingRandom none;
  none.works = false;
  SecureHandshake ann(Role::initiator, setup("ann", 1), credentials(ann_keys()), none);
  EXPECT_EQ(ann.state(), State::failed);
  EXPECT_TRUE(output(ann).empty());
  Meeting meeting(ann_keys(), bob_keys());
  const Bytes first = meeting.play(1);
  meeting.random.works = false;
  feed(meeting.bob, first);
  EXPECT_EQ(meeting.bob.state(), State::failed);
  EXPECT_TRUE(output(meeting.bob).empty());
}

TEST_P(SecureHandshakeOf, AnOldMessage1LeadsNowhere) {
  Meeting first(ann_keys(), bob_keys());
  const Bytes recorded1 = first.play(1);
  feed(first.bob, recorded1);
  const Bytes answer = output(first.bob);
  feed(first.ann, answer);
  first.ann.proceed(0);
  const Bytes recorded3 = output(first.ann);

  CountingRandom later;
  Bytes skipped(100);
  ASSERT_TRUE(later.fill(skipped));  // another ephemeral key than the first time
  SecureHandshake bob(Role::responder, setup("bob", 2), credentials(bob_keys()), later);
  feed(bob, recorded1);
  EXPECT_NE(output(bob), answer);
  feed(bob, recorded3);
  EXPECT_EQ(bob.state(), State::failed);
  EXPECT_TRUE(output(bob).empty());
}

TEST(SecureHandshake, WrongSecretOrClusterGetsNotAByteAndNoCurve) {
  Keys other_cluster = kSecret;
  other_cluster.cluster = "another";
  for (const Keys& wrong : {Keys{{2}}, other_cluster}) {
    Meeting meeting(wrong, kSecret);
    const Bytes first = meeting.play(1);
    const int asked = meeting.random.asked;
    feed(meeting.bob, first);
    EXPECT_EQ(meeting.bob.state(), State::failed);
    EXPECT_EQ(meeting.bob.failure().code, CloseCode::refused);
    EXPECT_FALSE(meeting.bob.proven());
    EXPECT_TRUE(output(meeting.bob).empty());
    EXPECT_EQ(meeting.random.asked, asked);
    EXPECT_NE(meeting.ann.hint(), "");
  }
}

TEST(SecureHandshake, AnyOfFourSecretsOpens) {
  for (int i = 1; i <= 4; ++i) Meeting(Keys{{i}}, Keys{{1, 2, 3, 4}}).expect_up();
  Meeting(Keys{{2, 5}}, Keys{{1, 2}}).expect_up();
  Meeting wrong(Keys{{5, 2}}, Keys{{1, 2}});
  feed(wrong.bob, wrong.play(1));
  EXPECT_EQ(wrong.bob.state(), State::failed);
}

TEST(SecureHandshake, AKeyThatIsNotListedGetsMessage2Only) {
  for (const bool with_secret : {false, true}) {
    const std::vector<int> secrets = with_secret ? std::vector<int>{1} : std::vector<int>{};
    Meeting meeting(Keys{secrets, 11, {{20, "*"}}}, Keys{secrets, 20, {{10, "*"}}});
    feed(meeting.bob, meeting.play(3));
    EXPECT_EQ(meeting.bob.state(), State::failed);
    EXPECT_TRUE(output(meeting.bob).empty());
    EXPECT_NE(meeting.bob.failure().text.find(fingerprint(public_of(11))), std::string::npos);
    // And the other way round: an impostor who listens.
    Meeting impostor(Keys{secrets, 10, {{20, "*"}}}, Keys{secrets, 21, {{10, "*"}}});
    feed(impostor.ann, impostor.play(2));
    EXPECT_EQ(impostor.ann.state(), State::failed);
    EXPECT_TRUE(output(impostor.ann).empty());
  }
}

TEST(SecureHandshake, AListedKeyWithAnothersNodeIdIsToldSo) {
  Meeting meeting(Keys{{}, 10, {{20, "bob"}}}, Keys{{}, 20, {{10, "only-x"}}});
  feed(meeting.bob, meeting.play(3));
  EXPECT_EQ(meeting.bob.failure().code, CloseCode::refused);
  feed(meeting.ann, output(meeting.bob));
  EXPECT_EQ(meeting.ann.failure().code, CloseCode::refused);
  EXPECT_NE(meeting.ann.failure().text.find("may not be node ann"), std::string::npos);
}

TEST(SecureHandshake, OtherSuitesAreAnsweredWithEightBytes) {
  Meeting meeting(kSecret, kBobBoth);
  feed(meeting.bob, meeting.play(1));
  EXPECT_EQ(meeting.bob.failure().code, CloseCode::suite);
  const Bytes answer = output(meeting.bob);
  EXPECT_EQ(answer, (Bytes{'A', 'E', 'M', 'P', 1, 0, 0, 0}));
  feed(meeting.ann, answer);
  EXPECT_EQ(meeting.ann.failure().code, CloseCode::suite);
  EXPECT_TRUE(meeting.ann.failure().by_peer);
}

TEST(SecureHandshake, OtherVersionsAreAnsweredWithEightBytes) {
  Meeting meeting(kSecret, kSecret);
  Bytes first = meeting.play(1);
  first[4] = 9;
  feed(meeting.bob, first);
  EXPECT_EQ(meeting.bob.failure().code, CloseCode::version);
  EXPECT_EQ(output(meeting.bob), (Bytes{'A', 'E', 'M', 'P', 1, 0, 0, 0}));
}

TEST(SecureHandshake, GarbageGetsNotAByte) {
  for (const char* start : {"GET / HT", "AEMQ\1\1\0\60", "AEMP\1\1\0\61"}) {
    Meeting meeting(kSecret, kSecret);
    feed(meeting.bob, Bytes(start, start + 8));
    EXPECT_EQ(meeting.bob.state(), State::failed);
    EXPECT_TRUE(output(meeting.bob).empty());
  }
}

TEST(SecureHandshake, Message1HasTheExactSize) {
  EXPECT_EQ(Meeting(kSecret, kSecret).play(1).size(), 56u);
  EXPECT_EQ(Meeting(kAnn, kBob).play(1).size(), 40u);
  EXPECT_EQ(Meeting(kAnnBoth, kBobBoth).play(1).size(), 56u);
}

TEST(SecureHandshake, InSuite2AnybodyMayAskOnlyWhoThisIs) {
  // 2 + 32 + 48 + 16 and fields 1 to 3.
  EXPECT_EQ(Meeting(kAnn, kBob).play(2).size(), 98u + (3 + 3) + (3 + 8) + (3 + 6));
}

}  // namespace
}  // namespace aemp
