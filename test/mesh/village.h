// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Village: a network of simulated nodes that find each other, each in a process on a machine of its
// own, with a secret.
#ifndef AEMP_TEST_MESH_VILLAGE_H
#define AEMP_TEST_MESH_VILLAGE_H

#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aemp::village {

using namespace std::chrono_literals;

struct Resident {
  using Prepare = void (*)(sim::Process& process);
  Resident(sim::Network& net, Config c, Prepare prepare = nullptr)
      : process(net, "of-" + *c.nodeid) {
    if (prepare != nullptr) prepare(process);
    // Not `*`: the address is known before.
    if (c.binds && c.binds->empty() == false) c.binds = {process.address() + ":4040"};
    node = std::make_unique<Node>(process.loop());
    node->on_log([this](int level, std::string_view line) {
      if (level <= 7) log.push_back("<" + std::to_string(level) + "> " + std::string(line));
    });
    node->configure(c);
    port = node->port([this](Message m) { heard.push_back(m.json()); });
  }
  bool up(std::string_view id) const { return node->node_is_up(id).value_or(false); }
  bool knows(std::string_view id) const {
    const std::vector<std::string> known = node->known_nodes();
    return std::find(known.begin(), known.end(), id) != known.end();
  }
  std::size_t logged(std::string_view part) const {
    return static_cast<std::size_t>(
        std::count_if(log.begin(), log.end(),
                      [&](const std::string& line) { return line.find(part) != line.npos; }));
  }
  std::string told() const {
    std::string all;
    for (const std::string& line : log) all += line + "\n";
    return all;
  }

  sim::Process process;
  std::vector<std::string> log, heard;
  std::unique_ptr<Node> node;
  Port port;
};

class Village {
 public:
  explicit Village(std::uint64_t seed = 1) : net(seed) {}
  ~Village() {
    for (auto& [id, resident] : residents) resident->node.reset();
    residents.clear();
  }

  // The address of the node that is settled as the n-th, from 1.
  static std::string address(int n) { return "10.0.0." + std::to_string(n) + ":4040"; }

  static Config config(std::string id, std::vector<std::string> seeds) {
    Config c;
    c.nodeid = std::move(id);
    c.binds = {"public"};
    c.seeds = std::move(seeds);
    c.secret = "aemp-s1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_ZFwOk";
    return c;
  }
  // `prepare` is called before there is a node.
  Resident& settle(const Config& c, Resident::Prepare prepare = nullptr) {
    auto resident = std::make_unique<Resident>(net, c, prepare);
    return *(residents[*c.nodeid] = std::move(resident));
  }
  Resident& settle(std::string id, std::vector<std::string> seeds) {
    return settle(config(std::move(id), std::move(seeds)));
  }
  Resident& settle_private(std::string id, std::vector<std::string> seeds) {
    Config c = config(std::move(id), std::move(seeds));
    c.private_node();
    return settle(c);
  }
  Resident& operator[](const std::string& id) { return *residents.at(id); }
  bool until(auto&& pred, std::chrono::nanoseconds limit = 30s) {
    return net.run_until(pred, limit);
  }
  // What one sends arrives.
  bool reaches(Resident& from, Resident& to, std::chrono::nanoseconds limit = 20s) {
    const std::size_t before = to.heard.size();
    from.node->snd(to.port, "hello", from.node->id());
    return until([&] { return to.heard.size() > before; }, limit);
  }

  sim::Network net;
  std::map<std::string, std::unique_ptr<Resident>> residents;
};

}  // namespace aemp::village

#endif  // AEMP_TEST_MESH_VILLAGE_H
