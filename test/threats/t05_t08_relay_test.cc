// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T5: what was recorded is of no use. T6: nor is what somebody said himself. T7: a node notices
// that it reached itself, T8: or another node than it meant to.
#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

class ThreatT05Replay : public EachSuite {
 protected:
  // A whole session, ended by bob's last word, of which the dialler's part is returned.
  std::vector<Bytes> record(Pair& pair) {
    EXPECT_TRUE(pair.meet()) << pair.told();
    const Port sink = pair.bob.sink("got");
    for (int i = 0; i < 3; ++i) {
      pair.ann->snd(sink, i);
      pair.pass(10ms);
    }
    EXPECT_EQ(pair.bob.count("got"), 3u);
    pair.ann.leave();
    EXPECT_TRUE(pair.until([&] { return pair.bob.count("down") == 1; }));
    std::vector<Bytes> said;
    for (const Piece& piece : pair.relay->last().heard) {
      if (piece.way == Way::there) said.push_back(piece.bytes);
    }
    EXPECT_GE(said.size(), 5u);
    pair.bob.story.clear();
    return said;
  }
  static void expect_nothing(Pair& pair, const Line& line) {
    EXPECT_LE(line.pieces(Way::back), 1u) << "more than message 2";
    EXPECT_LE(line.ended - line.began, Nanos((kHandshake + 100ms) / 1ns));
    EXPECT_TRUE(pair.bob.story.empty()) << pair.bob.told();
    EXPECT_EQ(pair.bob->stats().half_open, 0u);
    EXPECT_EQ(pair.bob->stats().links_up, 0u);
  }
};
AEMP_IN_EACH_SUITE(ThreatT05Replay);

TEST_P(ThreatT05Replay, OfAWholeSession) {
  Pair pair(suite());
  const std::vector<Bytes> said = record(pair);
  Line& line = pair.relay->dial();
  for (const Bytes& bytes : said) line.send(Way::there, bytes);
  ASSERT_TRUE(pair.until([&] { return !line.is_open(); }));
  expect_nothing(pair, line);
  EXPECT_GE(lines_with(pair.bob, "message 1 was replayed"), 1u) << pair.bob.told();
}

TEST_P(ThreatT05Replay, OfMessage1Alone) {
  Pair pair(suite());
  const std::vector<Bytes> said = record(pair);
  Line& line = pair.relay->dial();
  line.send(Way::there, said.front());
  ASSERT_TRUE(pair.until([&] { return line.pieces(Way::back) == 1; }));
  ASSERT_TRUE(pair.until([&] { return !line.is_open(); }));
  expect_nothing(pair, line);
  EXPECT_GE(line.ended - line.began, Nanos(4s / 1ns)) << "closed before the deadline";
}

TEST_P(ThreatT05Replay, OfWhatBobSaid) {
  Pair pair(suite());
  ASSERT_TRUE(pair.meet());
  std::vector<Bytes> said;
  for (const Piece& piece : pair.relay->last().heard) {
    if (piece.way == Way::back) said.push_back(piece.bytes);
  }
  pair.ann.story.clear();
  pair.relay->set_hook([&](Line& line, const Piece& piece) {
    if (line.number == 1) return line.close();
    if (piece.number == 1) {
      for (const Bytes& bytes : said) line.send(Way::back, bytes);
    }
  });
  pair.ann->snd(pair.bob.sink("got"), "x");  // which ends the link that there is
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 3; }));
  EXPECT_EQ(pair.ann.count("up"), 0u) << pair.ann.told();
  EXPECT_EQ(pair.relay->line(2).pieces(Way::there), 1u) << "message 3 to a recording";
}

class ThreatT06Reflection : public EachSuite {};
AEMP_IN_EACH_SUITE(ThreatT06Reflection);

TEST_P(ThreatT06Reflection, OfTheWholeHandshake) {
  Pair pair(suite());
  pair.relay->set_hook([](Line& line, const Piece& piece) {
    if (piece.way == Way::there) line.send(Way::back, piece.bytes);
  });
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 3; }));
  EXPECT_TRUE(pair.nobody_up()) << pair.told();
  for (unsigned n = 1; n <= 3; ++n) EXPECT_EQ(pair.relay->line(n).pieces(Way::there), 1u);
}

