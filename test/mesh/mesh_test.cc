// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Nodes that find each other: seeds, global nodes, masters, connections on demand.
#include "mesh/village.h"
#include "support/name_server.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

TEST(Mesh, WhoIsDialledAsASeedBecomesGlobalAndTellsWhereNodesAre) {
  Village v;
  Resident& seed = v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return seed.knows("a") && seed.knows("b"); })) << a.told();
  EXPECT_EQ(seed.logged("this is a global node now"), 1u) << seed.told();
  EXPECT_FALSE(a.up("b"));
  EXPECT_TRUE(v.reaches(a, b)) << a.told();
  EXPECT_TRUE(a.up("b"));
  EXPECT_TRUE(v.reaches(b, a)) << b.told();
  EXPECT_EQ(a.logged("this is a global node now"), 0u);
}

TEST(Mesh, ANodeThatIsNotThereYetIsFoundWhenItCame) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  a.node->snd(a.node->node_port("late"), "snd", a.port, "it came");
  v.net.run_for(5s);
  EXPECT_TRUE(a.heard.empty());
  v.settle("late", {v.address(1)});
  EXPECT_TRUE(v.until([&] { return a.heard.size() == 1; }, 3s)) << a.told();
}

TEST(Mesh, APrivateNodeIsAskedToDial) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& shy = v.settle_private("shy", {v.address(1)});
  EXPECT_TRUE(v.reaches(a, shy)) << a.told() << shy.told();
  EXPECT_TRUE(v.reaches(shy, a)) << shy.told();
  // The seed itself has the link that the other made.
  EXPECT_TRUE(v.reaches(v["seed"], shy));
}

TEST(Mesh, APrivateNodeOfAnotherMasterIsAskedToDial) {
  Village v;
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }));
  Resident& a = v.settle("a", {v.address(1)});
  Resident& shy = v.settle_private("shy", {v.address(2)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("shy") && v["s2"].knows("a"); }))
      << v["s1"].told() << v["s2"].told();
  EXPECT_TRUE(v.reaches(a, shy)) << a.told() << shy.told();
}

TEST(Mesh, GlobalNodesAreAllConnectedThroughOneThatTheyShare) {
  Village v;
  v.settle("s1", {});
  for (const char* id : {"s2", "s3", "s4"}) {
    Config c = Village::config(id, {v.address(1)});
    c.global = true;
    v.settle(c);
  }
  EXPECT_TRUE(v.until([&] {
    for (auto& [id, x] : v.residents) {
      if (x->node->up_nodes().size() != 3) return false;
    }
    return true;
  })) << v["s2"].told();
}

TEST(Mesh, GlobalFalseRefusesAndTheOtherSaysSo) {
  Village v;
  Config c = Village::config("never", {});
  c.global = false;
  Resident& never = v.settle(c);
  v.settle("s", {});
  Resident& a = v.settle("a", {v.address(1), v.address(2)});
  EXPECT_TRUE(v.until([&] { return a.logged("attached to global node s") == 1; })) << a.told();
  Resident& b = v.settle("b", {v.address(1)});
  EXPECT_TRUE(v.until([&] {
    return b.logged(
               "<1> node never was dialled as a seed: node never is not to be a global node "
               "(global = false)") == 1;
  })) << b.told();
  v.net.run_for(20s);
  EXPECT_EQ(never.logged("this is a global node now"), 0u);
  EXPECT_EQ(b.logged("dialled as a seed"), 1u) << b.told();
  EXPECT_TRUE(b.up("never"));
}

