// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A global node that joins asks for the rows of many owners, a few at a time.
#include <map>
#include <set>
#include <string>

#include "mesh/replay.h"
#include "mesh/tap.h"
#include "mesh/village.h"

namespace aemp::village {
namespace {

// Two global nodes, sixty others with rows, and `late`, which joins.
struct Crowded : testing::Test {
  Crowded() {
    v.settle("s1", {v.address(2)});
    v.settle("s2", {v.address(1)});
    for (int i = 0; i < 60; ++i) {
      const std::string id = "n" + std::to_string(i);
      v.settle(id, {v.address(1), v.address(2)});
      node(id).db_set("f", id, i);
      // So that it is not told by a few changes.
      for (int k = 0; k < 100; ++k) node(id).db_set("g", id + std::to_string(k), k);
    }
    EXPECT_TRUE(v.until([&] { return node("s2").known_nodes().size() == 62; }));
    v.net.run_for(2s);
    hear("s1");
    hear("s2");
  }
  Node& node(const std::string& id) { return *v[id].node; }
  void hear(const std::string& id) {
    Tap::on(node(id), [this, id](Peer& from, std::string_view function, Message args) {
      if (function != "aemp.want" || from.id() != "late") return false;
      wanted[id].insert(args.as<std::string>(1));
      return silent;
    });
  }
  Resident& join() {
    Config c = Village::config("late", {v.address(1), v.address(2)});
    c.global = true;
    return v.settle(c);
  }
  std::map<std::string, std::set<std::string>> wanted;
  bool silent = false;
  Village v;
};

TEST_F(Crowded, FewOwnersAreAskedForAtATime) {
  silent = true;
  join();
  v.net.run_for(10s);
  for (const char* id : {"s1", "s2"}) EXPECT_EQ(wanted[id].size(), 16u);
  Replay f(node("late"), "f");
  // They are waited for as long as the link is there.
  silent = false;
  v.net.cut(v["late"].process, v["s1"].process);
  v.net.cut(v["late"].process, v["s2"].process);
  v.net.run_for(10s);
  v.net.heal_all();
  EXPECT_TRUE(v.until([&] { return f.size() == 60; }, 120s)) << f.size();
}

TEST_F(Crowded, WhoIsAskedMayGo) {
  silent = true;
  join();
  v.net.run_for(5s);
  Replay f(node("late"), "f");
  silent = false;
  v["s1"].process.vanish();
  EXPECT_TRUE(v.until([&] { return node("s2").known_nodes().size() == 62; }, 60s));
  v.net.cut(v["late"].process, v["s2"].process);
  v.net.run_for(10s);
  v.net.heal_all();
  EXPECT_TRUE(v.until([&] { return f.size() == 60; }, 120s)) << f.size();
}

TEST_F(Crowded, MemoryThatIsRefusedLosesNobody) {
  for (std::uint64_t after = 0; after < 2000; after += 97) {
    Resident& late = join();
    v.net.run_for(600ms);
    late.process.fail_allocations(after, 3);
    v.net.run_for(5s);
    late.process.fail_allocations(0, 0);
    Replay f(*late.node, "f");
    EXPECT_TRUE(v.until([&] { return f.size() == 60; }, 60s)) << after << ": " << f.size();
    late.node->leave();
    v.net.run_for(2s);
    v.residents.erase("late");
  }
}

}  // namespace
}  // namespace aemp::village
