// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Attacks on how nodes find each other.
#include "mesh/village.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

// Islands meet.
TEST(MeshAttack, TwoSeedsThatKnowNobodyMeetThroughThoseWhoKnowBoth) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {});
  v.settle("a", {v.address(1)});
  v.settle("b", {v.address(2)});
  v.settle("c", {v.address(1), v.address(2)});
  v.settle("d", {v.address(2), v.address(1)});
  v.net.run_for(120s);
  EXPECT_TRUE(v["s1"].up("s2"));
  EXPECT_TRUE(v.reaches(v["a"], v["b"])) << v["a"].told();
}

TEST(MeshAttack, AllWithTheSameTwoSeedsReachEachOther) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {});
  std::vector<Resident*> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(&v.settle("n" + std::to_string(i), {v.address(1), v.address(2)}));
  v.net.run_for(30s);
  for (Resident* r : all) EXPECT_TRUE(v.reaches(*all[0], *r) || r == all[0]) << r->node->id();
}

// The operator corrects `global = false` and restarts the seed.
TEST(MeshAttack, WhoRefusedOnceMayBeAMasterAfterItsRestart) {
  Village v;
  Config c = Village::config("seed", {});
  c.global = false;
  Resident& seed = v.settle(c);
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return a.logged("dialled as a seed") == 1; }));
  seed.node->leave();
  v.net.run_for(5s);
  c = Village::config("seed", {});
  c.binds = {v.address(1)};
  seed.node = std::make_unique<Node>(seed.process.loop());
  seed.node->configure(c);
  ASSERT_TRUE(v.until([&] { return a.up("seed"); }));
  EXPECT_TRUE(v.until([&] { return a.logged("attached to global node seed") == 1; }, 300s))
      << a.told();
}

// Two global nodes met through a third that is gone; a cut is short.
TEST(MeshAttack, GlobalNodesFindEachOtherAfterACutWithoutTheirSeed) {
  Village v;
  v.settle("s1", {});
  for (const char* id : {"s2", "s3"}) {
    Config c = Village::config(id, {v.address(1)});
    c.global = true;
    v.settle(c);
  }
  ASSERT_TRUE(v.until([&] { return v["s2"].up("s3") && v["s3"].up("s2"); }));
  v.settle("a", {v.address(2)});
  v.settle("b", {v.address(3)});
  v.net.run_for(5s);
  v["s1"].process.vanish();
  v["s1"].node.reset();
  v.net.run_for(60s);
  ASSERT_TRUE(v["s2"].up("s3"));
  v.net.cut(v["s2"].process, v["s3"].process);
  ASSERT_TRUE(v.until([&] { return !v["s2"].up("s3") && !v["s3"].up("s2"); }, 120s));
  v.net.heal_all();
  EXPECT_TRUE(v.until([&] { return v["s2"].up("s3"); }, 600s));
  EXPECT_TRUE(v.reaches(v["a"], v["b"]));
}

