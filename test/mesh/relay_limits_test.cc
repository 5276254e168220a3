// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a member can do to a relay and through it, and what refused memory does.
#include <set>

#include "mesh/tap.h"
#include "mesh/trio.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

// An end that says nothing at all.
void silence(Resident& resident) {
  Tap::on(*resident.node, [](Peer&, std::string_view function, Message) {
    return function.starts_with("aemp.relay");
  });
}

// A member that says what it likes to the relay.
struct Mallory {
  explicit Mallory(Trio& t) : t(t), node(*t.v.settle_private("mallory", {t.v.address(1)}).node) {
    EXPECT_TRUE(t.v.until([&] { return t.seed.knows("mallory") && t.seed.knows("b"); }));
    t.v.net.run_for(1s);
    Tap::on(node, [this](Peer& from, std::string_view function, Message args) {
      if (!function.starts_with("aemp.relay")) return false;
      sim::AllocationsSucceed scope;
      heard.push_back(std::string(function.substr(5)) + " " + from.id() + " " +
                      args.rest(1).json());
      return true;
    });
  }
  template <class... Args>
  void say(const char* function, const Args&... args) {
    node.snd(node.node_port("seed"), function, 1, args...);
    t.v.net.run_for(100ms);
  }
  void send(std::uint64_t vlink, std::uint64_t at, std::size_t size) {
    const std::vector<std::byte> bytes(size);
    say("aemp.relay", vlink, at, std::span<const std::byte>(bytes));
  }
  std::string told() const {
    std::string all;
    for (const std::string& line : heard) all += line + "\n";
    return all;
  }

  Trio& t;
  Node& node;
  std::vector<std::string> heard;
};

