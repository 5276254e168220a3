// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T9: a listed key is good for its own nodes only. T10: whoever stole a node's static key cannot
// pose as another node towards it. T14: nothing comes of points of low order.
#include "crypto/x25519.h"
#include "threats/forger.h"

namespace aemp::threat {
namespace {

// Where a forged handshake got to.
struct Outcome {
  unsigned pieces_back = 0;  // bob's, or there: ann's
  bool accepted = false;     // bob reported a peer, or ann did
  std::string log;
};

// Dials bob and goes as far as he lets it.
Outcome attack_bob(int suite, const Config& of_bob, const Hand& hand, const std::string& as) {
  World world;
  Member bob(world.for_bob.loop(), of_bob);
  const auto relay = world.relay_to((bob->binds())[0]);
  Forger forger(suite, true, hand, as);
  Line& line = relay->dial();
  relay->set_hook([&](Line& to, const Piece& piece) {
    if (piece.number != 2) return;
    // What cannot be read is answered all the same.
    (void)forger.read_message2(piece.bytes);
    to.send(Way::there, forger.message3());
  });
  line.send(Way::there, forger.message1());
  world.until([&] { return !line.is_open() || line.pieces(Way::back) == 2; });
  world.pass(1s);
  return {line.pieces(Way::back), bob.count("up") > 0, bob.log.all()};
}

// Ann dials, and the forger answers until she closes or believes it.
Outcome attack_ann(int suite, const Config& of_ann, const Hand& hand, const std::string& as) {
  World world;
  const auto relay = world.relay_to("");
  Config c = of_ann;
  c.seeds = {{relay->address()}};
  std::unique_ptr<Forger> forger;
  relay->set_hook([&](Line& to, const Piece& piece) {
    if (piece.number == 1) {
      forger = std::make_unique<Forger>(suite, false, hand, as);
      (void)forger->read_message1(piece.bytes);
      to.send(Way::back, forger->message2());
    } else if (piece.number == 3) {
      (void)forger->read_message3(piece.bytes);
      to.send(Way::back, forger->message4());
    }
  });
  Member ann(world.for_ann.loop(), c);
  world.until([&] { return relay->lines() > 1 || ann.count("up") > 0; });
  Line& line = relay->line(1);
  return {line.pieces(Way::there), ann.count("up") > 0, ann.log.all()};
}

class ThreatT09WrongNode : public EachSuite {};
AEMP_IN_SUITES(ThreatT09WrongNode, 2, 3);

TEST_P(ThreatT09WrongNode, TheDiallersKeyIsGoodForAnotherNode) {
  Config of_bob = bob_config(suite());
  of_bob.allow = {{kAnn.allowed_as("someone-else,an"), kCarl.allowed_as("*")}};
  Pair pair(ann_config(suite()), of_bob);
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 1; }));
  EXPECT_TRUE(pair.nobody_up()) << pair.told();
  const std::string text = "its key " + key_fingerprint(kAnn.key) + " may not be node ann";
  EXPECT_EQ(lines_with(pair.bob, text), 1u) << pair.told();
  EXPECT_EQ(lines_with(pair.ann, text), 1u) << pair.told();
  EXPECT_EQ(pair.relay->line(1).pieces(Way::back), 2u) << "message 2 and CLOSE";
}

TEST_P(ThreatT09WrongNode, TheListenersKeyIsGoodForAnotherNode) {
  Config of_ann = ann_config(suite());
  of_ann.allow = {{kBob.allowed_as("someone-else,bo"), kCarl.allowed_as("*")}};
  Pair pair(of_ann, bob_config(suite()));
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 1; }));
  EXPECT_TRUE(pair.nobody_up()) << pair.told();
  EXPECT_EQ(lines_with(pair.ann, "its key " + key_fingerprint(kBob.key) + " may not be node bob"),
            1u);
  EXPECT_EQ(pair.relay->line(1).pieces(Way::there), 1u) << "message 3 to an impostor";
}

// A member says that it is another: the right key of another line.
TEST_P(ThreatT09WrongNode, AMemberTakesAnothersNodeId) {
  Config of_carl = ann_config(suite());
  of_carl.key = kCarl.key;
  Pair pair(of_carl, bob_config(suite()));
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 1; }));
  EXPECT_TRUE(pair.nobody_up()) << pair.told();
  EXPECT_EQ(lines_with(pair.bob, key_fingerprint(kCarl.key) + " may not be node ann"), 1u);
}

class ThreatT10StolenKey : public EachSuite {};
AEMP_IN_SUITES(ThreatT10StolenKey, 2, 3);

// The attacks below fail for no other reason than what they forge.
TEST_P(ThreatT10StolenKey, AnHonestHandGetsThrough) {
  const Outcome of_bob = attack_bob(suite(), bob_config(suite()), honest(kAnn), "ann");
  EXPECT_TRUE(of_bob.accepted) << of_bob.log;
  const Outcome of_ann = attack_ann(suite(), ann_config(suite()), honest(kBob), "bob");
  EXPECT_TRUE(of_ann.accepted) << of_ann.log;
}