// One member, one message.
TEST(MeshAttack, ALongBindStopsNobodyFromAttaching) {
  Village v;
  Resident& s = v.settle("s", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return s.knows("liar"); }));
  const Port to = liar.node->node_port("s");
  for (int n = 0; n < 40; ++n) {
    liar.node->snd(to, "aemp.claims", 1, false,
                   list(list("g" + std::to_string(n), 1, 1, true, list(std::string(500'000, 'x')))),
                   list());
    v.net.run_for(200ms);
  }
  Resident& a = v.settle("a", {v.address(1)});
  EXPECT_TRUE(v.until([&] { return a.logged("attached to global node s") == 1; }, 120s))
      << a.told().substr(0, 3000) << s.told().substr(0, 3000);
}

// A seed that refuses to be global: the second time too.
TEST(MeshAttack, WhoRefusesIsNotToldOnAndOn) {
  Village v;
  Config c = Village::config("never", {});
  c.global = false;
  Resident& never = v.settle(c);
  Config g = Village::config("g", {v.address(1)});
  g.global = true;
  Resident& s = v.settle(g);
  ASSERT_TRUE(v.until([&] { return s.logged("dialled as a seed") == 1; })) << s.told();
  const auto traffic = [&] {
    std::uint64_t n = 0;
    for (const auto& p : s.node->stats().peers)
      if (p.node == "never") n = p.messages_out;
    return n;
  };
  const auto churn = [&](const char* prefix) {
    const std::uint64_t before = traffic();
    for (int i = 0; i < 10; ++i) {
      v.settle(prefix + std::to_string(i), {v.address(2)});
      v.net.run_for(1s);
    }
    return traffic() - before;
  };
  const std::uint64_t first = churn("m");
  v.net.cut(s.process, never.process);
  ASSERT_TRUE(v.until([&] { return !s.up("never") && !never.up("g"); }, 120s));
  v.net.heal_all();
  ASSERT_TRUE(v.until([&] { return s.up("never"); }, 120s));
  v.net.run_for(5s);
  const std::uint64_t second = churn("k");
  std::printf("messages to who refused: %d, after a reconnect %d\n", static_cast<int>(first),
              static_cast<int>(second));
  EXPECT_EQ(second, 0u);
}

TEST(MeshAttack, FalseGlobalNodesDoNotHideTrueOnes) {
  Village v;
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  Resident& liar = v.settle("liar", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s1"].knows("liar"); }));
  for (int n = 0; n < 80; ++n) {
    liar.node->snd(liar.node->node_port("s1"), "aemp.claims", 1, false,
                   list(list("0" + std::to_string(n), 1, 1, true, list("10.9.9.9:1"))), list());
  }
  v.net.run_for(5s);
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return a.logged("attached to global node s1") == 1; }));
  v.net.run_for(5s);
  v["s1"].process.vanish();
  v["s1"].node.reset();
  // The liar is a global node by now.
  EXPECT_TRUE(v.until([&] { return a.logged("attached to global node") == 2; }, 600s));
}

// The same words again and again cost the others nothing.
TEST(MeshAttack, WhatIsSaidAgainIsNotToldToEveryNode) {
  Village v;
  Resident& s = v.settle("s", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return s.knows("liar") && s.knows("a"); }));
  const auto in = [&] {
    std::uint64_t n = 0;
    for (const auto& p : a.node->stats().peers)
      if (p.node == "s") n = p.messages_in;
    return n;
  };
  const auto say = [&] {
    liar.node->snd(liar.node->node_port("s"), "aemp.claims", 1, false,
                   list(list("liar", 1, 1, true, list("10.0.0.2:4040"))), list());
    v.net.run_for(100ms);
  };
  for (int i = 0; i < 5; ++i) say();
  const std::uint64_t before = in();
  for (int i = 0; i < 50; ++i) say();
  std::printf("told %d times\n", static_cast<int>(in() - before));
  EXPECT_LE(in() - before, 5u);
}

TEST(MeshAttack, AVeryLongMonitorTimeoutDoesNotOverflow) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Config c = Village::config("shy", {v.address(1)});
  c.private_node();
  c.monitor_timeout = std::chrono::nanoseconds::max();
  Resident& shy = v.settle(c);
  EXPECT_TRUE(v.reaches(a, shy)) << shy.told();
}

// Same ID, another address, the old machine gone without a word.
TEST(MeshAttack, ANodeThatMovedIsFoundAgain) {
  Village v;
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2"); }));
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  ASSERT_TRUE(v.reaches(a, b));
  for (int i = 0; i < 3; ++i) v.reaches(b, a);
  b.process.vanish();
  b.node.reset();
  std::unique_ptr<Resident> old = std::move(v.residents["b"]);
  Resident& again = v.settle("b", {v.address(2)});
  v.net.run_for(60s);
  EXPECT_TRUE(v.reaches(a, again, 60s)) << a.told();
  old.reset();
}

TEST(MeshAttack, WhoWasInvitedAndIsGoneIsNotDialledOn) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& shy = v.settle_private("shy", {v.address(1)});
  ASSERT_TRUE(v.reaches(a, shy));
  a.node->leave();
  v.net.run_for(3s);
  EXPECT_EQ(shy.logged("dial failed: 10.0.0.2"), 0u) << shy.told();
}

// Memory is refused once, at any point of joining.
TEST(MeshAttack, WhoHadNoMemoryOnceIsAttachedAllTheSame) {
  int stuck = 0;
  std::string points;
  for (int who = 0; who < 2; ++who) {
    for (std::uint64_t at = 0; at < 400; at += kSanitized ? 7 : 1) {
      Village v;
      Resident& s = v.settle("s", {});
      Resident& a = v.settle("a", {v.address(1)});
      Resident& b = v.settle("b", {v.address(1)});
      (who == 0 ? a : s).process.fail_allocations(at, 1);
      v.net.run_for(60s);
      const bool ok = v.reaches(a, b) && v.reaches(b, a);
      if (!ok && a.logged("unmonitored port") + b.logged("unmonitored port") == 0) {
        ++stuck;
        if (points.size() < 1500)
          points += (who == 0 ? "a@" : "s@") + std::to_string(at) + " " + a.told().substr(0, 300) +
                    " up " + std::to_string(a.up("s")) + " " + std::to_string(s.up("a")) +
                    " s: " + s.told().substr(0, 400) + "\n";
      }
    }
  }
  EXPECT_EQ(stuck, 0) << points;
}