TEST(Mesh, AnotherMasterIsFoundWhenOneDies) {
  Village v(3);
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2"); }));
  // Each knows one seed only; of the other one it has heard.
  for (const char* id : {"a1", "b1", "c1"}) v.settle(id, {v.address(1)});
  for (const char* id : {"a2", "b2", "c2"}) v.settle(id, {v.address(2)});
  ASSERT_TRUE(v.until([&] {
    return v["s1"].node->known_nodes().size() == 8 && v["s2"].node->known_nodes().size() == 8;
  }));
  v["s1"].process.vanish();
  v["s1"].node.reset();
  EXPECT_TRUE(v.until([&] {
    return v["a1"].logged("attached to global node s2") +
               v["b1"].logged("attached to global node s2") +
               v["c1"].logged("attached to global node s2") ==
           3;
  })) << v["a1"].told();
  EXPECT_TRUE(v.reaches(v["a1"], v["a2"])) << v["a1"].told();
  EXPECT_TRUE(v.reaches(v["b2"], v["c1"]));
  Resident& late = v.settle("late", {v.address(1), v.address(2)});
  EXPECT_TRUE(v.reaches(late, v["b1"])) << late.told();
}

TEST(Mesh, WhoLeftIsForgotten) {
  Village v;
  v.settle("s1", {v.address(2)});
  v.settle("s2", {v.address(1)});
  v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("a") && v["s2"].knows("a"); }));
  v["a"].node->leave();
  EXPECT_TRUE(v.until([&] { return !v["s2"].knows("a"); }, 3s));
}

TEST(Mesh, ASplitNetworkMergesAgain) {
  Village v(5);
  for (int i = 1; i <= 3; ++i) {
    Config c = Village::config("s" + std::to_string(i), {v.address(1), v.address(2), v.address(3)});
    c.global = true;
    v.settle(c);
  }
  for (int i = 0; i < 6; ++i) {
    v.settle("n" + std::to_string(i), {v.address(1 + i % 3)});
  }
  const auto all_know_all = [&] {
    for (const char* id : {"s1", "s2", "s3"}) {
      if (v[id].node->known_nodes().size() != 9) return false;
    }
    return true;
  };
  ASSERT_TRUE(v.until(all_know_all));
  for (auto& [x, one] : v.residents) {
    for (auto& [y, other] : v.residents) {
      const bool here = x == "s1" || x == "n0" || x == "n3",
                 there = y == "s1" || y == "n0" || y == "n3";
      if (here != there) v.net.cut(one->process, other->process);
    }
  }
  ASSERT_TRUE(v.until([&] { return !v["s1"].up("s2") && !v["s2"].up("s1") && !v["s3"].up("s1"); }));
  Resident& fresh = v.settle("fresh", {v.address(2)});
  v.net.cut(fresh.process, v["s1"].process);
  v.net.run_for(40s);
  v.net.heal_all();
  EXPECT_TRUE(v.until(
      [&] {
        for (const char* id : {"s1", "s2", "s3"}) {
          if (v[id].node->known_nodes().size() != 10) return false;
        }
        return true;
      },
      40s))
      << v["s1"].told();
  EXPECT_TRUE(v.reaches(v["n0"], v["n1"]));
  EXPECT_TRUE(v.reaches(fresh, v["n3"]));
}

TEST(Mesh, ASeedThatComesLateIsJoined) {
  Village v;
  // The address is taken by a machine that does not run a node yet.
  Resident& a = v.settle("a", {v.address(2)});
  v.net.run_for(60s);
  EXPECT_EQ(a.logged("attached"), 0u);
  Resident& seed = v.settle("seed", {});
  EXPECT_TRUE(v.until([&] { return a.logged("attached to global node seed") == 1; }, 31s))
      << a.told();
  Resident& b = v.settle("b", {v.address(2)});
  EXPECT_TRUE(v.reaches(b, a));
  EXPECT_EQ(seed.logged("<1>"), 0u);
}