// Mallory has the static key of the one that is attacked, and nothing of the one she poses as.
TEST_P(ThreatT10StolenKey, DoesNotLetOthersPoseTowardsItsOwner) {
  const auto hands = [](const Person& victim, const Person& claimed) {
    const crypto::PublicKey shown = claimed.pair().public_key;
    std::vector<Hand> all(4, hand_with(shown, std::nullopt));
    all[1].s_private = victim.bytes;
    all[2].s_private = all[2].e_private;
    all[3].stolen = victim.bytes;
    return all;
  };
  int i = 0;
  for (const Hand& hand : hands(kBob, kAnn)) {
    const Outcome outcome = attack_bob(suite(), bob_config(suite()), hand, "ann");
    EXPECT_FALSE(outcome.accepted) << i;
    EXPECT_EQ(outcome.pieces_back, 1u) << i++;
    EXPECT_NE(outcome.log.find("its hello was altered"), std::string::npos) << outcome.log;
  }
  for (const Hand& hand : hands(kAnn, kBob)) {
    const Outcome outcome = attack_ann(suite(), ann_config(suite()), hand, "bob");
    EXPECT_FALSE(outcome.accepted) << i;
    EXPECT_EQ(outcome.pieces_back, 1u) << i++ << " got message 3";
  }
}

// All encodings of the points whose order divides 8: 0, 1, the two of order 8, -1, and 0 and 1 as
// numbers that are too large; each also with the bit that is to be ignored.
std::vector<Bytes32> low_order_points() {
  const auto filled = [](std::uint8_t first, std::uint8_t middle, std::uint8_t last) {
    Bytes32 bytes;
    bytes.fill(middle);
    bytes[0] = first;
    bytes[31] = last;
    return bytes;
  };
  std::vector<Bytes32> points = {filled(0, 0, 0),
                                 filled(1, 0, 0),
                                 {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
                                  0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
                                  0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
                                 {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
                                  0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
                                  0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
                                 filled(0xec, 0xff, 0x7f),
                                 filled(0xed, 0xff, 0x7f),
                                 filled(0xee, 0xff, 0x7f)};
  for (std::size_t i = 0; i < 7; ++i) {
    points.push_back(points[i]);
    points.back()[31] |= 0x80;
  }
  return points;
}

class ThreatT14LowOrder : public EachSuite {};
AEMP_IN_EACH_SUITE(ThreatT14LowOrder);

TEST_P(ThreatT14LowOrder, AsAnEphemeralKey) {
  for (const Bytes32& point : low_order_points()) {
    Bytes32 shared;
    ASSERT_FALSE(crypto::x25519(shared, seeded(3), point));
    Hand hand = honest(kAnn);
    hand.e_public = point;
    hand.e_private.reset();
    const Outcome of_bob = attack_bob(suite(), bob_config(suite()), hand, "ann");
    EXPECT_FALSE(of_bob.accepted);
    EXPECT_EQ(of_bob.pieces_back, 0u);
    EXPECT_NE(of_bob.log.find("low order"), std::string::npos) << of_bob.log;
    hand.s_public = kBob.pair().public_key;
    hand.s_private = kBob.bytes;
    const Outcome of_ann = attack_ann(suite(), ann_config(suite()), hand, "bob");
    EXPECT_FALSE(of_ann.accepted);
    EXPECT_EQ(of_ann.pieces_back, 1u) << "message 3";
  }
}

class ThreatT14LowOrderStatic : public EachSuite {};
AEMP_IN_SUITES(ThreatT14LowOrderStatic, 2, 3);

// Even where somebody has put such a point on the list.
TEST_P(ThreatT14LowOrderStatic, AsAStaticKey) {
  for (const Bytes32& point : low_order_points()) {
    const std::string line = key_text(KeyKind::public_key, point) + " *";
    const Hand hand = hand_with(point, std::nullopt);
    Config of_bob = bob_config(suite());
    of_bob.allow->push_back(line);
    const Outcome outcome = attack_bob(suite(), of_bob, hand, "ann");
    EXPECT_FALSE(outcome.accepted);
    EXPECT_EQ(outcome.pieces_back, 1u);
    Config of_ann = ann_config(suite());
    of_ann.allow->push_back(line);
    const Outcome other = attack_ann(suite(), of_ann, hand, "bob");
    EXPECT_FALSE(other.accepted);
    EXPECT_EQ(other.pieces_back, 1u) << "message 3";
  }
}

// RFC 7748: the highest bit is ignored. What was sent is what both ends hash.
TEST_P(ThreatT14LowOrder, TheBitThatIsIgnoredDoesNotMatter) {
  Hand hand = honest(kAnn);
  hand.e_public[31] |= 0x80;
  EXPECT_TRUE(attack_bob(suite(), bob_config(suite()), hand, "ann").accepted);
}

// A point that is written as a larger number than it need be is read, and proves nothing.
TEST_P(ThreatT14LowOrder, NonCanonicalPointsAreReadLikeOthers) {
  for (std::uint8_t u = 2; u < 19; ++u) {
    Hand hand = honest(kAnn);
    hand.e_public.fill(0xff);
    hand.e_public[0] = static_cast<std::uint8_t>(0xed + u);  // 2^255 - 19 + u
    hand.e_public[31] = 0x7f;
    const Outcome outcome = attack_bob(suite(), bob_config(suite()), hand, "ann");
    EXPECT_EQ(outcome.pieces_back, 1u) << int{u} << outcome.log;
    EXPECT_FALSE(outcome.accepted);
  }
}

}  // namespace
}  // namespace aemp::threat