TEST(MeshAttack, WhoHadNoMemoryOnceKnowsAllNodesAllTheSame) {
  int stuck = 0;
  std::string points;
  for (int who = 0; who < 2; ++who) {
    for (std::uint64_t at = 0; at < 400; at += kSanitized ? 7 : 1) {
      Village v;
      Resident& s1 = v.settle("s1", {});
      Resident& a = v.settle("a", {v.address(1)});
      v.until([&] { return a.logged("attached to") > 0; });
      Resident& s2 = v.settle("s2", {v.address(1)});
      Config c = Village::config("s3", {v.address(1)});
      c.global = true;
      Resident& s3 = v.settle(c);
      (who == 0 ? s1 : s3).process.fail_allocations(at, 1);
      Resident& b = v.settle("b", {v.address(4)});
      const bool ok =
          v.until([&] { return s1.knows("b") && s3.knows("a") && s3.knows("s2"); }, 120s);
      (void)s2;
      (void)b;
      if (!ok) {
        ++stuck;
        if (points.size() < 1500)
          points += (who == 0 ? "s1@" : "s3@") + std::to_string(at) + " s1 knows b " +
                    std::to_string(s1.knows("b")) + " s3 knows a " + std::to_string(s3.knows("a")) +
                    " s2 " + std::to_string(s3.knows("s2")) + "\n";
      }
    }
  }
  EXPECT_EQ(stuck, 0) << points;
}

// Nodes in a ring of seeds, that come, go and are cut at random.
TEST(MeshAttack, AfterARandomLifeAllReachEachOther) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 8 : 60); ++seed) {
    Village v(seed);
    std::uint64_t r = seed * 0x9e3779b97f4a7c15u;
    const auto random = [&](std::uint64_t n) {
      r ^= r << 13;
      r ^= r >> 7;
      r ^= r << 17;
      return r % n;
    };
    constexpr int kNodes = 7;
    std::vector<Resident*> all;
    for (int i = 1; i <= kNodes; ++i) {
      Config c = Village::config("n" + std::to_string(i),
                                 {v.address(i % 3 + 1), v.address((i + 1) % 3 + 1)});
      if (i > 5) c.private_node();
      all.push_back(&v.settle(c));
      v.net.run_for(std::chrono::milliseconds(random(300)));
    }
    for (int k = 0; k < 12; ++k) {
      const std::size_t x = random(kNodes), y = random(kNodes);
      if (x != y) v.net.cut(all[x]->process, all[y]->process);
      v.net.run_for(std::chrono::milliseconds(random(8000)));
      if (random(3) == 0) v.net.heal_all();
    }
    v.net.heal_all();
    v.net.run_for(90s);
    for (Resident* x : all) {
      for (Resident* y : all) {
        if (x == y) continue;
        EXPECT_TRUE(v.reaches(*x, *y, 40s))
            << "seed " << seed << ": " << x->node->id() << " to " << y->node->id();
      }
    }
  }
}

// Memory is refused when a link ends: whoever was claimed there is forgotten all the same.
TEST(MeshAttack, ClaimsGoWithTheirAuthorThoughMemoryIsRefused) {
  int stuck = 0;
  std::string points;
  for (int who = 0; who < 2; ++who) {
    for (std::uint64_t at = 0; at < 120; at += kSanitized ? 7 : 1) {
      Village v;
      Resident& s1 = v.settle("s1", {});
      Resident& s2 = v.settle("s2", {v.address(1)});
      Config c = Village::config("s2b", {v.address(1)});
      c.global = true;
      Resident& s3 = v.settle(c);
      v.settle("a", {v.address(3)});
      v.settle("b", {v.address(1)});
      v.until([&] { return s1.knows("a") && s3.knows("b") && s3.knows("s2"); });
      v.net.run_for(2s);
      (void)s2;
      if (who == 0) {
        s1.process.fail_allocations(at, 1);
        v["a"].node->leave();
        if (!v.until([&] { return !s1.node->known_nodes().empty() && !s3.up("a"); }, 20s)) continue;
      } else {
        s1.process.fail_allocations(at, 1);
        v["b"].node->leave();
        if (!v.until([&] { return !s3.knows("b"); }, 60s)) {
          ++stuck;
          points += "b@" + std::to_string(at) + " ";
        }
      }
    }
  }
  EXPECT_EQ(stuck, 0) << points;
}

