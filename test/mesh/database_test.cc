// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The database as programs use it.
#include <functional>

#include "mesh/replay.h"
#include "mesh/village.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

// Two global nodes, and ordinary ones that are attached to the one or to the other.
struct Database : testing::Test {
  Database() {
    v.settle("s1", {v.address(2)});
    v.settle("s2", {v.address(1)});
    EXPECT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }));
    for (const char* id : {"a", "b"}) v.settle(id, {v.address(1)});
    for (const char* id : {"c", "d"}) v.settle(id, {v.address(2)});
    EXPECT_TRUE(v.until([&] { return v["s1"].node->known_nodes().size() == 6; }));
  }
  Node& node(const std::string& id) { return *v[id].node; }
  bool shows(const Replay& replay, std::string_view text, std::chrono::nanoseconds limit = 10s) {
    const bool shown = v.until([&] { return replay.calls() > 0 && replay.text() == text; }, limit);
    if (!shown) ADD_FAILURE() << "shown is: " << replay.text() << ", expected: " << text;
    return shown;
  }
  Village v;
};

TEST_F(Database, WhatOneSetsAllSee) {
  Replay at_s1(node("s1"), "f"), at_s2(node("s2"), "f"), at_a(node("a"), "f"), at_c(node("c"), "f");
  v.net.run_for(1s);
  for (const Replay* r : {&at_s1, &at_s2, &at_a, &at_c}) {
    EXPECT_EQ(r->calls(), 1u);
    EXPECT_EQ(r->size(), 0u);
  }
  node("a").db_set("f", "k", 1);
  node("a").db_set("f", "null");
  for (const Replay* r : {&at_s1, &at_s2, &at_a, &at_c}) shows(*r, "k=1 null=null");
  node("a").db_set("f", "k", "two");
  node("d").db_set("f", "z", std::vector<int>{1, 2});
  for (const Replay* r : {&at_s1, &at_s2, &at_a, &at_c}) {
    shows(*r, "k=\"two\" null=null z=[1,2]");
  }
  node("a").db_del("f", "k", "null", "never");
  node("a").db_del("f", "z");  // not its own
  for (const Replay* r : {&at_s1, &at_s2, &at_a, &at_c}) shows(*r, "z=[1,2]");
}

TEST_F(Database, OnlyTheFamilyThatIsMonitored) {
  Replay other(node("a"), "other");
  node("c").db_set("f", "k", 1);
  Replay f(node("b"), "f");
  shows(f, "k=1");
  EXPECT_EQ(other.calls(), 1u);
  EXPECT_EQ(other.size(), 0u);
}

TEST_F(Database, NothingIsToldTwiceOrForNothing) {
  Replay f(node("c"), "f");
  node("a").db_set("f", "k", 1);
  shows(f, "k=1");
  node("a").db_set("f", "k", 1);
  node("a").db_set("f", "brief", 1);
  node("a").db_del("f", "brief");
  v.net.run_for(2s);
  EXPECT_EQ(f.changed() + f.deleted(), 0u);
  EXPECT_EQ(f.added(), 1u);
}

TEST_F(Database, ManyMonitorsOfOneFamilyAndOneThatEnds) {
  Replay first(node("c"), "f");
  auto second = std::make_unique<Replay>(node("c"), "f");
  node("a").db_set("f", "k", 1);
  shows(first, "k=1");
  shows(*second, "k=1");
  Replay third(node("c"), "f");
  shows(third, "k=1");
  EXPECT_EQ(third.calls(), 1u);
  second.reset();
  node("a").db_set("f", "k", 2);
  shows(first, "k=2");
  shows(third, "k=2");
}

TEST_F(Database, TheOwnerWithTheSmallestNodeIdIsSeen) {
  Replay f(node("s2"), "f");
  node("c").db_set("f", "k", "c");
  shows(f, "k=\"c\"");
  node("b").db_set("f", "k", "b");
  shows(f, "k=\"b\"");
  node("d").db_set("f", "k", "d");
  v.net.run_for(1s);
  EXPECT_EQ(f.text(), "k=\"b\"");
  node("b").db_del("f", "k");
  shows(f, "k=\"c\"");
  node("c").db_del("f", "k");
  shows(f, "k=\"d\"");
  EXPECT_EQ(f.deleted(), 0u);
}

