// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Two nodes that can both not be dialled reach each other through a global node.
#include "mesh/trio.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

TEST(Relay, TwoPrivateNodesOfOneMasterReachEachOther) {
  Trio t;
  EXPECT_TRUE(t.v.reaches(t.a, t.b)) << t.told();
  EXPECT_TRUE(t.v.reaches(t.b, t.a));
  EXPECT_TRUE(t.a.up("b"));
  EXPECT_TRUE(t.b.up("a"));
  EXPECT_EQ(peer(t.a, "b").address, "relay seed");
  EXPECT_EQ(peer(t.b, "a").address, "relay seed");
}

TEST(Relay, TwoPrivateNodesOfDifferentMastersReachEachOther) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {v.address(1)});
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(2)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("b") && v["s2"].knows("a"); }));
  EXPECT_TRUE(v.reaches(a, b)) << a.told() << b.told();
  EXPECT_TRUE(v.reaches(b, a));
  // One relay: the other one's master.
  EXPECT_EQ(peer(a, "b").address, "relay s2");
  EXPECT_FALSE(b.up("s1"));
}

TEST(Relay, BothDialAtOnce) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 5 : 40); ++seed) {
    Village v(seed);
    v.settle("s1", {});
    v.settle("s2", {v.address(1)});
    Resident& a = v.settle_private("a", {v.address(1)});
    Resident& b = v.settle_private("b", {v.address(2)});
    ASSERT_TRUE(v.until([&] { return v["s1"].knows("b") && v["s2"].knows("a"); }));
    a.node->snd(b.port, 1);
    b.node->snd(a.port, 2);
    EXPECT_TRUE(v.until([&] { return a.heard.size() == 1 && b.heard.size() == 1; })) << seed;
    v.net.run_for(10s);
    EXPECT_EQ(a.node->stats().links_taken + b.node->stats().links_taken,
              a.node->stats().links_up + b.node->stats().links_up)
        << seed << a.told() << b.told();
  }
}

// The link to the relay, of which a makes no other use, is not closed for being idle.
TEST(Relay, TheLinkBelowIsNotIdle) {
  Village v;
  const auto settle = [&](const char* id, std::vector<std::string> seeds, bool is_private) {
    Config c = Village::config(id, std::move(seeds));
    c.link_idle = 2s;
    // As good as private, but for the rule that those are never idle.
    if (is_private) c.advertise = {"0.0.0.0:4040"};
    v.settle(c);
  };
  settle("s1", {}, false);
  settle("s2", {v.address(1)}, false);
  settle("a", {v.address(1)}, true);
  settle("b", {v.address(2)}, true);
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("b"); }));
  ASSERT_TRUE(v.reaches(v["a"], v["b"]));
  const Monitor monitor = v["a"].node->mon(v["b"].port, [](Message) {});
  v.net.run_for(60s);
  EXPECT_TRUE(v["a"].up("b"));
  EXPECT_TRUE(v["a"].up("s2"));
  EXPECT_EQ(v["a"].logged("closed: idle"), 0u) << v["a"].told();
  EXPECT_EQ(v["a"].node->stats().links_lost, 0u) << v["a"].told();
  // Both go once nobody needs them.
  monitor.cancel();
  EXPECT_TRUE(v.until([&] { return !v["a"].up("b"); }, 10s));
  EXPECT_TRUE(v.until([&] { return !v["a"].up("s2"); }, 20s)) << v["a"].told();
}

// Who leaves has said all.
TEST(Relay, WhatWasSentBeforeLeavingArrives) {
  Trio t;
  ASSERT_TRUE(t.meet());
  std::string reason;
  t.b.node->mon(t.a.port, [&](Message m) { reason = m.json(); });
  t.v.net.run_for(1s);
  t.b.heard.clear();
  for (int i = 0; i < 20; ++i) t.a.node->snd(t.b.port, i);
  const auto before = t.v.net.now();
  t.a.node->leave();
  ASSERT_TRUE(t.v.until([&] { return !reason.empty(); }));
  EXPECT_EQ(t.b.heard.size(), 20u) << t.told();
  EXPECT_EQ(reason, "[\"transport_error\",\"a\",\"left the network\"]");
  EXPECT_LT(t.v.net.now() - before, 1s);
}

