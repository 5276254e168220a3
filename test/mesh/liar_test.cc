// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A member that became a global node and tells others of rows that nobody has set: what it said is
// gone when it goes, and owners' own masters never hear it.
#include "mesh/replay.h"
#include "mesh/rows.h"
#include "mesh/tap.h"
#include "mesh/village.h"

namespace aemp::village {
namespace {

// s1 and s2 are global nodes, `owner` is attached to s2, and `liar` is a global node that lies to
// s1, or to both.
struct Liar : testing::Test {
  Liar() {
    v.settle("s2", {v.address(1)});
    EXPECT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }));
    v.settle("owner", {v.address(2)});
    Config c = Village::config("liar", {v.address(1), v.address(2)});
    c.global = true;
    v.settle(c);
    Tap::on(node("s1"), [this](Peer& from, std::string_view function, Message args) {
      if (from.id() == "s2" && function == "aemp.claims") see_claims(args);
      return false;
    });
    Tap::on(node("liar"), [this](Peer& from, std::string_view function, Message args) {
      return function == "aemp.want" && args.get<std::string_view>(1) == "owner" &&
             (answer(from.id(), args), true);
    });
    node("owner").db_set("f", "true", 1);
    EXPECT_TRUE(v.until([&] { return incarnation != 0 && at_s1.text() == "true=1"; }));
    EXPECT_TRUE(v.until([&] { return v["liar"].up("s1") && v["liar"].up("s2"); }));
    v.net.run_for(2s);
  }
  Node& node(const std::string& id) { return *v[id].node; }
  void see_claims(Message args) {
    for (const Value entry : args[2].items()) {
      if (entry[0].as<std::string_view>() == "owner") incarnation = entry[1].as<std::uint64_t>();
    }
  }
  void answer(const std::string& whom, Message args) {
    ++asked;
    node("liar").snd(node("liar").node_port(whom), "aemp.part", 1, "owner", incarnation, version,
                     args[4], nullptr, list(list("f", "false", 2)));
  }
  void claim(const std::string& whom, std::uint64_t attach) {
    node("liar").snd(node("liar").node_port(whom), "aemp.claims", 1, false,
                     list(list("owner", incarnation, attach, false, list(), version)), list(),
                     list());
    v.net.run_for(500ms);
  }
  void unclaim(const std::string& whom) {
    node("liar").snd(node("liar").node_port(whom), "aemp.claims", 1, false, list(), list("owner"),
                     list());
    v.net.run_for(500ms);
  }
  void tell_rows(const std::string& whom, std::uint64_t since) {
    node("liar").snd(node("liar").node_port(whom), "aemp.rows", 1, "owner", incarnation, since,
                     list(list(since + 1, "f", "false", 3)));
    v.net.run_for(500ms);
  }
  bool shows(const Replay& replay, std::string_view text, std::chrono::nanoseconds limit = 5s) {
    const bool shown = v.until([&] { return replay.text() == text; }, limit);
    if (!shown) ADD_FAILURE() << "shown is: " << replay.text() << ", expected: " << text;
    return shown;
  }
  // s2 is gone for s1, and the liar alone claims the owner.
  void be_the_only_one() {
    v.net.cut(v["s1"].process, v["s2"].process);
    EXPECT_TRUE(v.until([&] { return !v["s1"].up("s2"); }));
    claim("s1", UINT64_MAX);
    shows(at_s1, "false=2");
    v.net.heal_all();
    EXPECT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }, 120s));
    v.net.run_for(3s);
  }

  Village v;
  std::uint64_t incarnation = 0, version = kMaxVersion - 1;
  int asked = 0;
  Replay at_s1{*v.settle("s1", {Village::address(2)}).node, "f"};
};

TEST_F(Liar, IsNotHeardAsLongAsTheMasterClaimsTheOwner) {
  claim("s1", UINT64_MAX);
  claim("s2", UINT64_MAX);
  tell_rows("s1", version - 1);
  tell_rows("s2", 1);
  tell_rows("s2", 0);
  EXPECT_EQ(asked, 0);
  node("owner").db_set("f", "more", 2);
  shows(at_s1, "more=2 true=1");
  Replay at_s2(node("s2"), "f");
  shows(at_s2, "more=2 true=1");
  EXPECT_EQ(at_s1.deleted() + at_s1.changed() + at_s2.deleted(), 0u);
}

