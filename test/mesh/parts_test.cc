// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Rows that change while they come part after part.
#include <deque>
#include <map>
#include <random>

#include "mesh/database.h"
#include "mesh/replay.h"
#include "mesh/tap.h"
#include "mesh/village.h"

namespace aemp::village {
namespace {

// `source` is a global node, and says what the test says of a node `ghost` that it claims.
struct Parts : testing::Test {
  Parts() {
    Config c = Village::config("source", {v.address(1)});
    c.global = true;
    v.settle(c);
    EXPECT_TRUE(v.until([&] { return v["source"].up("s"); }));
    v.net.run_for(1s);
    Tap::on(*v["source"].node, [this](Peer&, std::string_view function, Message args) {
      if (function != "aemp.want") return false;
      wants.push_back(args.rest(3).json());
      return true;
    });
    tell("aemp.claims", false, list(list("ghost", 7, 1, false, list(), 5)), list(), list());
    EXPECT_EQ(wanted(), "[0,null]");
  }
  template <class... Args>
  void tell(std::string_view function, const Args&... args) {
    Node& source = *v["source"].node;
    source.snd(source.node_port("s"), function, 1, args...);
    v.net.run_for(200ms);
  }
  void part(std::uint64_t version, const OwnedValue& after, const OwnedValue& last,
            const OwnedValue& rows) {
    tell("aemp.part", "ghost", 7, version, after, last, rows);
  }
  void rows(std::uint64_t since, const OwnedValue& changes) {
    tell("aemp.rows", "ghost", 7, since, changes);
  }
  static OwnedValue set(std::uint64_t version, std::string_view key, int value) {
    return OwnedValue(list(version, "f", key, value));
  }
  static OwnedValue gone(std::uint64_t version, std::string_view key) {
    return OwnedValue(list(version, "f", key));
  }
  std::string wanted() {
    if (wants.empty()) return "nothing";
    const std::string first = wants.front();
    wants.pop_front();
    return first;
  }
  std::uint64_t version() {
    return core_of(*v["s"].node).directory->database().version_of("ghost", 7);
  }

  Village v;
  std::deque<std::string> wants;
  Replay f{*v.settle("s", {}).node, "f"};
};

const OwnedValue kNull;

TEST_F(Parts, ChangesOnTheWayAreInTheLastPartsVersion) {
  part(5, kNull, list("f", "b"), list(list("f", "a", 1), list("f", "b", 1)));
  EXPECT_EQ(wanted(), "[5,[\"f\",\"b\"]]");
  EXPECT_EQ(version(), 0u);
  // Before, within and behind what has come.
  rows(5, list(gone(6, "a"), set(7, "ab", 2), set(8, "c", 2), set(9, "z", 2), gone(10, "d")));
  part(10, list("f", "b"), list("f", "d"), list(list("f", "c", 2)));
  EXPECT_EQ(wanted(), "[10,[\"f\",\"d\"]]");
  rows(10, list(gone(11, "c"), set(12, "e", 3)));
  part(12, list("f", "d"), kNull, list(list("f", "e", 3), list("f", "z", 2)));
  EXPECT_EQ(wanted(), "nothing");
  EXPECT_EQ(f.text(), "ab=2 b=1 e=3 z=2");
  EXPECT_EQ(version(), 12u);
}

// What is told behind the last part begins before its version.
TEST_F(Parts, ChangesThatThePartHasAlreadyAreNotMadeTwice) {
  part(8, kNull, kNull, list(list("f", "a", 1), list("f", "b", 1)));
  EXPECT_EQ(version(), 8u);
  rows(5, list(set(6, "c", 1), gone(7, "a"), gone(8, "c"), set(9, "d", 1)));
  EXPECT_EQ(f.text(), "a=1 b=1 d=1");
  EXPECT_EQ(version(), 9u);
  rows(9, list(set(10, "a", 2)));
  EXPECT_EQ(f.text(), "a=2 b=1 d=1");
  EXPECT_EQ(wanted(), "nothing");
}

TEST_F(Parts, AGapBehindThemIsAskedFor) {
  part(8, kNull, kNull, list(list("f", "a", 1)));
  rows(9, list(set(10, "b", 1)));
  EXPECT_EQ(wanted(), "[8,null]");
  EXPECT_EQ(f.text(), "a=1");
  rows(8, list(set(9, "c", 1), set(10, "b", 1)));
  EXPECT_EQ(f.text(), "a=1 b=1 c=1");
  EXPECT_EQ(version(), 10u);
}

TEST_F(Parts, WhoHasNoMorePartsNowIsAskedAnewLater) {
  part(8, kNull, list("f", "b"), list(list("f", "a", 1), list("f", "b", 1)));
  wants.clear();
  tell("aemp.versions", list(list("ghost", 7, 0)));
  EXPECT_EQ(wanted(), "nothing");
  EXPECT_EQ(version(), 0u);
  tell("aemp.versions", list(list("ghost", 7, 9)));
  EXPECT_EQ(wanted(), "[9007199254740992,null]");
  part(9, kNull, kNull, list(list("f", "b", 2)));
  EXPECT_EQ(f.text(), "b=2");
  EXPECT_EQ(version(), 9u);
}

// An owner of many rows that goes on changing them, and others that join and read slowly.
TEST(PartsOfMany, AreTheRowsOfTheOwnerInTheEnd) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    Village v(seed);
    std::mt19937_64 random(seed);
    v.settle("s1", {});
    v.settle("a", {v.address(1)});
    Node& a = *v["a"].node;
    std::map<std::string, std::int64_t> model;
    const auto write = [&] {
      const std::string key = "k" + std::to_string(random() % 4000);
      if (random() % 3 == 0) {
        a.db_del("f", key);
        model.erase(key);
      } else {
        a.db_set("f", key, model[key] = static_cast<std::int64_t>(random() % 100));
      }
    };
    for (int i = 0; i < 8000; ++i) write();
    EXPECT_TRUE(v.until([&] { return v["s1"].knows("a"); }));
    Config c = Village::config("s2", {v.address(1)});
    c.global = true;
    Resident& s2 = v.settle(c);
    s2.process.set_read_rate(50'000);
    EXPECT_TRUE(v.until([&] { return s2.up("s1"); }));
    Replay at_s2(*s2.node, "f");
    Resident& b = v.settle("b", {v.address(3)});
    for (int i = 0; i < 400; ++i) {
      for (auto writes = random() % 5; writes > 0; --writes) write();
      v.net.run_for(std::chrono::milliseconds(random() % 40));
      if (i == 200) s2.process.set_read_rate(20'000);
    }
    s2.process.set_read_rate(UINT64_MAX);
    Replay at_b(*b.node, "f");
    const auto equal = [&](const Replay& replay) {
      if (replay.size() != model.size()) return false;
      for (const auto& [key, value] : replay.rows()) {
        const auto it = model.find(key);
        if (it == model.end() || value.as<std::int64_t>() != it->second) return false;
      }
      return true;
    };
    EXPECT_TRUE(v.until([&] { return equal(at_s2) && equal(at_b); }, 60s))
        << at_s2.size() << " " << at_b.size() << " of " << model.size();
  }
}

}  // namespace
}  // namespace aemp::village