// There is nothing to keep it secret from the relay with.
TEST(Relay, NeedsASecretOrAKey) {
  sim::Network net(1);
  sim::Process seed_process(net, "m"), a_process(net, "m"), b_process(net, "m");
  Node seed(seed_process.loop()), a(a_process.loop()), b(b_process.loop());
  const auto configure = [](Node& node, const char* id, std::vector<std::string> binds,
                            std::vector<std::string> seeds) {
    Config c;
    c.nodeid = id;
    c.insecure = true;
    c.binds = std::move(binds);
    c.seeds = std::move(seeds);
    c.monitor_timeout = 3s;
    node.configure(c);
  };
  std::string log;
  const auto write_down = [&](int, std::string_view line) { log.append(line).append("\n"); };
  a.on_log(write_down);
  b.on_log(write_down);
  configure(seed, "seed", {"127.0.0.1:4040"}, {});
  configure(a, "a", {}, {"127.0.0.1:4040"});
  configure(b, "b", {}, {"127.0.0.1:4040"});
  const Port port = b.port([](Message) { FAIL(); });
  std::string reason;
  a.mon(port, [&](Message m) { reason = m.json(); });
  a.snd(port, 1);
  EXPECT_TRUE(net.run_until([&] { return !reason.empty(); }, 60s));
  EXPECT_NE(reason.find("no connection to node b within 3000 ms"), std::string::npos) << reason;
  EXPECT_NE(log.find("node b is not reached through relay seed: that needs a secret or a key"),
            std::string::npos)
      << log;
  // Nor does b answer one that does not care.
  log.clear();
  a.snd(a.node_port("seed"), "aemp.relay_dial", 1, 5, "b");
  net.run_for(5s);
  EXPECT_NE(log.find("node a is not answered through relay seed: that needs a secret or a key"),
            std::string::npos)
      << log;
}

// Order and credit.

TEST(Relay, AFloodOfSmallAndLargeMessagesKeepsItsOrder) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 2 : 6); ++seed) {
    Trio t(seed);
    ASSERT_TRUE(t.meet());
    constexpr int kMessages = 300;
    std::vector<int> got[2];
    const auto sink = [](std::vector<int>& into) {
      return [&into](int i, std::string_view body) {
        EXPECT_EQ(body.size(), static_cast<std::size_t>(i % 50 == 0 ? 300'000 : i % 7 * 1000));
        into.push_back(i);
      };
    };
    const Port at_a = t.a.node->port(sink(got[0])), at_b = t.b.node->port(sink(got[1]));
    for (int i = 0; i < kMessages; ++i) {
      const std::string body(static_cast<std::size_t>(i % 50 == 0 ? 300'000 : i % 7 * 1000), 'x');
      t.a.node->snd(at_b, i, body);
      t.b.node->snd(at_a, i, body);
    }
    ASSERT_TRUE(
        t.v.until([&] { return got[0].size() == kMessages && got[1].size() == kMessages; }, 120s))
        << got[0].size() << " " << got[1].size() << t.told();
    for (int i = 0; i < kMessages; ++i) {
      EXPECT_EQ(got[0][static_cast<std::size_t>(i)], i);
      EXPECT_EQ(got[1][static_cast<std::size_t>(i)], i);
    }
    EXPECT_EQ(t.a.node->stats().links_lost, 0u);
  }
}

// Nobody holds more for a slow reader than the credit of one link.
TEST(Relay, WhatIsNotReadWaitsAtTheSender) {
  Trio t;
  ASSERT_TRUE(t.meet());
  t.b.heard.clear();
  // The system of the simulation takes some too.
  t.b.process.stop();
  std::uint64_t most = 0;
  const std::string body(10'000, 'x');
  for (int i = 0; i < 300; ++i) t.a.node->snd(t.b.port, i, body);
  for (int i = 0; i < 40; ++i) {
    t.v.net.run_for(50ms);
    most = std::max(most, peer(t.seed, "b").queued_bytes);
  }
  EXPECT_LE(most, 270u << 10);
  EXPECT_GE(peer(t.a, "b").queued_bytes, 2'000'000u);
  EXPECT_LE(peer(t.a, "seed").queued_bytes, 270u << 10);
  t.b.process.cont();
  EXPECT_TRUE(t.v.until([&] { return t.b.heard.size() == 300; }, 60s)) << t.told();
}

TEST(Relay, GoesOnWhereMessagesMustBeSmall) {
  Village v;
  Config c = Village::config("seed", {});
  c.max_message = 1024;
  v.settle(c);
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(1)});
  ASSERT_TRUE(v.reaches(a, b)) << a.told();
  a.node->snd(b.port, std::string(300'000, 'x'));
  EXPECT_TRUE(v.until([&] { return b.heard.size() == 2; })) << a.told() << v["seed"].told();
  c = Village::config("c", {v.address(1)});
  c.private_node();
  c.max_message = 1024;
  Resident& d = v.settle(c);
  EXPECT_TRUE(v.reaches(a, d)) << a.told();
  EXPECT_TRUE(v.reaches(d, a)) << a.told();
}

// Losses.

TEST(Relay, ALostLegEndsTheOtherSideAtOnce) {
  Trio t;
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(t.meet());
    Resident& near = round % 2 == 0 ? t.a : t.b;
    Resident& far = round % 2 == 0 ? t.b : t.a;
    std::string reason;
    far.node->mon(near.port, [&](Message m) { reason = m.json(); });
    t.v.net.run_for(1s);
    t.v.net.reset(near.process, t.seed.process);
    EXPECT_TRUE(t.v.until([&] { return !reason.empty(); }, 100ms)) << t.told();
    EXPECT_FALSE(far.up(near.node->id()));
    t.v.net.run_for(1s);
  }
}

TEST(Relay, ALostLegMakesNoHoles) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 3 : 20); ++seed) {
    SCOPED_TRACE(seed);
    Trio t(seed);
    ASSERT_TRUE(t.meet());
    Flood flood(t);
    for (int round = 0; round < 6; ++round) {
      const int before = flood.epoch;
      flood.send(60);
      t.v.net.run_for(std::chrono::milliseconds(1 + 7 * static_cast<int>(seed % 5)));
      const auto started = t.v.net.now();
      Resident& leg = round % 2 == 0 ? t.a : t.b;
      t.v.net.reset(leg.process, t.seed.process);
      flood.send(60);
      ASSERT_TRUE(t.v.until([&] { return flood.epoch > before; })) << t.told();
      // At once, not by the silence.
      EXPECT_LT(t.v.net.now() - started, 2s) << t.told();
      const int heard = flood.epochs_heard;
      flood.send(1);
      ASSERT_TRUE(t.v.until([&] { return flood.epochs_heard > heard; })) << t.told();
    }
    flood.send(100);
    t.v.net.run_for(5s);
    EXPECT_EQ(flood.last_epoch, flood.epoch);
    EXPECT_EQ(flood.last, flood.next - 1);
  }
}

