// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp-scale: large simulated networks that find each other, share a database, lose their seeds and
// halves of themselves. Prints what it took.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "mesh/claims.h"
#include "mesh/country.h"

namespace aemp::village {
namespace {

double seconds(std::chrono::nanoseconds t) { return static_cast<double>(t.count()) / 1e9; }

class Scale : public testing::Test {
 protected:
  ~Scale() override { std::fflush(stdout); }
};

// A country of which every node tells another one, by chance, of itself at once.
class Crowd {
 public:
  Crowd(std::uint64_t seed, int globals, int others) : c(seed, globals, others) {
    for (const std::string& id : c.ids) residents.push_back(&c.v[id]);
    std::vector<Resident*> to = residents;
    std::shuffle(to.begin(), to.end(), c.random);
    for (std::size_t i = 0; i < to.size(); ++i) residents[i]->node->snd(to[i]->port, "hello");
  }
  std::size_t heard() const {
    std::size_t count = 0;
    for (const Resident* r : residents) count += r->heard.empty() ? 0u : 1u;
    return count;
  }
  // In steps: to look after each event would take longer than what happens.
  bool all_heard(std::chrono::nanoseconds limit) {
    const auto until = c.v.net.now() + limit;
    while (heard() != residents.size() && c.v.net.now() < until) c.v.net.run_for(100ms);
    return heard() == residents.size();
  }
  bool all_known() {
    for (Resident* r : residents) {
      if (r->node->id()[0] == 'g' && r->node->known_nodes().size() < residents.size()) return false;
    }
    return true;
  }
  void find_each_other(std::chrono::nanoseconds limit) {
    const std::size_t nodes = residents.size();
    const bool heard_all = all_heard(limit);
    const double took = seconds(c.v.net.now());
    EXPECT_TRUE(heard_all) << heard() << " of " << nodes;
    while (!all_known() && seconds(c.v.net.now()) < 60) c.v.net.run_for(100ms);
    EXPECT_TRUE(all_known());
    std::size_t most = 0;
    for (Resident* r : residents) {
      if (r->node->id()[0] == 'g') continue;
      most = std::max(most, r->node->up_nodes().size());
    }
    std::printf(
        "%zu nodes: every one reached another after %.1f s, all known to all global nodes "
        "after %.1f s; an ordinary node has at most %zu links; %.0f bytes per node in all\n",
        nodes, took, seconds(c.v.net.now()), most,
        static_cast<double>(c.v.net.counts().bytes) / static_cast<double>(nodes));
    EXPECT_LE(most, 5u);
  }

  Country c;
  std::vector<Resident*> residents;
};

// What arrived at that node so far.
double bytes_in(Resident& r) {
  double bytes = 0;
  for (const PeerStats& peer : r.node->stats().peers)
    bytes += static_cast<double>(peer.bytes_in + peer.bytes_out);
  return bytes;
}

TEST_F(Scale, AThousandNodesFindEachOther) { Crowd(1, 5, 995).find_each_other(10s); }

TEST_F(Scale, TenThousandNodesFindEachOther) { Crowd(1, 16, 9984).find_each_other(30s); }

// What it costs an ordinary node to join does not depend on how many there are.
TEST_F(Scale, AJoiningNodeCostsTheSameInLargeNetworks) {
  double first = 0;
  for (const int others : {100, 1000, 4000}) {
    Country c(1, 5, others);
    ASSERT_TRUE(c.joined(60s));
    Resident& late = c.settle("late", false);
    ASSERT_TRUE(c.v.until([&] { return late.logged("attached to global node") == 1; }));
    c.v.net.run_for(5s);
    const double bytes = bytes_in(late);
    std::printf("%d nodes: %.0f bytes both ways for one that joins\n", others + 5, bytes);
    if (first == 0) first = bytes;
    EXPECT_LT(bytes, first * 1.5);
  }
}

TEST_F(Scale, AGlobalNodesDirectoryIsSmall) {
  const auto used = [] { return mallinfo2().uordblks; };
  Claims claims;
  const std::size_t before = used();
  for (int i = 0; i < 1000; ++i) {
    Claim claim{static_cast<std::uint64_t>(i), 1, false, list("10.0.0.1:4040")};
    claims.put("g" + std::to_string(i % 5), "node-" + std::to_string(i), std::move(claim));
  }
  const std::size_t bytes = used() - before;
  std::printf("1000 nodes in the directory of a global node: %zu bytes\n", bytes);
  EXPECT_LE(bytes, 300u << 10);
}

TEST_F(Scale, AllSeedsAreStartedAnew) {
  Crowd crowd(1, 5, 995);
  Country& c = crowd.c;
  ASSERT_TRUE(crowd.all_heard(20s));
  for (int i = 0; i < 5; ++i) c.v["g" + std::to_string(i)].process.crash();
  for (int i = 0; i < 5; ++i) {
    const std::string id = "g" + std::to_string(i);
    c.v.residents.erase(id);
    std::erase(c.ids, id);
    c.settle(id, true);
  }
  const auto start = c.v.net.now();
  bool back = false;
  while (!back && c.v.net.now() - start < 60s) {
    c.v.net.run_for(200ms);
    back = true;
    for (const std::string& id : c.ids) {
      if (id[0] == 'g') back = back && c.v[id].node->known_nodes().size() == c.ids.size();
    }
  }
  EXPECT_TRUE(back);
  std::printf("5 seeds started anew with 1000 nodes: all are known to all of them after %.1f s\n",
              seconds(c.v.net.now() - start));
}

// All know where all are, and speak at once.
TEST_F(Scale, FiftyNodesThatAllKnowEachOtherStartAtOnce) {
  Village v;
  std::vector<std::string> seeds;
  for (int i = 1; i <= 50; ++i) seeds.push_back(v.address(i));
  std::vector<Resident*> all;
  for (int i = 0; i < 50; ++i) {
    Config c = Village::config("n" + std::to_string(i), seeds);
    c.global = true;
    all.push_back(&v.settle(c));
  }
  for (Resident* from : all) {
    for (Resident* to : all) {
      if (from == to) continue;
      for (int i = 0; i < 3; ++i) from->node->snd(to->port, from->node->id(), i);
    }
  }
  v.net.run_for(5s);
  std::size_t heard = 0;
  for (const Resident* r : all) heard += r->heard.size();
  EXPECT_EQ(heard, 50u * 49 * 3);
  EXPECT_EQ(v.net.counts().connections, 50u * 49 / 2) << "one link between any two";
  std::printf("50 global nodes at once: %zu of %d messages, %llu connections after 5 s\n", heard,
              50 * 49 * 3, static_cast<unsigned long long>(v.net.counts().connections));
}

TEST_F(Scale, RowsAreEqualAfterPartitions) {
  const char* given = std::getenv("SEEDS");
  const std::uint64_t seeds = given != nullptr ? std::strtoull(given, nullptr, 10) : 1000;
  std::uint64_t seed = 1;
  for (; seed <= seeds && !HasFailure(); ++seed) {
    // Most of them with few rows, for these are what takes time.
    split_and_heal(seed, 4, 16, seed % 50 == 0 ? 10'000 : 100);
  }
  std::printf("20 nodes, split and merged: equal within 5 s in %llu of %llu networks\n",
              static_cast<unsigned long long>(seed - 1 - (HasFailure() ? 1 : 0)),
              static_cast<unsigned long long>(seeds));
}

}  // namespace
}  // namespace aemp::village
