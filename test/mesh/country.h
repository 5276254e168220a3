// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Country: a village of global and ordinary nodes that write rows, with a model of what the rows of
// the living must be.
#ifndef AEMP_TEST_MESH_COUNTRY_H
#define AEMP_TEST_MESH_COUNTRY_H

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mesh/replay.h"
#include "mesh/village.h"

namespace aemp::village {

// `globals` nodes g0, g1... that are each other's seeds, and `others` ordinary ones n0, n1...
class Country {
 public:
  Country(std::uint64_t seed, int globals, int others) : v(seed), random(seed) {
    v.net.unruly(false);
    for (int i = 0; i < globals; ++i) seeds.push_back(v.address(i + 1));
    for (int i = 0; i < globals; ++i) settle("g" + std::to_string(i), true);
    for (int i = 0; i < others; ++i) settle("n" + std::to_string(i), false);
  }
  ~Country() { replays.clear(); }

  Resident& settle(const std::string& id, bool global) {
    Config c = Village::config(id, seeds);
    if (global) c.global = true;
    ids.push_back(id);
    return v.settle(c);
  }
  // All global nodes know all nodes.
  bool joined(std::chrono::nanoseconds limit = 30s) {
    const auto until = v.net.now() + limit;
    for (;;) {
      bool all = true;
      for (const std::string& g : ids) {
        if (g[0] != 'g') continue;
        std::vector<std::string> known = v[g].node->known_nodes();
        for (const std::string& id : ids) {
          all = all && std::binary_search(known.begin(), known.end(), id);
        }
      }
      if (all || v.net.now() >= until) return all;
      v.net.run_for(20ms);
    }
  }
  void follow(const std::string& id) {
    replays.emplace(id, std::make_unique<Replay>(*v[id].node, "f"));
  }
  // One row of that node's is set or deleted, as it is in the model.
  void write(const std::string& id, int keys) {
    const std::string key = "k" + std::to_string(random() % static_cast<unsigned>(keys));
    Node& node = *v[id].node;
    if (random() % 4 == 0) {
      node.db_del("f", key);
      model[key].erase(id);
    } else {
      const auto value = static_cast<std::int64_t>(random() % 1000);
      node.db_set("f", key, value);
      model[key][id] = value;
    }
  }
  void forget(const std::string& id) {
    for (auto& [key, owners] : model) owners.erase(id);
  }
  std::string expected() const {
    std::string text;
    for (const auto& [key, owners] : model) {
      if (owners.empty()) continue;
      text.append(text.empty() ? "" : " ").append(key).append("=");
      text.append(std::to_string(owners.begin()->second));
    }
    return text;
  }
  bool settled(std::chrono::nanoseconds limit) {
    const std::string text = expected();
    const auto until = v.net.now() + limit;
    bool equal = false;
    while (!equal && v.net.now() < until) {
      v.net.run_for(20ms);
      equal = true;
      for (const auto& [id, replay] : replays) equal = equal && replay->text() == text;
    }
    if (equal) return true;
    for (const auto& [id, replay] : replays) {
      if (replay->text() != text) ADD_FAILURE() << id << ": " << v[id].told();
    }
    return false;
  }
  void split(const std::set<std::string>& side, bool apart) {
    for (const std::string& a : ids) {
      for (const std::string& b : ids) {
        if (!side.contains(a) || side.contains(b)) continue;
        if (apart) {
          v.net.cut(v[a].process, v[b].process);
        } else {
          v.net.heal(v[a].process, v[b].process);
        }
      }
    }
  }

  Village v;
  std::mt19937_64 random;
  std::vector<std::string> seeds, ids;
  std::map<std::string, std::map<std::string, std::int64_t>> model;  // key -> owner -> value
  std::map<std::string, std::unique_ptr<Replay>> replays;
};

inline void split_and_heal(std::uint64_t seed, int globals, int others, int keys) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Country c(seed, globals, others);
  ASSERT_TRUE(c.joined());
  for (const std::string& id : c.ids) {
    if (id[0] == 'g' || c.random() % 4 == 0) c.follow(id);
  }
  for (int i = 0; i < 2 * keys; ++i) c.write(c.ids[c.random() % c.ids.size()], keys);
  ASSERT_TRUE(c.settled(10s));
  std::set<std::string> side;
  for (const std::string& id : c.ids) {
    if (c.random() % 2 == 0) side.insert(id);
  }
  c.split(side, true);
  const auto writes = c.random() % static_cast<unsigned>(keys) + 1;
  const auto pause = std::chrono::milliseconds(c.random() % 40'000);
  for (unsigned i = 0; i < writes; ++i) {
    c.write(c.ids[c.random() % c.ids.size()], keys);
    c.v.net.run_for(pause / writes);
  }
  c.split(side, false);
  ASSERT_TRUE(c.settled(5s)) << "split for " << pause.count() << " ms";
}

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_COUNTRY_H
