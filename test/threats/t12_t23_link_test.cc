// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T12: what is done to the records of a link ends it, and nothing wrong is delivered. T23: so does
// the revocation of a key.
#include <functional>

#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

constexpr int kMessages = 8;
constexpr int kAttacked = 3;  // the record with the message of this number

struct Attack {
  std::string name;
  // What becomes of the n-th record of the direction that is attacked.
  std::function<void(Line& line, const Piece& piece, int n)> act;
  int delivered = kAttacked;
};

Attack alter(const std::string& name, const std::function<std::size_t(const Bytes&)>& at,
             std::uint8_t bit) {
  return {"a bit of " + name, [=](Line& line, const Piece& piece, int n) {
            Bytes bytes = piece.bytes;
            if (n == kAttacked) bytes[at(bytes)] ^= bit;
            line.send(piece.way, bytes);
          }};
}

// The connection ends after that many bytes of the record.
Attack cut(const std::string& name, const std::function<std::size_t(const Bytes&)>& size) {
  return {"cut " + name, [=](Line& line, const Piece& piece, int n) {
            if (n < kAttacked) return line.pass(piece);
            if (n > kAttacked) return;
            line.send(piece.way, std::span(piece.bytes).first(size(piece.bytes)));
            line.close();
          }};
}

Attack insert(const std::string& name, const Bytes& bytes) {
  return {"inserted " + name, [=](Line& line, const Piece& piece, int n) {
            if (n == kAttacked) line.send(piece.way, bytes);
            line.pass(piece);
          }};
}

