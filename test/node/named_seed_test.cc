// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Seeds that are names of hosts: resolved anew for each round of attempts, all their addresses
// tried, and none that the node's settings forbid.
#include <aemp/aemp.h>
#include <aemp/keys.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/name_server.h"
#include "support/names_host.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

Config config(std::string id, std::vector<std::string> binds, std::vector<std::string> seeds = {}) {
  static const std::string secret = generate_secret();
  Config c;
  c.nodeid = std::move(id);
  c.binds = std::move(binds);
  c.seeds = std::move(seeds);
  c.secret = secret;
  return c;
}

// A node on a machine of its own, at port 4040, which asks `server` for names.
struct House {
  House(sim::Network& net, const std::string& machine, const std::string& server)
      : process(net, machine) {
    process.write_file("/etc/resolv.conf", "nameserver " + server + "\noptions timeout:1\n");
  }
  void start(const Config& c) {
    node = std::make_unique<Node>(process.loop());
    node->on_log([this](int, std::string_view line) { log += std::string(line) + "\n"; });
    node->configure(c);
  }
  void live(const std::string& id, std::vector<std::string> seeds = {}) {
    start(config(id, {process.address() + ":4040"}, std::move(seeds)));
  }
  bool sees(const std::string& id) const { return node->node_is_up(id).value_or(false); }
  bool said(const std::string& text) const { return log.find(text) != std::string::npos; }

  sim::Process process;
  std::string log;
  std::unique_ptr<Node> node;
};

struct Town {
  explicit Town(std::uint64_t seed = 1) : net(seed) { open(); }
  void open() {
    server = std::make_unique<NameServer>(keeper.loop(), parse_ip(keeper.address())->at(53));
  }
  bool joined(const House& a, const std::string& id, std::chrono::nanoseconds limit = 60s) {
    return net.run_until([&] { return a.sees(id); }, limit);
  }

  sim::Network net;
  sim::Process keeper{net, "names"};
  std::unique_ptr<NameServer> server;
  House a{net, "a", keeper.address()}, b{net, "b", keeper.address()}, c{net, "c", keeper.address()};
};

TEST(NamedSeed, IsResolvedAndDialledAtThePort) {
  for (const char* seed : {"seed.example", "seed.example:4040", "SEED.example.:4040"}) {
    Town town;
    town.server->zone["seed.example"] = {town.a.process.address()};
    town.a.live("a");
    town.b.live("b", {seed});
    EXPECT_TRUE(town.joined(town.b, "a")) << town.b.log;
  }
}

TEST(NamedSeed, MayStandInTheFileOfHosts) {
  Town town;
  town.b.process.write_file("/etc/hosts", town.a.process.address() + " friend\n");
  town.a.live("a");
  town.b.live("b", {"friend"});
  EXPECT_TRUE(town.joined(town.b, "a"));
  EXPECT_EQ(town.server->asked_for(), "");
}

TEST(NamedSeed, AllItsAddressesAreTried) {
  Town town;
  const std::string dead = town.c.process.address();
  town.server->zone["seed.example"] = {"2001:db8::1", dead, town.a.process.address()};
  town.net.cut(town.c.process, town.b.process);
  town.a.live("a");
  town.c.live("c");
  town.b.live("b", {"seed.example"});
  const auto from = town.net.now();
  EXPECT_TRUE(town.joined(town.b, "a"));
  EXPECT_GE(town.net.now() - from, 500ms) << "connect_interval apart";
  EXPECT_LT(town.net.now() - from, 1s);
}

TEST(NamedSeed, IsResolvedAnewInEachRound) {
  Town town;
  town.server->zone["seed.example"] = {town.c.process.address()};  // nobody is there
  town.a.live("a");
  town.b.live("b", {"seed.example"});
  town.net.run_for(5s);
  EXPECT_FALSE(town.b.sees("a"));
  EXPECT_GT(town.server->asked.size(), 4u);
  EXPECT_TRUE(town.b.said(town.c.process.address() + ":4040")) << town.b.log;
  town.server->zone["seed.example"] = {town.a.process.address()};
  EXPECT_TRUE(town.joined(town.b, "a"));
}