TEST_F(Database, AskedOnce) {
  node("a").db_set("f", "x", 1);
  node("c").db_set("f", "y", 2);
  v.net.run_for(1s);
  for (const char* id : {"b", "s1", "s2"}) {
    std::string said;
    node(id).db_family("f", [&](const DbRows& rows) {
      for (const auto& [key, value] : rows) said += key + value.json();
    });
    node(id).db_keys("f", [&](const DbKeys& keys) {
      for (const std::string& key : keys) said += "," + key;
    });
    node(id).db_values("f", [&](const std::vector<OwnedValue>& values) {
      for (const OwnedValue& value : values) said += ";" + value.json();
    });
    v.net.run_for(1s);
    EXPECT_EQ(said, "x1y2,x,y;1;2") << id;
  }
  int calls = 0;
  const Registration dropped = node("b").db_keys("g", [&](const DbKeys&) { ++calls; });
  node("b").db_keys("g", [&](const DbKeys& keys) { calls += keys.empty() ? 10 : 100; });
  dropped.cancel();
  v.net.run_for(1s);
  EXPECT_EQ(calls, 10);
}

TEST_F(Database, TheNamesOfItsFamilies) {
  const auto names_at = [&](const char* id) {
    std::string said = "nothing";
    const Registration asked = node(id).db_families([&](const DbKeys& names) {
      said.clear();
      for (const std::string& name : names) said += name + ",";
    });
    v.net.run_for(1s);
    EXPECT_FALSE(asked.active()) << id;
    return said;
  };
  for (const char* id : {"a", "s1"}) EXPECT_EQ(names_at(id), "") << id;
  node("a").db_set("jobs", "x", 1);
  node("c").db_set("jobs", "y", 2);
  node("c").db_set("b/\xc3\xa4", "y", 2);
  node("c").grp_reg("g", v["c"].port);
  v.net.run_for(1s);
  // Also where they are followed since before.
  for (const char* id : {"a", "d", "s1", "s2"}) EXPECT_EQ(names_at(id), "b/\xc3\xa4,jobs,") << id;
  node("a").db_del("jobs", "x");
  v.net.run_for(1s);
  EXPECT_EQ(names_at("a"), "b/\xc3\xa4,jobs,");
  node("c").db_del("jobs", "y");
  for (int i = 0; i < 3000; ++i) node("d").db_set("n" + std::to_string(1000 + i), "k");
  v.net.run_for(2s);
  for (const char* id : {"a", "b", "s1"}) {
    const std::string names = names_at(id);
    EXPECT_EQ(names.size(), 5u + 3000 * 6) << id;
    EXPECT_EQ(names.substr(0, 11), "b/\xc3\xa4,n1000,") << id;
  }
  // Who says to have rows of that name changes nothing.
  node("b").snd(node("b").node_port("s1"), "aemp.attach", 1, 9, list(), 9);
  EXPECT_THROW(node("a").db_set("aemp.families", "k"), Error);
}

TEST_F(Database, AViewIsAlwaysCurrent) {
  const DbView view = node("a").db_view("f");
  EXPECT_FALSE(view.complete());
  ASSERT_TRUE(v.until([&] { return view.complete(); }));
  EXPECT_TRUE(view.empty());
  node("d").db_set("f", "k", 5);
  ASSERT_TRUE(v.until([&] { return view.contains("k"); }));
  EXPECT_EQ(view.find("k")->as<int>(), 5);
  v.net.run_for(200s);  // it is followed as long as it lives
  node("d").db_set("f", "k", 6);
  ASSERT_TRUE(v.until([&] { return view.find("k")->as<int>() == 6; }));
  EXPECT_TRUE(node("a").db_fresh());
}

TEST_F(Database, WhatNobodyFollowsIsForgottenAndComesAgain) {
  node("c").db_set("f", "k", 1);
  {
    Replay f(node("a"), "f");
    shows(f, "k=1");
  }
  v.net.run_for(150s);
  node("c").db_set("f", "k", 2);
  v.net.run_for(1s);
  Replay f(node("a"), "f");
  shows(f, "k=2");
  EXPECT_EQ(f.calls(), 1u);
}

