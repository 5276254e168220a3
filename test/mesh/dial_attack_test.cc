// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Attacks on whom nodes dial: invitations, and seeds that were heard of.
#include "mesh/village.h"

namespace aemp::village {
namespace {

// It is to dial at most some at a time.
TEST(DialAttack, InvitesOfOneMemberAreFew) {
  Village v;
  Resident& s = v.settle("s", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  Resident& hole = v.settle("hole", {});
  v.net.cut(s.process, hole.process);
  ASSERT_TRUE(v.until([&] { return s.knows("liar"); }));
  const Port to = liar.node->node_port("s");
  liar.node->snd(to, "aemp.claims", 1, true, list(), list());
  std::vector<std::string> binds;
  for (int i = 0; i < 32; ++i) binds.push_back("10.0.0.3:" + std::to_string(4040 + i));
  std::size_t most = 0, peers = 0;
  for (int n = 0; n < 2000; ++n)
    liar.node->snd(to, "aemp.connect", 1, "n" + std::to_string(n), binds);
  for (int i = 0; i < 50; ++i) {
    v.net.run_for(200ms);
    most = std::max<std::size_t>(most, s.node->stats().dials);
    peers = std::max<std::size_t>(peers, s.node->stats().peers.size());
  }
  std::printf("dials at a time: %d, peers %d\n", static_cast<int>(most), static_cast<int>(peers));
  EXPECT_LE(most, 64u * 8);
  EXPECT_GT(most, 32u);
  EXPECT_LE(peers, 100u);
}

// It is to dial very many addresses of one.
TEST(DialAttack, OfWhoeverInvitesItFewAddressesAreDialled) {
  Village v;
  Resident& s = v.settle("s", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return s.knows("liar"); }));
  const Port to = liar.node->node_port("s");
  liar.node->snd(to, "aemp.claims", 1, true, list(), list());
  std::vector<std::string> binds;
  for (int i = 0; i < 32; ++i)
    binds.push_back(liar.process.address() + ":" + std::to_string(5000 + i));
  liar.node->snd(to, "aemp.connect", 1, "n", binds);
  v.net.run_for(60s);
  std::size_t dialled = 0;
  for (const std::string& bind : binds) dialled += s.logged("dial failed: " + bind) != 0 ? 1u : 0u;
  EXPECT_EQ(dialled, 8u);
}

// One member tells of seeds where nobody is. Two islands that only others know must meet.
TEST(DialAttack, FalseSeedsTakeNoRoomFromTrueOnes) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("liar"); }));
  for (int round = 0; round < 10; ++round) {
    std::vector<std::string> seeds;
    for (int i = 0; i < 32; ++i) {
      seeds.push_back("10.9." + std::to_string(round) + "." + std::to_string(i + 1) + ":4040");
    }
    liar.node->snd(liar.node->node_port("s1"), "aemp.seeds", 1, seeds);
    v.net.run_for(100ms);
  }
  // It tells s1 alone, of s2.
  Resident& c = v.settle("c", {v.address(1), v.address(2)});
  v.net.cut(c.process, v["s2"].process);
  ASSERT_TRUE(v.until([&] { return c.logged("attached to global node s1") == 1; }, 60s));
  EXPECT_TRUE(v.until([&] { return v["s1"].up("s2"); }, 120s)) << v["s1"].told().substr(0, 2000);
}

// Not if another one has told of it too.
TEST(DialAttack, WhoToldOfATrueSeedFirstCannotTakeItBack) {
  Village v;
  v.settle("s1", {});
  Resident& liar = v.settle("liar", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return v["s1"].knows("liar"); }));
  v.net.run_for(1s);
  const std::vector<std::string> seeds{"10.0.0.4:4040"};
  liar.node->snd(liar.node->node_port("s1"), "aemp.seeds", 1, seeds);
  v.net.run_for(1s);
  v.settle("c", {v.address(1), "10.0.0.4:4040"});
  ASSERT_TRUE(v.until([&] { return v["c"].logged("attached to global node s1") == 1; }));
  v.net.run_for(1s);
  liar.node->leave();
  v.net.run_for(1s);
  EXPECT_EQ(v.settle("late", {}).process.address(), "10.0.0.4");
  EXPECT_TRUE(v.until([&] { return v["s1"].up("late"); }, 120s));
}

// They go with who told of them.
TEST(DialAttack, SeedsOfNodesThatAreGoneMakeRoom) {
  Village v;
  v.settle("s1", {});
  v.settle("s2", {});
  for (int n = 0; n < 12; ++n) {
    Resident& liar = v.settle("liar" + std::to_string(n), {v.address(1)});
    ASSERT_TRUE(v.until([&] { return v["s1"].knows("liar" + std::to_string(n)); }));
    v.net.run_for(1s);  // until it is attached
    std::vector<std::string> seeds;
    for (int i = 0; i < 4; ++i) {
      seeds.push_back("10.9." + std::to_string(n) + "." + std::to_string(i + 1) + ":4040");
    }
    liar.node->snd(liar.node->node_port("s1"), "aemp.seeds", 1, seeds);
    v.net.run_for(1s);
    liar.node->leave();
    v.net.run_for(1s);
  }
  // It tells s1 alone, of s2.
  Resident& c = v.settle("c", {v.address(1), v.address(2)});
  v.net.cut(c.process, v["s2"].process);
  ASSERT_TRUE(v.until([&] { return c.logged("attached to global node s1") == 1; }, 60s));
  EXPECT_TRUE(v.until([&] { return v["s1"].up("s2"); }, 120s));
}

}  // namespace
}  // namespace aemp::village