TEST(Mesh, WhatMakesNoSenseIsRefusedAndChangesNothing) {
  Village v;
  Resident& s = v.settle("s", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return s.knows("a") && s.knows("b"); }));
  const Port to = a.node->node_port("s");
  a.node->snd(to, "aemp.attach");
  a.node->snd(to, "aemp.attach", 1, "no number", list());
  a.node->snd(to, "aemp.attach", 1, 9, list(1, 2));
  a.node->snd(to, "aemp.attach", 1, 9, std::vector<std::string>(33, "10.0.0.9:1"));
  a.node->snd(to, "aemp.find", 1, "not a node");
  a.node->snd(to, "aemp.find", 1, Port(), 5);
  a.node->snd(to, "aemp.claims", 1, true, 5, 5);
  a.node->snd(to, "aemp.claims", 1, true, list(list("x")), list());
  a.node->snd(to, "aemp.claims", 1, true, list(list("x y", 1, 1, false, list())), list());
  a.node->snd(to, "aemp.invite", 1, "a", "b", list());
  a.node->snd(to, "aemp.connect", 1, "b", list("10.0.0.99:1"));
  a.node->snd(to, "aemp.found", 1, "b", list("10.0.0.99:1"));
  a.node->snd(to, "aemp.attached", 1, 5, list());
  a.node->snd(to, "aemp.globals", 1, list(list("evil", list("10.0.0.99:1"))));
  a.node->snd(to, "aemp.unknown", 1);
  // Other versions are passed over.
  a.node->snd(to, "aemp.claims", 2, "whatever");
  v.net.run_for(3s);
  EXPECT_TRUE(v.reaches(b, a)) << b.told();
  EXPECT_TRUE(v.reaches(s, b));
  EXPECT_FALSE(s.knows("x"));
  EXPECT_FALSE(s.knows("evil"));
}

// A member may lie about where others are; who is dialled there must be the one that was meant.
TEST(Mesh, AFalseClaimLeadsToNobodyElse) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {v.address(1)});
  Resident& liar = v.settle("liar", {v.address(1)});
  Resident& victim = v.settle("victim", {v.address(2)});
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("victim") && v["s1"].knows("a"); }));
  // The first time makes it a global node, which says all that it has to say.
  for (int i = 0; i < 2; ++i) {
    liar.node->snd(liar.node->node_port("s1"), "aemp.claims", 1, false,
                   list(list("victim", 77, UINT64_MAX, false, list(v.address(3)))), list());
    v.net.run_for(1s);
  }
  a.node->snd(victim.port, "for the victim");
  v.net.run_for(10s);
  EXPECT_TRUE(liar.heard.empty());
  // Its words go when it goes.
  liar.node->leave();
  EXPECT_TRUE(v.until([&] { return victim.heard.size() == 1; }, 10s)) << a.told();
}

TEST(Mesh, WhatIsAdvertisedIsDialled) {
  Village v;
  v.settle("seed", {});
  Config c = Village::config("a", {v.address(1)});
  c.advertise = {"10.0.0.99:4040"};
  Resident& a = v.settle(c);
  Resident& b = v.settle("b", {v.address(1)});
  b.node->snd(a.port, "nobody is there");
  EXPECT_TRUE(v.until([&] { return b.logged("dial failed: 10.0.0.99:4040") != 0; })) << b.told();
  // `*` with and without a port: each address of the machine.
  Config all = Village::config("all", {v.address(1)});
  all.advertise = {"*"};
  Resident& everywhere = v.settle(all);
  EXPECT_TRUE(v.reaches(b, everywhere)) << b.told();
  Config wrong = Village::config("wrong", {v.address(1)});
  wrong.advertise = {"*:1"};
  Resident& elsewhere = v.settle(wrong);
  b.node->snd(elsewhere.port, "nobody is there");
  EXPECT_TRUE(v.until([&] { return b.logged("dial failed: 10.0.0.5:1:") != 0; })) << b.told();
}

