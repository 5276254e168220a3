// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Names are resolved, or are not in good time, whatever happens to the questions and answers on
// their way, to descriptors and to memory.
#include "loop/resolver.h"

#include <aemp/loop.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/asker.h"
#include "support/name_server.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using Question = NameServer::Question;
using Reply = NameServer::Reply;

struct World {
  explicit World(std::uint64_t seed) : net(seed) {
    for (int i = 0; i < 2; ++i) {
      machines.push_back(std::make_unique<sim::Process>(net, i == 0 ? "ns1" : "ns2"));
      start(i);
    }
    configure("options timeout:1\n");
    // Answers that are short, and too long for a datagram.
    for (const auto& one : servers) {
      one->zone["www.example"] = {"10.0.0.1", "2001:db8::1"};
      for (int i = 0; i < 32; ++i) one->zone["many.example"].push_back("10.0.1.1");
    }
  }
  ~World() { servers.clear(); }

  void start(int i) {
    sim::Process& machine = *machines[static_cast<std::size_t>(i)];
    servers.push_back(
        std::make_unique<NameServer>(machine.loop(), parse_ip(machine.address())->at(53)));
  }
  void configure(const std::string& options) {
    client.write_file("/etc/resolv.conf", "nameserver " + machines[0]->address() + "\nnameserver " +
                                              machines[1]->address() + "\n" + options);
  }
  std::string resolve(const std::string& name) {
    Asker asker(client.loop().reactor(), name);
    const auto from = net.now();
    EXPECT_TRUE(net.run_until([&] { return asker.told > 0; }, 1h));
    took = net.now() - from;
    net.run_for(10s);
    EXPECT_EQ(asker.told, 1);
    EXPECT_EQ(client.open_descriptors(), 0u);
    return (asker.ok ? "" : "error: ") + asker.what;
  }
  // What it says of the name when the servers said these.
  std::string failure(const std::string& one, const std::string& two) const {
    return "error: cannot resolve www.example: name server " + servers[0]->address().str() + ": " +
           one + "; name server " + servers[1]->address().str() + ": " + two;
  }

  sim::Network net;
  sim::Process client{net, "client"};
  std::vector<std::unique_ptr<sim::Process>> machines;
  std::vector<std::unique_ptr<NameServer>> servers;
  sim::Nanoseconds took{0};
};

constexpr const char* kFound = "[2001:db8::1]:4040 10.0.0.1:4040";

TEST(SimResolver, ADeadServerCostsItsTimeout) {
  World world(1);
  world.net.cut(world.client, *world.machines[0]);
  EXPECT_EQ(world.resolve("www.example"), kFound);
  EXPECT_GE(world.took, 1s);
  EXPECT_LT(world.took, 1100ms);
  EXPECT_EQ(world.servers[1]->asked.size(), 2u);
}

TEST(SimResolver, AllDeadEndsAfterTheAttempts) {
  World world(2);
  world.configure("options timeout:2 attempts:3\nsearch a.example b.example\n");
  for (auto& machine : world.machines) world.net.cut(world.client, *machine);
  EXPECT_EQ(world.resolve("www.example"), world.failure("no answer in time", "no answer in time"));
  EXPECT_GE(world.took, 12s);
  EXPECT_LT(world.took, 12100ms);
}

TEST(SimResolver, NoLookupTakesForEver) {
  World world(3);
  world.configure("options timeout:30 attempts:5\n");
  for (auto& machine : world.machines) world.net.cut(world.client, *machine);
  EXPECT_NE(world.resolve("www.example").find("no answer in time"), std::string::npos);
  EXPECT_LE(world.took, std::chrono::nanoseconds(Lookup::kMostTime) + 31s);
}

TEST(SimResolver, AServerThatAnswersLateIsAskedAgain) {
  World world(4);
  world.servers[0]->behave = [&](const Question& q) {
    Reply reply = world.servers[0]->from_zone(q);
    reply.delay = world.servers[0]->asked.size() <= 2 ? 1500ms : 0ms;
    return reply;
  };
  world.servers[1]->behave = [](const Question&) { return Reply(); };
  EXPECT_EQ(world.resolve("www.example"), kFound);
  EXPECT_EQ(world.servers[0]->asked.size(), 4u);
  EXPECT_GE(world.took, 2s);
}

TEST(SimResolver, OneFamilyWithoutAnswerIsWaitedForOnceOnly) {
  World world(5);
  for (auto& server : world.servers) {
    server->behave = [&](const Question& q) {
      return q.type == DnsType::a ? server->from_zone(q) : Reply();
    };
  }
  EXPECT_EQ(world.resolve("www.example"), "10.0.0.1:4040");
  EXPECT_LT(world.took, 1100ms);
  EXPECT_EQ(world.servers[1]->asked.size(), 0u);
}

TEST(SimResolver, WhatIsKnownOfOneFamilyIsNotAskedAgain) {
  World world(6);
  world.servers[0]->zone["six.example"] = world.servers[1]->zone["six.example"] = {"2001:db8::6"};
  world.servers[0]->behave = [&](const Question& q) {
    return q.type == DnsType::a ? world.servers[0]->from_zone(q) : Reply();
  };
  EXPECT_EQ(world.resolve("six.example"), "[2001:db8::6]:4040");
  EXPECT_EQ(world.servers[1]->asked_for(), "AAAA six.example");
}