TEST_F(Database, ARowThatGoesWithItsPort) {
  Replay f(node("c"), "f");
  Node& a = node("a");
  const Port p = a.port([](Message) {}), q = a.port([](Message) {}), r = a.port([](Message) {});
  a.db_reg("f", p, 1);
  const Registration of_q = a.db_reg("f", q);
  const Registration of_r = a.db_reg("f", r, 3);
  ASSERT_TRUE(v.until([&] { return f.size() == 3; }));
  EXPECT_EQ(f.rows().at(p.str()).as<int>(), 1);
  EXPECT_TRUE(f.rows().at(q.str()).is_null());
  const Registration again = a.db_reg("f", p, 11);
  ASSERT_TRUE(v.until([&] { return f.changed() == 1; }));
  EXPECT_EQ(f.rows().at(p.str()).as<int>(), 11);
  a.kil(p);
  of_q.cancel();
  ASSERT_TRUE(v.until([&] { return f.size() == 1; }));
  EXPECT_FALSE(again.active());
  EXPECT_FALSE(of_q.active());
  EXPECT_TRUE(of_r.active());
  a.db_del("f", r.str());
  ASSERT_TRUE(v.until([&] { return f.size() == 0; }));
  EXPECT_FALSE(of_r.active());
  of_r.cancel();
  EXPECT_THROW(a.db_reg("f", v["c"].port), Error);
  EXPECT_THROW(a.db_reg("f", a.node_port("c")), Error);
  EXPECT_THROW(a.db_reg("f", Port()), Error);
  a.kil(r);
  a.db_reg("f", r);  // dead: gone at once
  v.net.run_for(1s);
  EXPECT_EQ(f.size(), 0u);
}

TEST_F(Database, Groups) {
  std::vector<Port> ports, joined, parted;
  node("a").grp_mon("g", [&](const std::vector<Port>& all, const std::vector<Port>& added,
                             const std::vector<Port>& removed) {
    ports = all;
    joined.insert(joined.end(), added.begin(), added.end());
    parted.insert(parted.end(), removed.begin(), removed.end());
  });
  EXPECT_TRUE(node("b").grp_get("g").empty());
  EXPECT_TRUE(node("b").grp_get("unknown").empty());
  const Port p = v["c"].port;
  const Registration of_p = node("c").grp_reg("g", p);
  EXPECT_THROW(node("c").grp_reg("g", p), Error);
  EXPECT_THROW(node("c").grp_reg("g", v["d"].port), Error);
  node("c").grp_reg("h", p);
  node("s1").grp_reg("g", node("s1").node_port());
  ASSERT_TRUE(v.until([&] { return ports.size() == 2; }));
  EXPECT_TRUE(v.until([&] { return node("b").grp_get("g").size() == 2; }));
  EXPECT_EQ(node("s2").grp_get("g").size(), 2u);
  EXPECT_TRUE(std::find(ports.begin(), ports.end(), p) != ports.end());
  of_p.cancel();
  node("c").grp_reg("g", p);
  v.net.run_for(1s);
  node("c").kil(p);
  ASSERT_TRUE(v.until([&] { return ports.size() == 1; }));
  EXPECT_TRUE(ports[0].is_node_port());
  EXPECT_EQ(parted.back(), p);
  EXPECT_TRUE(node("s1").grp_get("h").empty());
}

TEST_F(Database, ANodeThatLeavesTakesItsRowsAlongAtOnce) {
  Replay f(node("s2"), "f"), at_d(node("d"), "f");
  node("a").db_set("f", "of-a", 1);
  node("b").db_set("f", "of-b", 1);
  shows(f, "of-a=1 of-b=1");
  shows(at_d, "of-a=1 of-b=1");
  node("a").leave();
  shows(f, "of-b=1", 500ms);
  shows(at_d, "of-b=1", 500ms);
}

TEST_F(Database, ANodeThatVanishesIsWaitedForABit) {
  Replay f(node("s2"), "f");
  node("a").db_set("f", "of-a", 1);
  shows(f, "of-a=1");
  v["a"].process.vanish();
  v.net.run_for(12s);
  EXPECT_EQ(f.text(), "of-a=1");  // for its master may be what went
  shows(f, "", 10s);
}

TEST_F(Database, AnotherLifeHasItsOwnRows) {
  Replay f(node("s2"), "f");
  node("a").db_set("f", "old", 1);
  node("a").db_set("f", "both", 1);
  shows(f, "both=1 old=1");
  v["a"].process.vanish();
  v.residents["a"]->node.reset();
  Config c = Village::config("a", {v.address(1)});
  v.residents.erase("a");
  v.settle(c);
  node("a").db_set("f", "both", 2);
  shows(f, "both=2");
}

// Rows of more than a part of an answer holds.
constexpr std::size_t kMany = kSanitized ? 4'000 : 10'000;

