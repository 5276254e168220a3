// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What one member can make others hold.
#include "mesh/budgets.h"

#include <map>
#include <random>
#include <utility>

#include "mesh/database.h"
#include "mesh/replay.h"
#include "mesh/tap.h"
#include "mesh/village.h"

namespace aemp::village {
namespace {

// As many rows as one may tell, in small: explicit instantiations may name what is private.
Budgets& budgets_of(aemp::Database& database);
template <Budgets aemp::Database::*Member>
struct BudgetsOf {
  friend Budgets& budgets_of(aemp::Database& database) { return database.*Member; }
};
template struct BudgetsOf<&aemp::Database::budgets_>;
std::size_t& mirrored_of(aemp::Database& database);
template <std::size_t aemp::Database::*Member>
struct MirroredOf {
  friend std::size_t& mirrored_of(aemp::Database& database) { return database.*Member; }
};
template struct MirroredOf<&aemp::Database::most_mirrored_>;

Peer* peer(int n) { return reinterpret_cast<Peer*>(static_cast<std::uintptr_t>(n) * 64); }

TEST(Budgets, SumsAreThoseOfACountOfAll) {
  Budgets budgets(1000, 50);
  std::map<int, std::pair<std::size_t, std::size_t>> sums;
  std::vector<std::pair<int, Budgets::Charge>> charges(20, {-1, {}});
  std::mt19937 random(3);
  for (int step = 0; step < 20'000; ++step) {
    auto& [to, charge] = charges[random() % charges.size()];
    if (to >= 0) {
      sums[to].first -= charge.bytes;
      sums[to].second -= charge.rows;
    }
    if (random() % 4 == 0) {
      budgets.clear(charge);
      to = -1;
    } else {
      to = static_cast<int>(random() % 4);
      budgets.put(charge, {peer(to), random() % 300, random() % 20});
      sums[to].first += charge.bytes;
      sums[to].second += charge.rows;
    }
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(budgets.full(peer(i)), sums[i].first >= 1000 || sums[i].second >= 50);
    }
  }
}

// `liar` is a global node and claims nodes that are not there, with many rows.
struct Hoarder : testing::Test {
  Hoarder() {
    v.settle("s", {});
    v.settle("a", {v.address(1)});
    Config c = Village::config("liar", {v.address(1)});
    c.global = true;
    v.settle(c);
    EXPECT_TRUE(v.until([&] { return v["liar"].up("s") && v["s"].knows("a"); }));
    v.net.run_for(1s);
    Tap::on(node("liar"), [this](Peer& from, std::string_view function, Message args) {
      if (from.id() != "s" || function != "aemp.want") return false;
      tell("aemp.part", 1, args.as<std::string>(1), 7, 5, args[4], nullptr, rows(100));
      return true;
    });
    budgets_of(database()) = Budgets(100'000, 1'000'000);
  }
  Node& node(const std::string& id) { return *v[id].node; }
  aemp::Database& database() { return core_of(node("s")).directory->database(); }
  template <class... Args>
  void tell(const Args&... args) {
    node("liar").snd(node("liar").node_port("s"), args...);
  }
  static OwnedValue rows(int count) {
    MeshList all;
    for (int i = 0; i < count; ++i) all.add(list("f", std::to_string(1000 + i), i));
    return all.take();
  }
  void claim(int n, int attach = 1) {
    tell("aemp.claims", 1, false, list(list(name(n), 7, attach, false, list(), 5)), list(), list());
    v.net.run_for(100ms);
  }
  // Whether s has rows of that node.
  bool held(const std::string& id) { return database().version_of(id, 7) != 0; }
  static std::string name(int n) { return "ghost-" + std::to_string(100 + n); }
  Village v;
};

TEST_F(Hoarder, HasABudgetForAllItsGhosts) {
  Replay f(node("a"), "f");
  for (int n = 0; n < 40; ++n) claim(n);
  // About 170 bytes for each row.
  EXPECT_EQ(node("s").known_nodes().size(), 43u);
  const Stats stats = node("s").stats();
  EXPECT_GT(stats.refused_told, 2000u);
  EXPECT_LT(stats.refused_told, 3200u);
  EXPECT_EQ(v["s"].logged("node liar tells more rows of others than there is room for"), 1u);
  // Others do not feel it.
  node("a").db_set("g", "k", 1);
  Replay g(node("s"), "g");
  EXPECT_TRUE(v.until([&] { return g.text() == "k=1"; }));
  Config c = Village::config("honest", {v.address(1)});
  c.global = true;
  v.settle(c);
  v.settle("b", {v.address(4)});
  node("b").db_set("g", "l", 2);
  EXPECT_TRUE(v.until([&] { return g.text() == "k=1 l=2"; })) << v["s"].told();
  // What it tells less of makes room.
  const std::uint64_t before = node("s").stats().refused_told;
  for (int n = 0; n < 40; ++n) {
    tell("aemp.claims", 1, false, list(), list(name(n)), list(list(name(n), 7)));
  }
  v.net.run_for(1s);
  EXPECT_EQ(f.size(), 0u);
  claim(50);
  EXPECT_EQ(node("s").stats().refused_told, before);
  EXPECT_EQ(f.size(), 100u);
}

// It turns to other ghosts when it is full: those that nobody claims any more have a budget too.
TEST_F(Hoarder, CannotLeaveGhostsBehind) {
  std::size_t most = 0;
  Replay f(node("s"), "f");
  std::size_t owners = 0;
  for (int round = 0; round < 20; ++round) {
    for (int n = 0; n < 8; ++n) claim(round * 8 + n);
    MeshList gone;
    for (int n = 0; n < 8; ++n) gone.add(OwnedValue(list(name(round * 8 + n)).items()[0]));
    tell("aemp.claims", 1, false, list(), gone.take(), list());
    v.net.run_for(100ms);
    owners = 0;
    for (int n = 0; n < 20 * 8; ++n) owners += held(name(n)) ? 1u : 0u;
    most = std::max(most, owners);
  }
  EXPECT_LE(most, 15u);
  EXPECT_GE(most, 4u);
  v.net.run_for(20s);
  EXPECT_EQ(f.size(), 0u);
}

TEST_F(Hoarder, OldChangesCountToo) {
  claim(0);
  int told = 0;
  while (node("s").stats().refused_told == 0 && told < 1000) {
    const std::string key = std::to_string(told) + std::string(1000, 'k');
    tell("aemp.rows", 1, name(0), 7, 5 + 2 * told,
         list(list(6 + 2 * told, "f", key, 1), list(7 + 2 * told, "f", key)));
    v.net.run_for(20ms);
    ++told;
  }
  EXPECT_LT(told, 100);
}

TEST_F(Hoarder, LongBindsAreFewer) {
  const OwnedValue binds = list(std::string(270, 'x'), std::string(270, 'x'));
  MeshList all;
  for (int n = 0; n < 60'000; ++n) {
    all.add(list("g" + std::to_string(n), 1, 1, false, binds, 0));
    if (all.size_bytes() < 1'000'000) continue;
    tell("aemp.claims", 1, false, all.take(), list(), list());
    v.net.run_for(300ms);
  }
  tell("aemp.claims", 1, false, all.take(), list(), list());
  v.net.run_for(1s);
  const std::size_t known = node("s").known_nodes().size();
  EXPECT_GT(known, 40'000u);
  EXPECT_LT(known, 55'000u);
  EXPECT_GE(node("s").stats().refused_told, 60'000 - (known - 2));
  EXPECT_EQ(v["s"].logged("global node liar claims more nodes than it may"), 1u);
  Resident& b = v.settle("b", {v.address(1)});
  EXPECT_TRUE(v.until([&] { return b.logged("attached to global node s") == 1; }));
}

// An ordinary node and a master that tells it more and more.
TEST(Mirrors, HaveABudgetOfTheirMaster) {
  Village v;
  v.settle("s", {});
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return a.logged("attached to") == 1; }));
  mirrored_of(core_of(*a.node).directory->database()) = 50'000;
  Replay f(*a.node, "f"), g(*a.node, "g");
  v.net.run_for(1s);
  Node& s = *v["s"].node;
  for (int i = 0; i < 100; ++i) {
    s.db_set("f", std::to_string(i), std::string(1000, 'x'));
    v.net.run_for(100ms);
  }
  EXPECT_GE(f.size(), 47u);
  EXPECT_LE(f.size(), 50u);
  EXPECT_EQ(a.logged("global node s tells more rows than there is room for"), 1u);
  EXPECT_GT(a.node->stats().refused_told, 40u);
  EXPECT_FALSE(a.node->db_fresh());
  // What goes makes room.
  for (int i = 0; i < 100; ++i) s.db_del("f", std::to_string(i));
  s.db_set("g", "k", 1);
  EXPECT_TRUE(v.until([&] { return g.text() == "k=1"; }));
  EXPECT_EQ(f.size(), 0u);
}

TEST(Mirrors, TakeNoKeysAndValuesThatRowsDoNotHave) {
  Village v;
  v.settle("s", {});
  Resident& a = v.settle("a", {v.address(1)});
  ASSERT_TRUE(v.until([&] { return a.logged("attached to") == 1; }));
  Replay f(*a.node, "f");
  v.net.run_for(1s);
  Node& s = *v["s"].node;
  const Port to = s.node_port("a");
  const std::string key(1025, 'k'), value(70'000, 'v');
  s.snd(to, "aemp.changed", 1, "f", list(list(key, 1)));
  s.snd(to, "aemp.changed", 1, "f", list(list("k", value)));
  s.snd(to, "aemp.family", 1, "f", nullptr, nullptr, list(list(key, 1)));
  s.snd(to, "aemp.family", 1, "f", nullptr, nullptr, list(list("k", value)));
  v.net.run_for(1s);
  EXPECT_EQ(f.size(), 0u);
  EXPECT_EQ(a.logged("expected"), 4u) << a.told();
  s.db_set("f", "k", 1);
  EXPECT_TRUE(v.until([&] { return f.text() == "k=1"; }));
}

}  // namespace
}  // namespace aemp::village
