// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T3: nobody gets a link when a single bit of a handshake was altered on its way. T4: nobody is
// talked down to another version, suite or protection.
#include <map>

#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

class ThreatT03BitFlips : public EachSuite {
 protected:
  // Sizes of the four messages, from a handshake that nobody disturbs.
  std::map<unsigned, std::size_t> sizes() const {
    Pair pair(suite());
    EXPECT_TRUE(pair.meet()) << pair.told();
    std::map<unsigned, std::size_t> found;
    for (const Piece& piece : pair.relay->line(1).heard) {
      if (piece.number <= 4) found[piece.number] = piece.bytes.size();
    }
    EXPECT_EQ(found.size(), 4u);
    return found;
  }
  // Alters each bit of this message in turn, or one in kBitStep, one in each connection, as long
  // as ann dials.
  struct Flipper {
    Flipper(Pair& pair, unsigned message, std::size_t bits) : pair_(pair), bits_(bits) {
      pair.relay->set_hook([this, message](Line& line, const Piece& piece) {
        if (piece.number != message || done_ >= bits_) return line.pass(piece);
        Bytes altered = piece.bytes;
        const std::size_t bit = done_ * kBitStep;
        ASSERT_LT(bit, altered.size() * 8);
        altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        line.send(piece.way, altered);
        altered_ = &line;
        ++done_;
      });
    }
    // The next connection that is altered is over.
    bool next(std::string& trouble) {
      const std::size_t before = done_;
      if (!pair_.until([&] { return done_ > before; })) trouble = "nothing to alter";
      const Line& line = *altered_;
      if (!pair_.until([&] { return !line.is_open(); })) trouble = "still open";
      if (line.ended - line.began > Nanos((kHandshake + 100ms) / 1ns)) trouble = "too late";
      return done_ < bits_ && trouble.empty();
    }
    std::size_t done() const { return done_; }

   private:
    Pair& pair_;
    std::size_t bits_, done_ = 0;
    Line* altered_ = nullptr;
  };
  void flip_all(unsigned message) const {
    const std::size_t bits = sizes()[message] * 8 / kBitStep;
    Pair pair(suite());
    Flipper flipper(pair, message, bits);
    std::string trouble;
    while (flipper.next(trouble)) {
      ASSERT_EQ(pair.ann.count("up"), 0u) << flipper.done();
      // Message 4 is the word of one who is up already. He hears at once that ann is not.
      ASSERT_EQ(pair.bob.count("up") > 0, message == 4) << flipper.done();
      ASSERT_TRUE(pair.until([&] { return pair.bob.count("up") == pair.bob.count("down"); }, 1s));
    }
    ASSERT_EQ(trouble, "") << flipper.done();
    EXPECT_EQ(flipper.done(), bits);
    // The relay alters nothing any more.
    EXPECT_EQ(pair.ann.count("up"), 0u);
    EXPECT_TRUE(pair.meet()) << pair.told();
  }
};
AEMP_IN_EACH_SUITE(ThreatT03BitFlips);

TEST_P(ThreatT03BitFlips, OfMessage1) { flip_all(1); }
TEST_P(ThreatT03BitFlips, OfMessage2) { flip_all(2); }
TEST_P(ThreatT03BitFlips, OfMessage3) { flip_all(3); }
TEST_P(ThreatT03BitFlips, OfMessage4) { flip_all(4); }

class ThreatT04Downgrade : public EachSuite {
 protected:
  // Ann says so in a line of each failed dial, and dials with the same greeting for ever.
  static void expect_refused(Pair& pair, std::string_view ann_says) {
    ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 4; })) << pair.told();
    EXPECT_TRUE(pair.nobody_up()) << pair.told();
    EXPECT_GE(lines_with(pair.ann, ann_says), 4u) << ann_says << pair.told();
    const Bytes& first = pair.relay->line(1).heard.front().bytes;
    for (unsigned n = 2; n <= 4; ++n) {
      const Bytes& again = pair.relay->line(n).heard.front().bytes;
      EXPECT_TRUE(std::equal(first.begin(), first.begin() + 8, again.begin()));
      EXPECT_EQ(pair.relay->line(n).pieces(Way::there), 1u);
    }
    pair.relay->set_hook(nullptr);
    EXPECT_TRUE(pair.meet()) << pair.told();
  }
  static void rewrite(Pair& pair, std::size_t at, std::uint8_t value) {
    pair.relay->set_hook([=](Line& line, const Piece& piece) {
      Bytes bytes = piece.bytes;
      if (piece.number == 1) bytes[at] = value;
      line.send(piece.way, bytes);
    });
  }
};
AEMP_IN_EACH_SUITE(ThreatT04Downgrade);

TEST_P(ThreatT04Downgrade, ByARewrittenVersion) {
  for (const std::uint8_t version : Bytes{0, 2, 255}) {
    Pair pair(suite());
    rewrite(pair, 4, version);
    // What bob answers to that is what he answers to anybody.
    expect_refused(pair, "refuses handshake suite");
    EXPECT_GE(lines_with(pair.bob, "it speaks protocol version " + std::to_string(version)), 4u);
  }
}

TEST_P(ThreatT04Downgrade, ByARewrittenSuite) {
  for (const std::uint8_t other : {std::uint8_t{0}, kSuiteSecret, kSuiteKeys, kSuiteKeysSecret,
                                   std::uint8_t{4}, kSuitePlain}) {
    if (other == suite()) continue;
    Pair pair(suite());
    rewrite(pair, 5, other);
    expect_refused(pair, "refuses handshake suite");
    EXPECT_GE(lines_with(pair.bob, "it demands handshake suite " + std::to_string(other)), 4u)
        << pair.bob.told();
  }
}

TEST_P(ThreatT04Downgrade, ByAForgedRefusal) {
  struct {
    std::uint8_t version;
    const char* says;
  } const cases[] = {{0, "it speaks protocol version 0"},
                     {1, "it refuses handshake suite"},
                     {2, "it speaks protocol version 2"}};
  for (const auto& c : cases) {
    Pair pair(suite());
    pair.relay->set_hook([&](Line& line, const Piece&) {
      line.send(Way::back, Bytes{'A', 'E', 'M', 'P', c.version, 0, 0, 0});
      line.close();
    });
    expect_refused(pair, c.says);
  }
}

// Bare frames need both ends' consent: nobody's word makes the other end's link weaker.
TEST_P(ThreatT04Downgrade, ByOneEndThatWantsNoProtection) {
  for (const bool ann_wants : {false, true}) {
    Config a = ann_config(suite()), b = bob_config(suite());
    a.encrypt = ann_wants;
    b.encrypt = !ann_wants;
    Pair pair(a, b);
    ASSERT_TRUE(pair.meet()) << pair.told();
    const std::string text = "a text that is easily found";
    pair.ann->snd(pair.bob.sink("got"), text);
    ASSERT_TRUE(pair.until([&] { return pair.bob.count("got") == 1; })) << "no records";
    for (const Piece& piece : pair.relay->last().heard) {
      EXPECT_EQ(std::search(piece.bytes.begin(), piece.bytes.end(), text.begin(), text.end()),
                piece.bytes.end());
    }
  }
}

}  // namespace
}  // namespace aemp::threat