TEST_F(Database, ThousandsOfRowsComeInPartsAndInWhole) {
  Replay f(node("d"), "f");
  for (std::size_t i = 0; i < kMany; ++i) {
    node("a").db_set("f", "key-" + std::to_string(i), std::string(40, 'x') + std::to_string(i));
  }
  EXPECT_TRUE(v.until([&] { return f.size() == kMany; })) << f.size();
  Resident& late = v.settle("late", {v.address(1), v.address(2)});
  Replay at_late(*late.node, "f");
  EXPECT_TRUE(v.until([&] { return at_late.size() == kMany; })) << at_late.size();
  EXPECT_EQ(at_late.calls(), 1u);
  EXPECT_TRUE(at_late.rows() == f.rows());
  for (std::size_t i = 0; i < kMany; ++i) node("a").db_del("f", "key-" + std::to_string(i));
  node("a").db_set("f", "last", true);
  shows(f, "last=true");
  shows(at_late, "last=true");
}

TEST_F(Database, MisuseIsAnErrorThatSaysWhat) {
  Node& a = node("a");
  const auto code = [&](auto&& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return std::string(word(e.code())) + ": " + e.what();
    }
    return "nothing";
  };
  EXPECT_EQ(code([&] { a.db_set("", "k"); }),
            "bad_name: database: family '' of 0 bytes: expected 1 to 255 bytes of UTF-8");
  EXPECT_EQ(code([&] { a.db_set(std::string(256, 'f'), "k"); }).substr(0, 9), "bad_name:");
  EXPECT_EQ(code([&] { a.db_set("f", std::string(1025, 'k')); }).substr(0, 9), "bad_name:");
  EXPECT_EQ(code([&] { a.db_set("f", "\xff"); }).substr(0, 9), "bad_name:");
  EXPECT_EQ(code([&] { a.db_mon("aemp.x", [](auto&&...) {}); }),
            "reserved_name: database: family 'aemp.x': families that begin with 'aemp.' are "
            "reserved");
  EXPECT_EQ(code([&] { a.db_set("f", "k", std::string(70'000, 'v')); }).substr(0, 8), "too_big:");
  EXPECT_EQ(code([&] { a.db_set("f", "k", message(1, 2)); }).substr(0, 10), "bad_value:");
  using OnRows = std::function<void(const DbRows&, const DbKeys&, const DbKeys&, const DbKeys&)>;
  EXPECT_EQ(code([&] { a.db_mon("f", OnRows()); }),
            "bad_value: db_mon: an empty function: expected one to call");
  EXPECT_EQ(code([&] { a.grp_get(std::string(250, 'g')); }).substr(0, 9), "bad_name:");
  EXPECT_EQ(code([&] { a.db_set(std::string(255, 'f'), std::string(1024, 'k'), 1); }), "nothing");
  OwnedValue deep = list(1);
  for (int i = 0; i < 126; ++i) deep = OwnedValue(list(deep));
  EXPECT_EQ(code([&] { a.db_set("f", "deep", deep); }).substr(0, 9), "too_deep:");
  // Nothing came of all this.
  Replay f(node("c"), "f");
  v.net.run_for(1s);
  EXPECT_EQ(f.text(), "");
}

TEST_F(Database, AMillionRowsAreRefusedWhereTheyAreWritten) {
  Node& a = node("a");
  int rows = 0;
  std::string said;
  try {
    for (; rows < 1'000'000; ++rows) a.db_set("f", std::to_string(rows));
  } catch (const Error& e) {
    said = e.what();
  }
  EXPECT_EQ(rows, 100'000);
  EXPECT_NE(said.find("a node may own 100000 rows"), said.npos) << said;
  if (kSanitized) return;  // it would take as long as all other tests of the database
  Replay f(node("c"), "f");
  EXPECT_TRUE(v.until([&] { return f.size() == 100'000; }, 60s)) << f.size();
}

TEST_F(Database, WhatIsSetWhileItAttachesIsNotForgotten) {
  v.net.set_default_path({.delay = 20ms});
  Config c = Village::config("late", {v.address(1)});
  Resident& late = v.settle(c);
  late.node->mon_nodes([&](std::string_view, bool up, auto) {
    if (up) late.node->after(1ms, [&] { late.node->db_set("f", "k", 1); });
  });
  Replay f(node("c"), "f");
  shows(f, "k=1");
}

// An owner goes over to another master, and the first one is the last to notice.
TEST_F(Database, WhatAnOwnerSetsElsewhereComesToItsFormerMaster) {
  Config c = Village::config("roamer", {v.address(1), v.address(2)});
  v.settle(c);
  Node& roamer = node("roamer");
  ASSERT_TRUE(v.until([&] { return v["roamer"].logged("attached to global node") == 1; }));
  const std::string former = v["roamer"].logged("attached to global node s1") == 1 ? "s1" : "s2";
  Replay f(node(former), "f");
  v.net.cut_one_way(v[former].process, v["roamer"].process);
  ASSERT_TRUE(v.until([&] { return v["roamer"].logged("attached to global node") == 2; }, 60s));
  roamer.db_set("f", "k", 1);
  v.net.run_for(30s);
  shows(f, "k=1");
}

TEST_F(Database, ACatcherForWhichThereIsNoRowLeavesNoPort) {
  Node& a = node("a");
  for (int i = 0; i < 100'000; ++i) a.db_set("f", std::to_string(i));
  const std::uint64_t ports = a.stats().ports;
  EXPECT_THROW(a.catch_log(5, [](std::string_view, auto, int, std::string_view) {}), Error);
  EXPECT_EQ(a.stats().ports, ports);
  const Port p = a.port([](Message) {}), q = a.port([](Message) {});
  EXPECT_NE(p, q);
  EXPECT_EQ(a.stats().ports, ports + 2);
}

TEST_F(Database, CallbacksMayDoAnything) {
  Node& c = node("c");
  int calls = 0;
  c.db_mon("f", [&](const DbRows& all, const DbKeys&, const DbKeys&, const DbKeys&) {
    ++calls;
    if (!all.empty()) return v["c"].node.reset();
    c.db_family("g", [&](const DbRows&) {
      c.db_set("f", "own", 1);
      throw std::runtime_error("thrown");
    });
    throw std::runtime_error("thrown too");
  });
  EXPECT_TRUE(v.until([&] { return calls == 2; }));
  v.net.run_for(1s);
  EXPECT_EQ(v["c"].logged("database callback"), 2u) << v["c"].told();
}

TEST_F(Database, WhoBecomesGlobalIsToldNothingNew) {
  for (const char* id : {"a", "b", "c"}) node(id).db_set("f", id, 1);
  Replay f(node("a"), "f");
  shows(f, "a=1 b=1 c=1");
  // Somebody takes it for a seed.
  Resident& e = v.settle("e", {v["a"].process.address() + ":4040"});
  ASSERT_TRUE(v.until([&] { return e.logged("attached to global node a") == 1; })) << e.told();
  Replay at_e(*e.node, "f");
  ASSERT_TRUE(v.until([&] { return at_e.calls() != 0; }));
  EXPECT_EQ(at_e.text(), "a=1 b=1 c=1");
  e.node->db_set("f", "e", 1);
  shows(f, "a=1 b=1 c=1 e=1");
  shows(at_e, "a=1 b=1 c=1 e=1");
  v.net.run_for(20s);
  EXPECT_EQ(f.added(), 4u);
  EXPECT_EQ(f.deleted() + f.changed() + at_e.deleted(), 0u);
}

TEST_F(Database, AGlobalNodeThatComesBackHasAllBeforeItTells) {
  for (int i = 0; i < 3000; ++i) node("c").db_set("f", "key-" + std::to_string(i), i);
  Replay f(node("a"), "f");
  ASSERT_TRUE(v.until([&] { return f.size() == 3000; }));
  v["s1"].process.crash();
  v.residents.erase("s1");
  v.settle("s1", {v.address(2)});
  v["s2"].process.set_read_rate(100'000);  // its part takes a while
  Resident& e = v.settle("e", {v.address(1)});
  Replay at_e(*e.node, "f");
  ASSERT_TRUE(v.until([&] { return at_e.calls() != 0; }, 60s)) << e.told();
  EXPECT_EQ(at_e.size(), 3000u);
  v.net.run_for(20s);
  EXPECT_EQ(f.deleted() + at_e.deleted(), 0u);
  EXPECT_EQ(f.added(), 3000u);
}

TEST(DatabaseAlone, ANodeThatIsNotConfiguredHasItsOwn) {
  sim::Network net(1);
  sim::Process process(net);
  Node node(process.loop());
  EXPECT_TRUE(node.db_fresh());
  Replay f(node, "f");
  const DbView view = node.db_view("f");
  node.db_set("f", "k", 1);
  net.run_for(1s);
  EXPECT_EQ(f.text(), "k=1");
  EXPECT_EQ(view.size(), 1u);
  Config c;
  EXPECT_THROW(node.configure(c), Error);
  node.leave();
  node.db_set("f", "k", 2);
  node.db_del("f", "k");
  EXPECT_FALSE(node.db_reg("f", node.node_port()).active());
  EXPECT_TRUE(node.grp_get("g").empty());
  EXPECT_FALSE(node.db_fresh());
  EXPECT_EQ(view.size(), 1u);
}

}  // namespace
}  // namespace aemp::village