// A name server that says nothing keeps nobody from dialling the address beside the name.
TEST(Mesh, ANameThatTakesLongHoldsUpNoAddress) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Config c = Village::config("b", {v.address(1)});
  c.advertise = {"slow.example:4040", v.address(3)};
  Resident& b = v.settle(c);
  sim::Process keeper(v.net, "ns");
  NameServer server(keeper.loop(), parse_ip(keeper.address())->at(53));
  server.behave = [](const NameServer::Question&) { return NameServer::Reply{}; };
  a.process.write_file("/etc/resolv.conf",
                       "nameserver " + keeper.address() + "\noptions timeout:30 attempts:5\n");
  ASSERT_TRUE(v.until([&] { return v["seed"].knows("b") && a.up("seed"); }));
  // Names are told by the node itself.
  ASSERT_TRUE(v.reaches(a, b));
  v.net.cut(a.process, b.process);
  ASSERT_TRUE(v.until([&] { return !a.up("b") && !b.up("a"); }));
  a.node->snd(b.port, "hello");
  v.net.run_for(8s);
  v.net.heal(a.process, b.process);
  EXPECT_TRUE(v.until([&] { return b.heard.size() == 2; }, 15s)) << a.told();
}

TEST(Mesh, AnAdvertisedAddressNeedsAPort) {
  Loop loop;
  Node node(loop);
  Config c;
  c.insecure = true;
  c.advertise = {"10.0.0.1"};
  try {
    node.configure(c);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "advertise: 10.0.0.1: expected a port number");
  }
}

// Whichever allocation is refused to one of three while they meet: in the end they reach each
// other.
void refuse_in_turn(const std::string& victim) {
  for (std::uint64_t after = 0;; after += kSanitized ? 7 : 1) {
    Village v(after + 1);
    v.settle("seed", {v.address(2)});
    v.settle("other", {v.address(1)});
    v.settle("a", {v.address(1)});
    v.settle("b", {v.address(2)});
    sim::Process& process = v[victim].process;
    process.fail_allocations(after, 1);
    v.net.run_for(3s);
    const bool refused = process.refused_allocations() != 0;
    process.fail_allocations(0, 0);
    v.net.run_for(10s);
    ASSERT_TRUE(v.reaches(v["a"], v["b"])) << after << "\n" << v["a"].told() << v["seed"].told();
    for (const char* id : {"seed", "other"}) {
      ASSERT_EQ(v[id].node->known_nodes().size(), 4u) << after << "\n" << v[id].told();
    }
    if (!refused) {
      EXPECT_GT(after, 50u);
      return;
    }
  }
}

TEST(Mesh, MemoryThatIsRefusedToAnOrdinaryNodeKeepsNobodyApart) { refuse_in_turn("a"); }
TEST(Mesh, MemoryThatIsRefusedToTheSeedKeepsNobodyApart) { refuse_in_turn("seed"); }

class MeshScale : public testing::Test {};

TEST_F(MeshScale, AHundredAndFiftyNodesJoinAndReachEachOther) {
  Village v(9);
  v.net.unruly(false);
  std::vector<std::string> seeds;
  for (int i = 1; i <= 5; ++i) seeds.push_back(v.address(i));
  for (int i = 1; i <= 5; ++i) v.settle("s" + std::to_string(i), seeds);
  constexpr int kNodes = 150;
  for (int i = 0; i < kNodes; ++i) v.settle("n" + std::to_string(i), seeds);
  EXPECT_TRUE(v.until(
      [&] {
        for (int i = 1; i <= 5; ++i) {
          if (v["s" + std::to_string(i)].node->known_nodes().size() != kNodes + 5) return false;
        }
        return true;
      },
      10s));
  for (int i = 0; i < kNodes; ++i) {
    EXPECT_LE(v["n" + std::to_string(i)].node->stats().links_up, 5u);
    v["n" + std::to_string(i)].node->snd(v["n" + std::to_string((i * 7 + 1) % kNodes)].port, i);
  }
  EXPECT_TRUE(v.until(
      [&] {
        for (int i = 0; i < kNodes; ++i) {
          if (v["n" + std::to_string(i)].heard.empty()) return false;
        }
        return true;
      },
      10s));
}

}  // namespace
}  // namespace aemp::village