TEST(NamedSeed, IsResolvedAnewWhenTheLinkIsLost) {
  Town town;
  town.server->zone["seed.example"] = {town.a.process.address()};
  town.a.live("a");
  town.b.live("b", {"seed.example"});
  ASSERT_TRUE(town.joined(town.b, "a"));
  town.server->zone["seed.example"] = {town.c.process.address()};
  town.a.process.crash();
  town.a.node.reset();
  town.c.live("a");
  ASSERT_TRUE(town.net.run_until([&] { return !town.b.sees("a"); }, 60s));
  EXPECT_TRUE(town.joined(town.b, "a"));
}

TEST(NamedSeed, ThatIsNotResolvedIsTriedAgainAndSaysWhy) {
  Town town;
  town.server.reset();
  town.a.live("a");
  town.b.live("b", {"seed.example"});
  std::string reason;
  town.b.node->mon(town.b.node->node_port("a"), [&](Message m) { reason = m.json(); });
  town.b.node->snd(town.b.node->node_port("a"), "devnull");
  ASSERT_TRUE(town.net.run_until([&] { return town.b.said("no connection to node a"); }, 60s));
  EXPECT_TRUE(
      town.b.said("no address of it is known; seed seed.example: cannot resolve "
                  "seed.example: name server " +
                  town.keeper.address() + ":53: Connection refused"))
      << town.b.log;
  EXPECT_TRUE(town.b.said("dial failed: cannot resolve seed.example: "));
  town.open();
  town.net.run_for(10s);
  EXPECT_FALSE(town.b.sees("a"));
  EXPECT_TRUE(town.b.said("it knows no such name")) << town.b.log;
  town.server->zone["seed.example"] = {town.a.process.address()};
  EXPECT_TRUE(town.joined(town.b, "a"));
}

TEST(NamedSeed, AnAnswerThatIsTheNodeItselfIsPassedOverThisTime) {
  Town town;
  town.server->zone["all.example"] = {town.a.process.address(), town.b.process.address()};
  town.a.live("a", {"all.example"});
  town.b.live("b", {"all.example"});
  EXPECT_TRUE(town.joined(town.a, "b"));
  EXPECT_TRUE(town.joined(town.b, "a"));

  Town later;
  later.server->zone["all.example"] = {later.b.process.address()};
  later.a.live("a");
  later.b.live("b", {"all.example"});
  later.net.run_for(20s);
  EXPECT_FALSE(later.b.sees("a"));
  EXPECT_GT(later.server->asked.size(), 2u);
  later.server->zone["all.example"].push_back(later.a.process.address());
  EXPECT_TRUE(later.joined(later.b, "a"));
}

TEST(NamedSeed, LeadsNowhereThatTheSettingsForbid) {
  Town town;
  town.server->zone["seed.example"] = {town.a.process.address(), "0.0.0.0", "::", "2001:db8::1"};
  Config c = config("b", {"127.0.0.1:4040"}, {"seed.example"});
  c.secret.reset();
  c.insecure = true;
  const auto before = town.net.counts().connects;
  town.b.start(c);
  town.net.run_for(5s);
  EXPECT_EQ(town.net.counts().connects, before);
  EXPECT_TRUE(town.b.said("not dialled: " + town.a.process.address() +
                          ":4040 is not on this machine: links to others need a secret or a key"))
      << town.b.log;
  sim::Process neighbour(town.net, "b");
  Node other(neighbour.loop());
  c.nodeid = "other";
  c.binds = {"127.0.0.1:4041"};
  c.seeds.reset();
  other.configure(c);
  town.b.process.write_file("/etc/hosts", "127.0.0.1 neighbour\n");
  House d(town.net, "b", town.keeper.address());
  c.nodeid = "d";
  c.private_node();
  c.seeds = {"neighbour:4041"};
  d.start(c);
  EXPECT_TRUE(town.joined(d, "other"));
}