// An address that means any host leads to no node: who has no other is asked to dial.
TEST(MeshAttack, WhoAdvertisesNothingThatCanBeDialledIsAskedToDial) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Config c = Village::config("unix", {v.address(1)});
  c.advertise = {"0.0.0.0:4040"};
  Resident* b = nullptr;
  try {
    b = &v.settle(c);
  } catch (const Error& e) {
    std::printf("refused: %s\n", e.what());
    return;
  }
  EXPECT_TRUE(v.reaches(a, *b)) << a.told();
}

// A cut that comes while nodes join, then lives of nodes under the same IDs.
TEST(MeshAttack, AfterRestartsAllReachEachOther) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 8 : 40); ++seed) {
    Village v(seed);
    std::vector<std::unique_ptr<Resident>> graves;
    std::uint64_t r = seed * 0x9e3779b97f4a7c15u;
    const auto random = [&](std::uint64_t n) {
      r ^= r << 13;
      r ^= r >> 7;
      r ^= r << 17;
      return r % n;
    };
    std::map<std::string, std::vector<std::string>> seeds;
    constexpr int kNodes = 7;
    for (int i = 1; i <= kNodes; ++i) {
      seeds["n" + std::to_string(i)] = {v.address(1), v.address(2)};
      Config c = Village::config("n" + std::to_string(i), {v.address(1), v.address(2)});
      if (i == 7) c.private_node();
      v.settle(c);
    }
    v.net.run_for(std::chrono::milliseconds(random(4000)));
    for (int k = 0; k < 10; ++k) {
      const std::string id = "n" + std::to_string(3 + random(5));
      Resident& x = v[id];
      if (random(2) == 0)
        x.process.vanish();
      else
        x.node->leave();
      v.net.run_for(std::chrono::milliseconds(random(2000)));
      x.node.reset();
      graves.push_back(std::move(v.residents[id]));
      Config c = Village::config(id, {v.address(1), v.address(2)});
      if (id == "n7") c.private_node();
      v.settle(c);
      v.net.run_for(std::chrono::milliseconds(random(3000)));
      v[id].node->snd(v["n" + std::to_string(1 + random(7))].port, "x");
    }
    v.net.run_for(60s);
    for (auto& [i, x] : v.residents) {
      for (auto& [j, y] : v.residents) {
        if (i == j) continue;
        EXPECT_TRUE(v.reaches(*x, *y, 40s)) << "seed " << seed << ": " << i << " to " << j;
      }
    }
    graves.clear();
  }
}

// The most careless of all configurations.
TEST(MeshAttack, WhoBindsToEveryAddressIsFound) {
  for (const char* bind : {"0.0.0.0:4040", "[::]:4040", "*:4040", "*"}) {
    Village v;
    v.settle("seed", {});
    Resident& a = v.settle("a", {v.address(1)});
    sim::Process machine(v.net, "m");
    Node node(machine.loop());
    Config c = Village::config("b", {v.address(1)});
    c.binds = {bind};
    std::string binds;
    node.configure(c);
    int heard = 0;
    const Port port = node.port([&](Message) { ++heard; });
    for (const auto& b : node.binds()) binds += b + " ";
    a.node->snd(port, "x");
    EXPECT_TRUE(v.until([&] { return heard == 1; }, 25s)) << bind << " binds " << binds << a.told();
  }
}

// A lie about where a node is does not hide the truth that another global node tells.
TEST(MeshAttack, AFalseClaimDoesNotHideTheTrueOne) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {v.address(1)});
  Resident& liar = v.settle("liar", {v.address(1)});
  Resident& victim = v.settle("victim", {v.address(2)});
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("victim") && v["s1"].knows("a"); }));
  for (int i = 0; i < 2; ++i) {
    liar.node->snd(liar.node->node_port("s1"), "aemp.claims", 1, false,
                   list(list("victim", 77, UINT64_MAX, false, list(v.address(3)))), list());
    v.net.run_for(1s);
  }
  EXPECT_TRUE(v.reaches(a, victim, 28s)) << a.told();
}

}  // namespace
}  // namespace aemp::village