TEST(Relay, ARelayThatVanishesIsReplaced) {
  Village v;
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2"); }));
  Resident& a = v.settle_private("a", {v.address(1), v.address(2)});
  Resident& b = v.settle_private("b", {v.address(1), v.address(2)});
  v.net.run_for(5s);
  ASSERT_TRUE(v.reaches(a, b));
  const std::string relay = peer(a, "b").address.substr(6);
  ASSERT_TRUE(relay == "s1" || relay == "s2") << relay;
  std::string reason;
  a.node->mon(b.port, [&](Message m) { reason = m.json(); });
  v[relay].process.vanish();
  v[relay].node.reset();
  ASSERT_TRUE(v.until([&] { return !reason.empty(); }, 20s));
  v.net.run_for(30s);
  EXPECT_TRUE(v.reaches(a, b, 60s)) << a.told() << b.told();
  EXPECT_NE(peer(a, "b").address, "relay " + relay);
}

// The far end without a word: heartbeats go from end to end.
TEST(Relay, SilenceIsNoticed) {
  Trio t;
  ASSERT_TRUE(t.meet());
  std::string reason;
  t.a.node->mon(t.b.port, [&](Message m) { reason = m.json(); });
  t.b.process.vanish();
  ASSERT_TRUE(t.v.until([&] { return !reason.empty(); }, 10s)) << t.told();
  EXPECT_FALSE(t.a.up("b"));
  t.b.node.reset();
}

// Their link is relayed; a connection of its own a data connection cannot have.
TEST(Relay, TwoPrivateNodesHaveNoDataConnection) {
  Village v;
  v.settle("hub", {});
  Resident& a = v.settle_private("a", {v.address(1)});
  Resident& b = v.settle_private("b", {v.address(1)});
  bool called = false;
  b.node->define_channel("f", [&](Channel) { called = true; });
  ASSERT_TRUE(v.reaches(a, b));
  std::string reason;
  a.node->connect_to("b", 10s, "f", [&](Result<Channel> r) {
    reason = r.ok() ? "there is one" : r.reason().json();
  });
  ASSERT_TRUE(v.until([&] { return !reason.empty(); }));
  EXPECT_EQ(reason,
            "[\"refused\",\"neither node a nor node b can be dialled, for both listen nowhere; a "
            "data connection needs one of them that can\"]");
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace aemp::village