TEST(SimResolver, ASlowTrickleOverTcpIsOneTimeout) {
  World world(7);
  world.servers[0]->tcp_piece = 0;
  EXPECT_EQ(world.resolve("many.example").substr(0, 13), "10.0.1.1:4040");
  EXPECT_GE(world.took, 1s);
  EXPECT_LT(world.took, 2s);
}

TEST(SimResolver, TooFewDescriptorsAreAFailureThatSaysSo) {
  World world(8);
  world.client.set_descriptor_limit(0);
  EXPECT_EQ(world.resolve("www.example"),
            world.failure("Too many open files", "Too many open files"));
  EXPECT_LT(world.took, 100ms);
  world.client.set_descriptor_limit(1);
  EXPECT_EQ(world.resolve("www.example"), "[2001:db8::1]:4040");
  world.client.set_descriptor_limit(2);
  EXPECT_EQ(world.resolve("www.example"), kFound);
}

TEST(SimResolver, FindsItsWayThroughLossAndCuts) {
  int failed = 0, found = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world(seed);
    world.configure("options timeout:1 attempts:5\n");
    sim::Path path;
    path.loss = 2 + seed % 3;
    path.jitter = 400ms;
    world.net.set_default_path(path);
    if (seed % 4 == 0) world.net.cut_one_way(*world.machines[seed % 2], world.client);
    const std::string name = seed % 3 == 0 ? "many.example" : "www.example";
    const std::string said = world.resolve(name);
    EXPECT_LE(world.took, 11s) << said;
    if (said.starts_with("error")) {
      ++failed;
      EXPECT_NE(said.find("no answer in time"), std::string::npos) << said;
    } else {
      ++found;
      EXPECT_NE(said.find(":4040"), std::string::npos) << said;
    }
  }
  EXPECT_GT(found, 40);
  EXPECT_EQ(found + failed, 60);
}

TEST(SimResolver, SameSeedSameQuestions) {
  const auto run = [](std::uint64_t seed) {
    World world(seed);
    world.resolve("many.example");
    std::string text = world.servers[0]->asked_for();
    for (const Question& q : world.servers[0]->asked) text += " " + std::to_string(q.id);
    return text + " " + std::to_string(world.net.history());
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(SimResolver, IsGivenUpAtEveryStage) {
  int stages = 0;
  for (const char* name : {"www.example", "many.example", "10.0.0.1"}) {
    for (int steps = 0;; ++steps) {
      World world(static_cast<std::uint64_t>(steps));
      Asker asker(world.client.loop().reactor(), name);
      for (int i = 0; i < steps; ++i) world.net.step(1s);
      const bool told = asker.told > 0;
      asker.lookup.reset();
      world.net.run_for(1s);
      EXPECT_EQ(world.client.open_descriptors(), 0u);
      EXPECT_EQ(asker.told > 0, told);
      if (told) break;
      ++stages;
    }
  }
  EXPECT_GT(stages, 20);
}

TEST(SimResolver, WhatIsGivenUpOutsideATurnGoesWithTheLoop) {
  World world(1);
  auto process = std::make_unique<sim::Process>(world.net, "other");
  auto loop = std::make_unique<Loop>(process->host());
  auto asker = std::make_unique<Asker>(loop->reactor(), "www.example");
  loop->run_once(0ms);
  asker.reset();
  loop.reset();
  EXPECT_EQ(process->open_descriptors(), 0u);
}

TEST(SimResolver, RefusedMemoryFailsThisLookupAndLeavesNothing) {
  for (const char* name : {"www.example", "many.example", "host", "no.example", "10.0.0.1"}) {
    int refusals = 0, failures = 0;
    for (std::uint64_t after = 0;; ++after) {
      World world(after % 7);
      world.configure("options timeout:1\nsearch a.example\n");
      world.client.write_file("/etc/hosts", "10.0.0.9 host\n10.0.0.8 host\n");
      std::unique_ptr<Asker> asker;
      world.client.loop();
      world.net.run_for(1s);
      world.client.fail_allocations(after);
      try {
        world.client.inside(
            [&] { asker = std::make_unique<Asker>(world.client.loop().reactor(), name); });
      } catch (const std::bad_alloc&) {
        ++refusals;
        continue;
      }
      ASSERT_TRUE(world.net.run_until([&] { return asker->told > 0; }, 60s)) << name << after;
      const bool refused = world.client.refused_allocations() > 0;
      if (refused && !asker->ok) {
        failures += asker->what.find("out of memory") != std::string::npos ? 1 : 0;
        EXPECT_TRUE(asker->what.find("out of memory") != std::string::npos ||
                    asker->what.find("knows no such name") != std::string::npos)
            << asker->what;
      }
      world.client.fail_allocations(0, 0);
      world.net.run_for(5s);
      EXPECT_EQ(asker->told, 1) << name << after;
      EXPECT_EQ(world.client.open_descriptors(), 0u) << name << after;
      const std::string again = world.resolve("www.example");
      EXPECT_EQ(again, kFound) << name << after;
      if (!refused) break;
      ++refusals;
    }
    EXPECT_GT(refusals, 1) << name;
    const bool is_asked_for = std::string(name).ends_with(".example");
    EXPECT_EQ(failures > 0, is_asked_for) << name << ": the others need no memory but to begin";
  }
}

}  // namespace
}  // namespace aemp