std::vector<Attack> attacks() {
  std::vector<Attack> all;
  all.push_back({"dropped", [](Line& line, const Piece& piece, int n) {
                   if (n != kAttacked) line.pass(piece);
                 }});
  const auto held = std::make_shared<Piece>();
  all.push_back({"swapped", [held](Line& line, const Piece& piece, int n) {
                   if (n == kAttacked) {
                     *held = piece;
                   } else {
                     line.pass(piece);
                     if (n == kAttacked + 1) line.pass(*held);
                   }
                 }});
  all.push_back({"repeated",
                 [](Line& line, const Piece& piece, int n) {
                   line.pass(piece);
                   if (n == kAttacked) line.pass(piece);
                 },
                 kAttacked + 1});
  const auto first = std::make_shared<Piece>();
  all.push_back({"an old one", [first](Line& line, const Piece& piece, int n) {
                   if (n == 0) *first = piece;
                   line.pass(n == kAttacked ? *first : piece);
                 }});
  all.push_back(alter(
      "the length", [](const Bytes&) { return 0; }, 0x20));
  all.push_back(alter(
      "the length's end", [](const Bytes&) { return 1; }, 0x01));
  all.push_back(alter(
      "the type", [](const Bytes&) { return 2; }, 0x01));
  all.push_back(alter(
      "the data", [](const Bytes& b) { return b.size() - 17; }, 0x80));
  all.push_back(alter(
      "the tag", [](const Bytes& b) { return b.size() - 16; }, 0x01));
  all.push_back(alter(
      "the tag's end", [](const Bytes& b) { return b.size() - 1; }, 0x80));
  all.push_back(cut("before it", [](const Bytes&) { return 0; }));
  all.push_back(cut("in the length", [](const Bytes&) { return 1; }));
  all.push_back(cut("after the length", [](const Bytes&) { return 2; }));
  all.push_back(cut("in the data", [](const Bytes& b) { return b.size() - 18; }));
  all.push_back(cut("before the tag", [](const Bytes& b) { return b.size() - 16; }));
  all.push_back(cut("in the tag", [](const Bytes& b) { return b.size() - 1; }));
  all.push_back(cut("after it", [](const Bytes& b) { return b.size(); }));
  all.back().delivered = kAttacked + 1;
  all.push_back(insert("zeros", Bytes(2)));
  all.push_back(insert("a tag alone", {0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  all.push_back(
      insert("zeros as a record", {0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  all.push_back(insert("what is too long", {0xff, 0xff}));
  return all;
}

// The story of the one that was sent to: what it got and when its link was up.
std::vector<std::string> expected_story(int delivered, std::string_view sender) {
  std::vector<std::string> lines;
  for (int i = 0; i < delivered; ++i) lines.push_back("got [" + std::to_string(i) + "]");
  lines.push_back("down " + std::string(sender));
  lines.push_back("up " + std::string(sender));
  lines.push_back("got [\"new\"]");
  return lines;
}

class ThreatT12Records : public EachSuite {
 protected:
  void run(const Attack& attack, Way way) {
    SCOPED_TRACE(attack.name + (way == Way::there ? " there" : " back"));
    Pair pair(suite());
    ASSERT_TRUE(pair.meet()) << pair.told();
    Member& sender = way == Way::there ? pair.ann : pair.bob;
    Member& other = way == Way::there ? pair.bob : pair.ann;
    const Port sink = other.sink("got");
    sender.watch(sink, "mon");
    other.watch(sender.sink(), "mon");
    pair.pass(100ms);
    sender.story.clear();
    other.story.clear();
    int n = 0;
    pair.relay->set_hook([&](Line& line, const Piece& piece) {
      if (line.number != 1) return line.close();
      if (piece.way != way) return line.pass(piece);
      attack.act(line, piece, n++);
    });
    for (int i = 0; i < kMessages; ++i) {
      sender->snd(sink, i);
      pair.pass(10ms);
    }
    ASSERT_TRUE(pair.until([&] { return sender.count("down") + other.count("down") == 2; }))
        << pair.told();
    pair.pass(kSoon);
    pair.relay->set_hook(nullptr);
    ASSERT_TRUE(pair.meet()) << pair.told();
    sender->snd(sink, "new");
    ASSERT_TRUE(pair.until([&] { return other.count("got [\"new\"]") == 1; })) << pair.told();
    check(sender, other, attack.delivered);
  }
  static void check(Member& sender, Member& other, int delivered) {
    const std::string reason = "mon [\"transport_error\"";
    EXPECT_EQ(sender.count(reason), 1u) << sender.told();
    EXPECT_EQ(other.count(reason), 1u) << other.told();
    EXPECT_EQ(sender.count("mon"), 1u);
    EXPECT_EQ(other.count("mon"), 1u);
    std::vector<std::string> story;
    for (const std::string& line : other.story) {
      if (line.starts_with("mon")) continue;
      story.push_back(line.starts_with("down") ? line.substr(0, line.find(" [")) : line);
    }
    EXPECT_EQ(story, expected_story(delivered, sender->id())) << other.told();
    EXPECT_EQ(sender.count("down") + sender.count("up"), 2u) << sender.told();
  }
};
AEMP_IN_EACH_SUITE(ThreatT12Records);

TEST_P(ThreatT12Records, AreNotTamperedWithUnnoticed) {
  for (const Attack& attack : attacks()) {
    for (const Way way : {Way::there, Way::back}) run(attack, way);
  }
}

// Without the record that announces a new key nothing that follows can be read, nor with two of it.
TEST_P(ThreatT12Records, NorAreNewKeys) {
  for (const int times : {0, 2}) {
    Config a = ann_config(suite()), b = bob_config(suite());
    a.link_idle = b.link_idle = 2h;
    Pair pair(a, b);
    ASSERT_TRUE(pair.meet());
    const Port sink = pair.bob.sink("got");
    pair.pass(599s);
    unsigned updates = 0;
    pair.relay->set_hook([&](Line& line, const Piece& piece) {
      if (line.number != 1) return line.close();
      const bool update = piece.bytes.size() == kRecordOverhead;
      updates += update;
      for (int i = 0; i < (update ? times : 1); ++i) line.pass(piece);
    });
    pair.pass(3s);
    pair.ann->snd(sink, 1);
    ASSERT_TRUE(pair.until([&] { return pair.ann.count("down") + pair.bob.count("down") == 2; }))
        << pair.told();
    EXPECT_GE(updates, 1u);
    EXPECT_GE(lines_with(pair.bob, "a record that was altered") +
                  lines_with(pair.ann, "a record that was altered"),
              1u)
        << pair.told();
  }
}

class ThreatT23Revoked : public EachSuite {
 protected:
  static void expect_gone(Pair& pair, Member& revoker, Config config, const Person& revoked) {
    ASSERT_TRUE(pair.meet()) << pair.told();
    pair.pass(10s);  // idle
    auto& lines = *config.allow;
    std::erase_if(lines,
                  [&](const auto& line) { return line.starts_with(public_key(revoked.key)); });
    ASSERT_FALSE(lines.empty());
    const sim::Nanoseconds before = pair.net.now();
    revoker->reload(config);
    ASSERT_TRUE(pair.until([&] { return !pair.relay->line(1).is_open(); }, 1s)) << pair.told();
    ASSERT_TRUE(pair.until([&] { return pair.ann.count("down") + pair.bob.count("down") == 2; }));
    EXPECT_LT(pair.net.now() - before, 1s);
    EXPECT_EQ(lines_with(pair.ann, "its key is not allowed any more"), 1u) << pair.told();
    EXPECT_EQ(lines_with(pair.bob, "its key is not allowed any more"), 1u) << pair.told();
    pair.pass(kSoon);
    EXPECT_GT(pair.relay->lines(), 1u) << "ann does not even try";
    EXPECT_EQ(pair.ann.count("up") + pair.bob.count("up"), 2u) << pair.told();
  }
};
AEMP_IN_SUITES(ThreatT23Revoked, 2, 3);

TEST_P(ThreatT23Revoked, ByTheListener) {
  Pair pair(suite());
  expect_gone(pair, pair.bob, bob_config(suite()), kAnn);
}

TEST_P(ThreatT23Revoked, ByTheDialler) {
  Pair pair(suite());
  expect_gone(pair, pair.ann, ann_config(suite()), kBob);
}

TEST_P(ThreatT23Revoked, OthersStay) {
  Pair pair(suite());
  ASSERT_TRUE(pair.meet()) << pair.told();
  sim::Process for_carl(pair.net);
  Config c = config_of(suite(), "carl", kCarl, {kBob.allowed_as("bob")});
  c.private_node();
  c.seeds = pair.bob->binds();
  Member carl(for_carl.loop(), c);
  ASSERT_TRUE(pair.until([&] { return pair.bob.up("carl"); })) << carl.told();
  Config now = bob_config(suite());
  now.allow = {{kCarl.allowed_as("carl")}};
  pair.bob->reload(now);
  ASSERT_TRUE(pair.until([&] { return !pair.bob.up("ann"); }, 1s));
  pair.pass(kSoon);
  EXPECT_EQ(pair.bob.count("down carl"), 0u) << pair.told();
  EXPECT_TRUE(pair.bob.up("carl"));
}

}  // namespace
}  // namespace aemp::threat