TEST(RelayLimits, UnknownLinksAreRefused) {
  Trio t;
  ASSERT_TRUE(t.meet());
  Mallory m(t);
  const std::uint64_t before = peer(t.b, "seed").messages_in;
  m.send(77, 0, 10);
  EXPECT_EQ(m.told(), "relay_close seed [77,\"\"]\n");
  m.say("aemp.relay_credit", 77, 300'000);
  m.say("aemp.relay_close", 77, "");
  EXPECT_EQ(m.heard.size(), 1u);
  EXPECT_EQ(peer(t.b, "seed").messages_in, before);
  // To itself, to who is not there, and to who is nobody.
  m.say("aemp.relay_dial", 78, "mallory");
  m.say("aemp.relay_dial", 79, "nobody");
  m.say("aemp.relay_dial", 80, "seed");
  EXPECT_EQ(m.told().find("relay_open"), std::string::npos) << m.told();
  EXPECT_EQ(m.heard.size(), 4u) << m.told();
  EXPECT_TRUE(t.meet());
}

// The number of a link that two others have.
TEST(RelayLimits, LinksOfOthersCannotBeTouched) {
  Trio t;
  std::uint64_t vlink = 0;
  Tap::on(*t.seed.node, [&](Peer&, std::string_view function, Message args) {
    if (function == "aemp.relay_dial" && vlink == 0) vlink = args.as<std::uint64_t>(1);
    return false;
  });
  ASSERT_TRUE(t.meet());
  ASSERT_NE(vlink, 0u);
  Mallory m(t);
  m.send(vlink, 0, 100);
  m.say("aemp.relay_credit", vlink, 1'000'000);
  m.say("aemp.relay_close", vlink, "");
  m.say("aemp.relay_dial", vlink, "b");
  // To an end of it, over a link of mallory's own.
  m.node.snd(m.node.node_port("b"), "aemp.relay_close", 1, vlink, "");
  m.node.snd(m.node.node_port("b"), "aemp.relay", 1, vlink, 0, "no bytes");
  t.v.net.run_for(5s);
  EXPECT_TRUE(t.a.up("b"));
  EXPECT_TRUE(t.meet());
  EXPECT_EQ(t.a.node->stats().links_lost, 0u) << t.told();
}

TEST(RelayLimits, NobodySendsMoreThanWasAllowed) {
  Trio t;
  Mallory m(t);
  silence(t.b);
  m.say("aemp.relay_dial", 5, "b");
  m.send(5, 0, 200 << 10);
  m.send(5, 200 << 10, 100 << 10);
  EXPECT_EQ(t.seed.logged("more bytes than the other end has allowed"), 1u) << t.seed.told();
  EXPECT_NE(m.told().find("relay_close seed [5,\"more bytes"), std::string::npos) << m.told();
  // It is gone for both.
  m.send(5, 300 << 10, 10);
  EXPECT_EQ(m.heard.back(), "relay_close seed [5,\"\"]");
}

TEST(RelayLimits, BytesComeInOrderAndOnce) {
  Trio t;
  Mallory m(t);
  silence(t.b);
  for (const std::uint64_t at : {11u, 9u, 0u}) {
    m.say("aemp.relay_dial", 5, "b");
    m.send(5, 0, 10);
    m.send(5, at, 10);
    EXPECT_EQ(m.heard.back().find("relay_close seed [5,\"bytes are missing or come twice\"]"), 0u)
        << m.told();
  }
  m.say("aemp.relay_dial", 6, "b");
  m.send(6, 0, 0);
  EXPECT_EQ(m.heard.back().find("relay_close seed [6,"), 0u) << m.told();
}

TEST(RelayLimits, CreditThatThereCannotBeEndsTheLink) {
  for (const std::uint64_t end : {std::uint64_t{1}, std::uint64_t{600'000}, UINT64_MAX}) {
    Trio t;
    Mallory m(t);
    m.say("aemp.relay_dial", 5, "b");
    m.say("aemp.relay_credit", 5, end);
    EXPECT_EQ(m.heard.back(), "relay_close seed [5,\"credit that there cannot be\"]") << m.told();
  }
}

// The relay's own queue for a node that does not read is not what relayed bytes may fill.
TEST(RelayLimits, AQueueIsNotFilledForOthers) {
  Village v;
  Config c = Village::config("seed", {});
  c.max_message = 64 << 10;
  c.queue_limit = 128 << 10;
  Resident& seed = v.settle(c);
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(1)});
  ASSERT_TRUE(v.reaches(a, b));
  b.process.set_read_rate(0);
  // What the systems take, and then what the relay has to keep.
  for (int i = 0; i < 40; ++i) seed.node->snd(b.port, std::string(2'000, 'x'));
  a.node->snd(b.port, std::string(300'000, 'x'));
  ASSERT_TRUE(v.until([&] { return !a.up("b"); }, 5s)) << a.told();
  EXPECT_EQ(seed.logged("too much waits for the other end already"), 1u) << seed.told();
  EXPECT_EQ(seed.node->stats().overruns, 0u);
  EXPECT_TRUE(seed.up("b"));
  b.process.set_read_rate(UINT64_MAX);
  EXPECT_TRUE(v.until([&] { return b.heard.size() >= 41; }));
  EXPECT_TRUE(v.reaches(a, b) || v.reaches(a, b)) << a.told();
}

TEST(RelayLimits, OneNeighbourHasSoManyLinks) {
  Trio t;
  Mallory m(t);
  silence(t.b);
  for (int i = 0; i < 300; ++i) m.node.snd(m.node.node_port("seed"), "aemp.relay_dial", 1, i, "b");
  t.v.net.run_for(1s);
  EXPECT_EQ(m.heard.size(), 300u - 256) << m.told();
  EXPECT_EQ(m.heard.back(), "relay_close seed [299,\"too many links go through the relay\"]");
  // Those that end make room.
  m.say("aemp.relay_close", 0, "");
  m.say("aemp.relay_dial", 300, "b");
  EXPECT_EQ(m.heard.size(), 300u - 256);
  m.say("aemp.relay_dial", 301, "b");
  EXPECT_EQ(m.heard.back(), "relay_close seed [301,\"too many links go through the relay\"]");
}

TEST(RelayLimits, ANodeHasSoManyLinksThroughOneRelay) {
  Trio t;
  t.v.net.run_for(1s);
  std::size_t dials = 0;
  Tap::on(*t.seed.node, [&](Peer& from, std::string_view function, Message args) {
    if (function == "aemp.relay_dial") ++dials;
    if (function != "aemp.find") return function.starts_with("aemp.relay");
    t.seed.node->snd(t.seed.node->node_port(from.id()), "aemp.through", 1, args[1], "seed");
    return true;
  });
  for (int i = 0; i < 300; ++i) t.a.node->snd(t.a.node->node_port("n" + std::to_string(i)), "x");
  t.v.net.run_for(1s);
  EXPECT_EQ(dials, 256u);
  EXPECT_GT(t.a.logged("relay seed: at most 256 links go through one node, and 4096 in all"), 0u);
  // The others have their turn when those are given up.
  t.v.net.run_for(15s);
  EXPECT_GE(dials, 300u);
}

// Whoever dials through a relay is a stranger until it has proved to be none.
TEST(RelayLimits, DialsThatSayNothingAreGivenUp) {
  Trio t;
  Mallory m(t);
  for (int i = 0; i < 40; ++i) m.node.snd(m.node.node_port("seed"), "aemp.relay_dial", 1, i, "b");
  t.v.net.run_for(500ms);
  EXPECT_LE(t.b.node->stats().half_open, 16u);
  EXPECT_EQ(t.b.node->stats().accepted, 40u);
  t.v.net.run_for(10s);
  EXPECT_EQ(t.b.node->stats().half_open, 0u);
  EXPECT_EQ(std::set<std::string>(m.heard.begin(), m.heard.end()).size(), 40u) << m.told();
  EXPECT_TRUE(t.meet());
}

TEST(RelayLimits, NoSenseIsLoggedAndNothingElse) {
  Trio t;
  ASSERT_TRUE(t.meet());
  Mallory m(t);
  m.say("aemp.relay");
  m.say("aemp.relay", "x");
  m.say("aemp.relay", 1, 2, 3);
  m.say("aemp.relay", 1, -1, std::vector<std::byte>(3));
  m.say("aemp.relay_dial", 1, "no node ID");
  m.say("aemp.relay_dial", 1, 5);
  m.say("aemp.relay_credit", 1);
  m.say("aemp.relay_close", 1);
  m.say("aemp.relay_open", 1, "a");
  m.node.snd(m.node.node_port("seed"), "aemp.relay", 2, "of a later version");
  t.v.net.run_for(1s);
  EXPECT_TRUE(t.meet());
  EXPECT_EQ(t.a.node->stats().links_lost, 0u);
}

// A global node that is not asked to relay, and a node that is no global node.
TEST(RelayLimits, OnlyGlobalNodesRelay) {
  Village v;
  v.settle("seed", {});
  Resident& c = v.settle("c", {v.address(1)});
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(1)});
  ASSERT_TRUE(v.reaches(a, c) && v.reaches(b, c));
  a.node->snd(a.node->node_port("c"), "aemp.relay_dial", 1, 5, "b");
  v.net.run_for(1s);
  EXPECT_EQ(b.node->stats().accepted, 0u);
}

// Memory is refused, at any point of meeting and of talking.

TEST(RelayMemory, WhoHadNoMemoryOnceReachesTheOtherAllTheSame) {
  int stuck = 0;
  std::string points;
  for (int who = 0; who < 3; ++who) {
    for (auto at = static_cast<std::uint64_t>(who); at < 500; at += kSanitized ? 23 : 3) {
      Trio t(at + 1);
      t.v.net.run_for(3s);
      Resident& x = who == 0 ? t.a : who == 1 ? t.b : t.seed;
      x.process.fail_allocations(at, 1);
      t.a.node->snd(t.b.port, "x", std::string(400'000, 'x'));
      t.v.net.run_for(20s);
      // It may be refused now only, and what was on its way is lost then.
      const auto reaches = [&](Resident& from, Resident& to) {
        return t.v.reaches(from, to, 20s) || t.v.reaches(from, to, 20s);
      };
      const bool fine = reaches(t.a, t.b) && reaches(t.b, t.a);
      // The test's own port may have died of it.
      if (!fine && x.logged("unmonitored port") == 0) {
        ++stuck;
        if (points.size() < 3000)
          points += x.node->id() + "@" + std::to_string(at) + "\n" + t.told().substr(0, 1500);
      }
    }
  }
  EXPECT_EQ(stuck, 0) << points;
}

TEST(RelayMemory, RefusedMemoryMakesNoHoles) {
  for (int who = 0; who < 3; ++who) {
    for (std::uint64_t at = 0; at < 300; at += kSanitized ? 23 : 3) {
      SCOPED_TRACE(std::to_string(who) + "@" + std::to_string(at));
      Trio t(at + 1);
      ASSERT_TRUE(t.meet());
      Flood flood(t);
      Resident& x = who == 0 ? t.a : who == 1 ? t.b : t.seed;
      flood.send(30);
      x.process.fail_allocations(at, 1 + at % 3);
      for (int i = 0; i < 10; ++i) {
        t.v.net.run_for(20ms);
        flood.send(10);
      }
      x.process.fail_allocations(0, 0);
      t.v.net.run_for(20s);
      flood.send(1);
      t.v.net.run_for(20s);
      EXPECT_EQ(flood.last_epoch, flood.epoch) << t.told();
      EXPECT_EQ(flood.last, flood.next - 1);
    }
  }
}

}  // namespace
}  // namespace aemp::village
