// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The database when networks split and merge, masters die and nodes come back: afterwards all
// global nodes hold the same rows, those of the living, and what was told of them on the way adds
// up.
#include "mesh/country.h"
#include "support/sanitized.h"

namespace aemp::village {
namespace {

TEST(Partition, RowsAreEqualSoonAfterIt) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 3 : 30); ++seed) {
    split_and_heal(seed, 3, 9, 40);
    if (HasFailure()) return;
  }
}

// Which rows are whose does not change when masters do: nobody is told anything of rows that stay.
void kill_masters(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Country c(seed, 3, 9);
  ASSERT_TRUE(c.joined());
  std::map<std::string, std::unique_ptr<Replay>> still;
  for (const std::string& id : c.ids) {
    if (id[0] != 'n') continue;
    c.v[id].node->db_set("still", id, id);
    c.follow(id);
    still.emplace(id, std::make_unique<Replay>(*c.v[id].node, "still"));
  }
  ASSERT_TRUE(c.settled(10s));
  ASSERT_TRUE(c.v.until([&] { return still.begin()->second->size() == 9; }));
  const std::string victim = "g" + std::to_string(c.random() % 3);
  for (int i = 0; i < 1000; ++i) {
    c.write("n" + std::to_string(c.random() % 9), 300);
    c.v.net.run_for(10ms);
    if (i != 300) continue;
    if (c.random() % 2 == 0) {
      c.v[victim].process.vanish();
    } else {
      c.v[victim].process.crash();
    }
  }
  EXPECT_TRUE(c.settled(12s));
  for (const auto& [id, replay] : still) {
    EXPECT_EQ(replay->size(), 9u) << id;
    EXPECT_EQ(replay->added(), 9u) << id;
    EXPECT_EQ(replay->deleted() + replay->changed(), 0u) << id;
    std::size_t answer = 0;
    c.v[id].node->db_keys("f", [&](const DbKeys& keys) { answer = keys.size(); });
    const std::size_t rows = c.replays.at(id)->size();
    EXPECT_TRUE(c.v.until([&] { return answer == rows; }, 1s)) << id;
    EXPECT_TRUE(c.v[id].node->db_fresh());
  }
}

TEST(Partition, AMasterMayDieWhileRowsChange) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 2 : 20); ++seed) {
    kill_masters(seed);
    if (HasFailure()) return;
  }
}

// Nodes of all kinds come and go, some for good; what the dead had is gone in the end.
void lives(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Country c(seed, 3, 6);
  ASSERT_TRUE(c.joined());
  c.follow("g0");
  for (int i = 0; i < 300; ++i) {
    const std::string id = c.ids[c.random() % c.ids.size()];
    if (i % 60 == 30 && id != "g0") {
      const bool global = id[0] == 'g';
      c.replays.erase(id);
      switch (c.random() % 3) {
        case 0:
          c.v[id].process.vanish();
          break;
        case 1:
          c.v[id].process.crash();
          break;
        default:
          c.v[id].node->leave();
      }
      c.forget(id);
      c.v.net.run_for(std::chrono::milliseconds(c.random() % 20'000));
      c.v.residents.erase(id);
      std::erase(c.ids, id);
      if (global || c.random() % 2 == 0) {
        // The same machine, so the same address.
        Config config = Village::config(id, c.seeds);
        if (global) {
          config.global = true;
          config.binds = {c.seeds[static_cast<std::size_t>(id[1] - '0')]};
        }
        c.ids.push_back(id);
        c.v.settle(config);
      }
      continue;
    }
    c.write(id, 50);
    c.v.net.run_for(std::chrono::milliseconds(c.random() % 300));
  }
  ASSERT_TRUE(c.joined(60s));
  for (const std::string& id : c.ids) {
    if (id[0] == 'g' && !c.replays.contains(id)) c.follow(id);
  }
  EXPECT_TRUE(c.settled(30s)) << c.expected();
}

TEST(Partition, TheRowsOfTheDeadGoAndThoseOfTheLivingStay) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 3 : 30); ++seed) {
    lives(seed);
    if (HasFailure()) return;
  }
}

// The same ID alive on both sides of a split network.
TEST(Partition, OfTwoNodesWithOneIdOneLeaves) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Country c(seed, 2, 0);
    ASSERT_TRUE(c.joined());
    c.split({"g0"}, true);
    Config config = Village::config("twin", {c.seeds[0]});
    Resident first(c.v.net, config);
    config.seeds = {c.seeds[1]};
    config.private_node();
    Resident second(c.v.net, config);
    c.v.net.run_for(10s);
    Replay f(*c.v["g0"].node, "f");
    first.node->db_set("f", "first", 1);
    second.node->db_set("f", "second", 1);
    c.v.net.run_for(1s);
    EXPECT_EQ(f.text(), "first=1");
    c.split({"g0"}, false);
    ASSERT_TRUE(c.v.until(
        [&] { return first.logged("this one leaves") + second.logged("this one leaves") != 0; },
        60s));
    c.v.net.run_for(30s);
    EXPECT_EQ(first.logged("this one leaves") + second.logged("this one leaves"), 1u);
    EXPECT_EQ(f.text(), first.logged("this one leaves") != 0 ? "second=1" : "first=1");
    first.node.reset();
    second.node.reset();
  }
}

// Refused memory costs links, and what they carried comes again.
TEST(Partition, MemoryThatIsRefusedLosesNoRows) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 2 : 12); ++seed) {
    SCOPED_TRACE(seed);
    Country c(seed, 2, 4);
    ASSERT_TRUE(c.joined());
    for (const std::string& id : c.ids) c.follow(id);
    for (int round = 0; round < 60; ++round) {
      const std::string id = c.ids[c.random() % c.ids.size()];
      for (const std::string& writer : c.ids) c.write(writer, 30);
      c.v[id].process.fail_allocations(c.random() % 60, c.random() % 3 + 1);
      c.v.net.run_for(std::chrono::milliseconds(c.random() % 400));
      c.v[id].process.fail_allocations(0, 0);
    }
    EXPECT_TRUE(c.settled(40s)) << c.expected();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace aemp::village
