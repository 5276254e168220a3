// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T24: the relay between two private nodes alters, drops, repeats, reorders, reflects and invents.
// At worst it ends the link; nothing wrong is delivered, and what it sees are records.
#include <functional>

#include "mesh/hostile_relay.h"
#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

using village::HostileRelay;
using village::Resident;
using village::Village;
using Piece24 = HostileRelay::Piece;
using Bytes24 = HostileRelay::Bytes;

constexpr int kMessages = 8;
constexpr int kAttacked = 3;  // the piece with the message of this number

struct Attack {
  std::string name;
  // What becomes of the n-th piece of the direction that is attacked.
  std::function<void(HostileRelay& relay, const Piece24& piece, int n)> act;
  int delivered = kAttacked;
};

Attack alter(const std::string& name, std::function<std::size_t(const Bytes24&)> at) {
  return {"a bit of " + name, [=](HostileRelay& relay, const Piece24& piece, int n) {
            Piece24 altered = piece;
            if (n == kAttacked) altered.bytes[at(piece.bytes)] ^= std::byte{1};
            relay.pass(altered);
          }};
}

std::vector<Attack> attacks() {
  std::vector<Attack> all;
  all.push_back(alter("the first byte", [](const Bytes24&) { return 0; }));
  all.push_back(alter("the second byte", [](const Bytes24&) { return 1; }));
  all.push_back(alter("the middle", [](const Bytes24& b) { return b.size() / 2; }));
  all.push_back(alter("the last byte", [](const Bytes24& b) { return b.size() - 1; }));
  all.push_back({"dropped", [](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n != kAttacked) relay.pass(piece);
                 }});
  all.push_back(
      {"dropped, which the numbers tell", [](HostileRelay& relay, const Piece24& piece, int n) {
         if (n < kAttacked) return relay.pass(piece);
         if (n > kAttacked) relay.send_at(piece.vlink, piece.to, 1 << 16, piece.bytes);
       }});
  all.push_back({"repeated",
                 [](HostileRelay& relay, const Piece24& piece, int n) {
                   relay.pass(piece);
                   if (n == kAttacked) relay.pass(piece);
                 },
                 kAttacked + 1});
  const auto first = std::make_shared<Piece24>();
  all.push_back({"an old one", [first](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n == 0) *first = piece;
                   relay.pass(n == kAttacked ? *first : piece);
                 }});
  const auto held = std::make_shared<Piece24>();
  all.push_back({"swapped", [held](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n == kAttacked) {
                     *held = piece;
                   } else {
                     relay.pass(piece);
                     if (n == kAttacked + 1) relay.pass(*held);
                   }
                 }});
  all.push_back({"reflected", [](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n == kAttacked) {
                     relay.send(piece.vlink, piece.from, piece.bytes);
                   } else {
                     relay.pass(piece);
                   }
                 }});
  all.push_back({"cut short", [](HostileRelay& relay, const Piece24& piece, int n) {
                   Piece24 cut = piece;
                   if (n == kAttacked) cut.bytes.resize(piece.bytes.size() / 2);
                   relay.pass(cut);
                 }});
  all.push_back({"invented", [](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n == kAttacked) {
                     Bytes24 made(40, std::byte{0x5a});
                     made[0] = std::byte{0};
                     made[1] = std::byte{38};
                     relay.send(piece.vlink, piece.to, made);
                   }
                   relay.pass(piece);
                 }});
  all.push_back({"closed", [](HostileRelay& relay, const Piece24& piece, int n) {
                   if (n < kAttacked) return relay.pass(piece);
                   if (n > kAttacked) return;
                   relay.say(piece.from, "aemp.relay_close", piece.vlink, "so it is");
                   relay.say(piece.to, "aemp.relay_close", piece.vlink, "so it is");
                 }});
  return all;
}