TEST(NamedSeed, ADeadNameServerDoesNotHoldUpOtherSeeds) {
  Town town;
  town.net.cut(town.keeper, town.b.process);
  town.a.live("a");
  town.b.live("b", {"one.example", town.a.process.address(), "two.example:7"});
  EXPECT_TRUE(town.joined(town.b, "a", 1s));
}

TEST(NamedSeed, LeavingEndsItsLookups) {
  for (int steps = 0; steps < 40; ++steps) {
    Town town(static_cast<std::uint64_t>(steps));
    town.server->zone["seed.example"] = {town.a.process.address()};
    town.b.live("b", {"seed.example", "other.example"});
    for (int i = 0; i < steps; ++i) town.net.step(1s);
    town.b.node.reset();
    town.net.run_for(3s);
    EXPECT_EQ(town.b.process.open_descriptors(), 0u);
  }
}

TEST(NamedSeed, RefusedMemoryIsAFailedAttempt) {
  for (std::uint64_t after = 0; after < 600; after += 3) {
    Town town(after);
    town.server->zone["seed.example"] = {"2001:db8::1", town.a.process.address()};
    town.a.live("a");
    town.b.live("b", {"seed.example"});
    town.b.process.fail_allocations(after, 3);
    EXPECT_TRUE(town.joined(town.b, "a")) << after << town.b.log;
    if (town.b.process.refused_allocations() == 0) return;
  }
  FAIL() << "memory was refused to the end";
}

std::string refusal(const Config& c) {
  sim::Network net(1);
  sim::Process process(net);
  Node node(process.loop());
  try {
    node.configure(c);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::bad_config);
    return e.what();
  }
  return "none";
}

TEST(NamedSeed, ConfigurationSaysWhatIsWrong) {
  EXPECT_EQ(refusal(config("a", {"unix:@a"}, {"a.example", "b_c.example.:1"})), "none");
  EXPECT_EQ(refusal(config("a", {"unix:@a"}, {"a.example:0"})),
            "seeds: a.example:0: expected a port number");
  for (const char* seed : {"-a.example", "a..b", "a b", "1.2.3:4", "a.example:x", "a:b:c", ".a"}) {
    EXPECT_NE(refusal(config("a", {"unix:@a"}, {seed})).find("\"" + std::string(seed) + "\""),
              std::string::npos)
        << seed;
  }
  EXPECT_EQ(refusal(config("a", {"a.example:4040"})),
            "binds: a.example:4040: expected a numeric address, *, or a unix socket");
  Config c = config("a", {"unix:@a"}, {"a.example"});
  c.secret.reset();
  EXPECT_NE(refusal(c).find("seeds: a.example is TCP: expected a secret"), std::string::npos);
  c.insecure = true;
  EXPECT_EQ(refusal(c), "none");
}

TEST(NamedSeed, OverTheSystemsOwnSockets) {
  NamesHost host;
  Loop loop(host);
  NameServer server(loop, Address::tcp4(127, 0, 0, 1, 0));
  host.moved["192.0.2.1:53"] = server.address();
  host.texts["/etc/resolv.conf"] = "nameserver 192.0.2.1\n";
  server.zone["seed.example"] = {"127.0.0.1"};
  Node a(loop), b(loop);
  a.configure(config("a", {"127.0.0.1:0"}));
  const std::string bind = a.binds().at(0);
  b.configure(config("b", {"unix:@aemp-named-seed-" + std::to_string(host.identity().pid())},
                     {"seed.example" + bind.substr(bind.rfind(':'))}));
  EXPECT_TRUE(loop.run_until([&] { return b.node_is_up("a").value_or(false); }, 60s));
  EXPECT_EQ(server.asked.size(), 2u);
}

}  // namespace
}  // namespace aemp