// Message 1 looks like a refusal when it comes back. One in the shape of message 2 does not.
TEST_P(ThreatT06Reflection, OfTheEphemeralKey) {
  Pair pair(suite());
  pair.relay->set_hook([&](Line& line, const Piece& piece) {
    if (piece.number != 1) return;
    Bytes answer{0, 200};
    answer.insert(answer.end(), piece.bytes.begin() + 8, piece.bytes.end());
    answer.resize(2 + 200);
    line.send(Way::back, answer);
  });
  ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 3; }));
  EXPECT_TRUE(pair.nobody_up()) << pair.told();
  EXPECT_GE(lines_with(pair.ann, "what it answers was altered"), 2u) << pair.ann.told();
}

TEST_P(ThreatT06Reflection, OfRecords) {
  for (const Way way : {Way::there, Way::back}) {
    Pair pair(suite());
    ASSERT_TRUE(pair.meet());
    pair.relay->set_hook([way](Line& line, const Piece& piece) {
      if (line.number != 1) return line.close();
      if (piece.way == way) {
        line.send(opposite(way), piece.bytes);
      } else {
        line.pass(piece);
      }
    });
    Member& sender = way == Way::there ? pair.ann : pair.bob;
    Member& other = way == Way::there ? pair.bob : pair.ann;
    sender->snd(other.sink("got"), "x");
    // At once: later it would be for what is missing.
    ASSERT_TRUE(pair.until([&] { return sender.count("down") == 1; }, 1s)) << pair.told();
    EXPECT_EQ(lines_with(sender, "a record that was altered on its way"), 1u) << sender.told();
    EXPECT_EQ(other.count("got"), 0u);
  }
}

class ThreatT07Self : public EachSuite {};
AEMP_IN_EACH_SUITE(ThreatT07Self);

TEST_P(ThreatT07Self, ADialThatComesBackToTheSameNode) {
  World world;
  const auto relay = world.relay_to("127.0.0.1:4040");
  Config c = bob_config(suite());
  c.seeds = {{relay->address()}};
  if (has_keys(suite())) c.allow = {{kBob.allowed_as("bob")}};
  Member bob(world.for_bob.loop(), c);
  ASSERT_TRUE(world.until([&] { return lines_with(bob, "it is this node itself") > 0; }))
      << bob.told();
  world.pass(kSoon);
  EXPECT_TRUE(bob.story.empty()) << bob.told();
  EXPECT_EQ(relay->lines(), 1u) << "dialled again";
  EXPECT_EQ(relay->line(1).pieces(Way::there), 1u) << "message 3 to itself";
  EXPECT_EQ(bob->stats().id_conflicts, 0u);
}

class ThreatT08Redirect : public EachSuite {};
AEMP_IN_EACH_SUITE(ThreatT08Redirect);

// Ann knows from bob himself where he listens. Then mallory has that port, and carl is behind it:
// an honest member of the same network.
TEST_P(ThreatT08Redirect, ToAnotherNodeOfTheNetwork) {
  World world;
  Config c = ann_config(suite());
  c.binds = {{"127.0.0.1:4001"}};
  Member ann(world.for_ann.loop(), c);
  Port sink;
  {
    Config b = bob_config(suite());
    b.seeds = {{"127.0.0.1:4001"}};
    Member bob(world.for_bob.loop(), b);
    ASSERT_TRUE(world.until([&] { return ann.up("bob") && bob.up("ann"); }));
    sink = bob.sink("got");
  }
  ASSERT_TRUE(world.until([&] { return !ann.up("bob"); }));
  sim::Process for_carl(world.net);
  Config of_carl = config_of(suite(), "carl", kCarl, {kAnn.allowed_as("ann")});
  of_carl.binds = {{"127.0.0.1:4002"}};
  Member carl(for_carl.loop(), of_carl);
  const auto relay = world.relay_to("127.0.0.1:4002", "127.0.0.1:4040");
  ann->snd(sink, "for bob alone");
  ASSERT_TRUE(world.until([&] { return relay->lines() > 2; })) << ann.told();
  for (unsigned n = 1; n <= 2; ++n) {
    EXPECT_EQ(relay->line(n).pieces(Way::there), 1u) << "message 3 to carl";
    EXPECT_EQ(relay->line(n).pieces(Way::back), 1u);
  }
  EXPECT_GE(lines_with(ann, "it is node carl, not bob"), 2u) << ann.told();
  EXPECT_EQ(ann.count("up carl"), 0u);
  EXPECT_TRUE(carl.story.empty()) << carl.told();
}

}  // namespace
}  // namespace aemp::threat