class ThreatT24Relay : public EachSuite {
 protected:
  // Three nodes; ann and bob are private.
  struct World24 {
    explicit World24(int suite, std::chrono::seconds patience = 1s)
        : patience(patience),
          hub_(v.settle(config(suite, "hub", kCarl))),
          relay(hub_),
          suite_(suite) {
      v.net.unruly(false);
    }
    Config config(int suite, const std::string& id, const Person& person) {
      Config c = config_of(suite, id, person,
                           {kAnn.allowed_as("ann"), kBob.allowed_as("bob"), kCarl.allowed_as("hub"),
                            kStranger.allowed_as("eve")});
      c.binds = {"public"};
      c.monitor_timeout = patience;
      return c;
    }
    Resident& settle(const std::string& id, const Person& person) {
      Config c = config(suite_, id, person);
      c.private_node();
      c.seeds = {Village::address(1)};
      return v.settle(c);
    }

    const std::chrono::seconds patience;
    Village v;
    Resident& hub_;
    HostileRelay relay;
    int suite_;
  };

  void run(const Attack& attack) {
    SCOPED_TRACE(attack.name);
    World24 w(suite());
    Resident& ann = w.settle("ann", kAnn);
    Resident& bob = w.settle("bob", kBob);
    ASSERT_TRUE(w.v.reaches(ann, bob)) << ann.told() << bob.told();
    ASSERT_TRUE(w.v.reaches(bob, ann));
    w.v.net.run_for(500ms);
    bob.heard.clear();
    std::string reason;
    ann.node->mon(bob.port, [&](Message m) { reason = m.json(); });
    w.v.net.run_for(500ms);
    int n = 0;
    w.relay.act = [&](HostileRelay& relay, const Piece24& piece) {
      if (piece.from == "ann") {
        attack.act(relay, piece, n++);
      } else {
        relay.pass(piece);
      }
    };
    for (int i = 0; i < kMessages; ++i) {
      if (reason.empty()) ann.node->snd(bob.port, i);
      w.v.net.run_for(50ms);
    }
    ASSERT_TRUE(w.v.until([&] { return !reason.empty(); })) << ann.told() << bob.told();
    EXPECT_NE(reason.find("transport_error"), std::string::npos) << reason;
    EXPECT_GE(n, kAttacked);
    w.relay.act = nullptr;
    ann.node->snd(bob.port, "new");
    EXPECT_TRUE(w.v.until([&] { return !bob.heard.empty() && bob.heard.back() == "[\"new\"]"; }))
        << ann.told() << bob.told();
    std::vector<std::string> expected;
    for (int i = 0; i < attack.delivered; ++i) expected.push_back("[" + std::to_string(i) + "]");
    expected.push_back("[\"new\"]");
    EXPECT_EQ(bob.heard, expected) << ann.told() << bob.told();
  }
};

TEST_P(ThreatT24Relay, CannotAlterDropRepeatOrInvent) {
  for (const Attack& attack : attacks()) run(attack);
}

// One bit of each piece of the handshake, in turn.
TEST_P(ThreatT24Relay, CannotAlterTheHandshake) {
  for (int attacked = 0; attacked < 4; ++attacked) {
    for (const double part : {0.0, 0.5, 0.99}) {
      SCOPED_TRACE(attacked);
      World24 w(suite(), 30s);
      Resident& ann = w.settle("ann", kAnn);
      Resident& bob = w.settle("bob", kBob);
      int n = 0;
      w.relay.act = [&](HostileRelay& relay, const Piece24& piece) {
        Piece24 p = piece;
        if (n++ == attacked) {
          p.bytes[static_cast<std::size_t>(part * static_cast<double>(p.bytes.size()))] ^=
              std::byte{4};
        }
        relay.pass(p);
      };
      // Nobody who has yet to hear the altered piece is up before another dial.
      const auto check = [&](Resident& of, const char* other) {
        of.node->mon_nodes([&w, &of, other](std::string_view node, bool up, Message) {
          EXPECT_TRUE(node != other || !up || w.relay.dials >= 2) << of.told();
        });
      };
      check(ann, "bob");
      if (attacked < 3) check(bob, "ann");
      EXPECT_TRUE(w.v.reaches(ann, bob, 60s)) << ann.told();
      EXPECT_GE(w.relay.dials, 2u) << ann.told();
      EXPECT_GT(n, attacked);
    }
  }
}