// The claim may be taken back and said anew for ever: that changes nothing here.
TEST_F(Liar, CannotMakeCopiesFlap) {
  for (int i = 0; i < 30; ++i) {
    claim("s1", UINT64_MAX - static_cast<unsigned>(i));
    unclaim("s1");
  }
  EXPECT_EQ(at_s1.text(), "true=1");
  EXPECT_EQ(at_s1.calls(), 2u);
  EXPECT_EQ(asked, 0);
}

TEST_F(Liar, WhatItSaidWhenItWasTheOnlyOneIsGoneWhenItGoes) {
  be_the_only_one();
  EXPECT_EQ(at_s1.text(), "false=2");  // one word against the other
  v["liar"].process.vanish();
  shows(at_s1, "true=1", 60s);
  EXPECT_EQ(v["s1"].logged("another global node lies"), 1u) << v["s1"].told();
  node("owner").db_set("f", "more", 2);
  shows(at_s1, "more=2 true=1");
}

// Plausible versions and false rows in them.
TEST_F(Liar, FalseRowsOfTrueVersionsAreGoneWhenItGoes) {
  version = 1;
  v.net.cut(v["s1"].process, v["s2"].process);
  ASSERT_TRUE(v.until([&] { return !v["s1"].up("s2"); }));
  ASSERT_TRUE(v.until([&] { return at_s1.text().empty(); }, 60s));
  claim("s1", 1);
  shows(at_s1, "false=2");
  v.net.heal_all();
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }, 120s));
  v.net.run_for(3s);
  unclaim("s1");
  shows(at_s1, "true=1");
}

TEST_F(Liar, TheOwnersNewMasterAsksTheOwnerItself) {
  be_the_only_one();
  v.net.cut(v["owner"].process, v["liar"].process);
  v["s2"].process.vanish();
  ASSERT_TRUE(v.until([&] { return v["owner"].logged("attached to global node s1") == 1; }, 120s))
      << v["owner"].told();
  shows(at_s1, "true=1");
  node("owner").db_set("f", "more", 2);
  shows(at_s1, "more=2 true=1");
}

// It says that it has it, and then nothing.
TEST_F(Liar, WhoSaysNothingHidesNothingWhenItGoes) {
  v.net.cut(v["s1"].process, v["s2"].process);
  ASSERT_TRUE(v.until([&] { return !v["s1"].up("s2"); }));
  ASSERT_TRUE(v.until([&] { return at_s1.text().empty(); }, 60s));
  version = 0;
  claim("s1", UINT64_MAX);
  v.net.heal_all();
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }, 120s));
  v.net.run_for(3s);
  unclaim("s1");
  shows(at_s1, "true=1");
}

// Alone at first, so that nobody contradicts; the one that comes after it has lower versions.
TEST_F(Liar, AVersionThatNobodyConfirmsIsGivenUp) {
  v.net.cut(v["s1"].process, v["s2"].process);
  ASSERT_TRUE(v.until([&] { return !v["s1"].up("s2"); }));
  claim("s1", UINT64_MAX);
  shows(at_s1, "false=2");
  unclaim("s1");
  v.net.heal_all();
  ASSERT_TRUE(v.until([&] { return v["s1"].up("s2") && v["s2"].up("s1"); }, 10s));
  shows(at_s1, "true=1", 30s);
}

TEST_F(Liar, VersionsThatNoOwnerReachesAreMalformed) {
  version = kMaxVersion + 1;
  claim("s1", UINT64_MAX);
  EXPECT_EQ(v["s1"].logged("version 9007199254740993: expected at most"), 1u) << v["s1"].told();
  EXPECT_EQ(at_s1.text(), "true=1");
}

// An owner that went to another master over a link that stays.
TEST_F(Liar, AMasterThatWasTooSlowIsToldSo) {
  std::uint64_t count = 0;
  Tap::on(node("s1"), [&](Peer& from, std::string_view function, Message args) {
    if (from.id() == "late" && function == "aemp.detach") count = args.as<std::uint64_t>(1);
    return false;
  });
  v.settle("late", {v.address(2)});
  ASSERT_TRUE(v.until([&] { return v["late"].logged("attached to global node s2") == 1; }));
  ASSERT_TRUE(v.reaches(v["s1"], v["late"]));
  node("late").snd(node("late").node_port("s1"), "aemp.attach", 1, 77, list(), 0);
  ASSERT_TRUE(v.until([&] { return count == 77; }));
  Replay g(node("s1"), "g");
  node("late").db_set("g", "k", 1);
  shows(g, "k=1");
}

}  // namespace
}  // namespace aemp::village