// Whoever is reached instead is not who was meant.
TEST_P(ThreatT24Relay, CannotConnectToAnother) {
  World24 w(suite());
  Resident& ann = w.settle("ann", kAnn);
  Resident& bob = w.settle("bob", kBob);
  Resident& eve = w.settle("eve", kStranger);
  ASSERT_TRUE(w.v.until([&] { return w.hub_.knows("bob") && w.hub_.knows("eve"); }));
  w.relay.redirect = [](const std::string&) { return std::string("eve"); };
  std::string reason;
  ann.node->mon(bob.port, [&](Message m) { reason = m.json(); });
  EXPECT_TRUE(w.v.until([&] { return !reason.empty(); }));
  EXPECT_GE(w.relay.dials, 1u);
  EXPECT_FALSE(ann.up("eve"));
  EXPECT_FALSE(eve.up("ann"));
  EXPECT_FALSE(ann.up("bob"));
  EXPECT_NE(ann.told().find("it is node eve, not bob"), std::string::npos) << ann.told();
}

// With `encrypt = false` and from one machine to the same.
TEST_P(ThreatT24Relay, CannotRead) {
  World24 w(suite());
  Config c = w.config(suite(), "ann", kAnn);
  c.private_node();
  c.encrypt = false;
  c.seeds = {Village::address(1)};
  Resident& ann = w.v.settle(c);
  c.nodeid = "bob";
  if (has_keys(suite())) c.key = kBob.key;
  Resident& bob = w.v.settle(c);
  ann.node->snd(bob.port, "a word that nobody else may know");
  ASSERT_TRUE(w.v.until([&] { return !bob.heard.empty(); })) << ann.told();
  std::string seen(reinterpret_cast<const char*>(w.relay.seen.data()), w.relay.seen.size());
  EXPECT_GT(seen.size(), 300u);
  EXPECT_EQ(seen.find("word that nobody"), std::string::npos);
}

// More than what was allowed: not kept, and the end of the link.
TEST_P(ThreatT24Relay, CannotFill) {
  World24 w(suite());
  Resident& ann = w.settle("ann", kAnn);
  Resident& bob = w.settle("bob", kBob);
  ASSERT_TRUE(w.v.reaches(ann, bob));
  bool filled = false;
  w.relay.act = [&](HostileRelay& relay, const Piece24& piece) {
    if (filled || piece.to != "bob") return relay.pass(piece);
    filled = true;
    // The beginning of a record, so that nothing is wrong with it yet, and more at once than fits.
    Bytes24 much(300 << 10, std::byte{0});
    much[0] = std::byte{0x40};
    relay.send(piece.vlink, piece.to, much);
  };
  ann.node->snd(bob.port, "x");
  ASSERT_TRUE(w.v.until([&] { return filled && !ann.up("bob"); })) << ann.told() << bob.told();
  EXPECT_EQ(bob.logged("come twice or too early"), 1u) << bob.told();
}

// What is missing is noticed by the numbers, before any record is.
TEST_P(ThreatT24Relay, CannotHideWhatIsMissing) {
  World24 w(suite());
  Resident& ann = w.settle("ann", kAnn);
  Resident& bob = w.settle("bob", kBob);
  ASSERT_TRUE(w.v.reaches(ann, bob));
  bool cut = false;
  w.relay.act = [&](HostileRelay& relay, const Piece24& piece) {
    if (cut || piece.to != "bob") return relay.pass(piece);
    cut = true;
    relay.send_at(piece.vlink, piece.to, 1 << 16, {std::byte{0}});
  };
  ann.node->snd(bob.port, "x");
  ASSERT_TRUE(w.v.until([&] { return cut && !ann.up("bob"); })) << ann.told() << bob.told();
  EXPECT_EQ(bob.logged("bytes are missing"), 1u) << bob.told();
}

AEMP_IN_EACH_SUITE(ThreatT24Relay);

}  // namespace
}  // namespace aemp::threat
