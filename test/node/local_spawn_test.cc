// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// spawn() on the own node, and define().
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using test::contains;
using test::error_of;
using test::Texts;

class LocalSpawn : public test::LocalNode {
 protected:
  // Why the port that was spawned with these arguments died.
  template <class... Args>
  Texts end_of(std::string_view function, const Args&... args) {
    Texts reasons;
    watch(node.spawn(node.id(), function, args...), reasons);
    settle();
    return reasons;
  }
};

TEST_F(LocalSpawn, RunsTheFunctionLaterInTheNewPortsContext) {
  Port seen;
  std::string text;
  node.define("chat::connect", [&](Port client, std::string nick) {
    seen = node.self();
    text = client.str() + " " + nick;
    node.rcv(node.self(), [](Message) {});
  });
  const Port client = node.port();
  const Port w = node.spawn(node.id(), "chat::connect", client, "nick");
  EXPECT_TRUE(node.is_local(w));
  EXPECT_FALSE(w.is_node_port());
  EXPECT_EQ(seen, Port());
  settle();
  EXPECT_EQ(seen, w);
  EXPECT_EQ(text, client.str() + " nick");
  EXPECT_EQ(node.stats().ports, 2u);
}

TEST_F(LocalSpawn, NothingIsVisibleBeforeSpawnReturned) {
  Texts got;
  const Port watcher = collector(got);
  node.define("f", [&] { node.snd(watcher, "ran"); });
  node.snd(watcher, "before");
  const Port w = node.spawn(node.id(), "f");
  EXPECT_TRUE(got.empty());
  node.snd(watcher, "after");
  settle();
  EXPECT_EQ(got, (Texts{"[\"before\"]", "[\"after\"]", "[\"ran\"]"}));
}

TEST_F(LocalSpawn, SendMonitorAndKillMayFollowAtOnce) {
  Texts got, reasons;
  node.define("f", [&](int n) {
    got.push_back("function " + std::to_string(n));
    node.rcv(node.self(), [&](Message m) { got.push_back(m.json()); });
  });
  const Port w = node.spawn(node.id(), "f", 9);
  node.snd(w, 1);
  watch(w, reasons);
  node.snd(w, 2);
  node.kil(w, "enough");
  node.snd(w, 3);
  settle();
  EXPECT_EQ(got, (Texts{"function 9", "[1]", "[2]"}));
  EXPECT_EQ(reasons, (Texts{"[\"enough\"]"}));
}

TEST_F(LocalSpawn, SpawnThenKilRunsItThenKills) {
  int ran = 0;
  node.define("f", [&] {
    ++ran;
    node.rcv(node.self(), [] {});
  });
  const Port w = node.spawn(node.id(), "f");
  node.kil(w, "at once");
  Texts reasons;
  watch(w, reasons);
  settle();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(reasons, (Texts{"[\"at once\"]"}));
}

TEST_F(LocalSpawn, UnknownFunctionsAndMisfitsDieWithASentenceThatNamesThem) {
  node.define("typed", [](int, std::string) {});
  node.define("silent", [] {});
  const Texts unknown = end_of("no::such", 1);
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_TRUE(contains(unknown[0], "[\"die\",\"")) << unknown[0];
  EXPECT_TRUE(contains(unknown[0], "no::such"));
  for (const Texts& misfit :
       {end_of("typed"), end_of("typed", "x", "y"), end_of("typed", 1, "y", 2)}) {
    ASSERT_EQ(misfit.size(), 1u);
    EXPECT_TRUE(contains(misfit[0], "[\"die\",\"")) << misfit[0];
    EXPECT_TRUE(contains(misfit[0], "typed"));
  }
  const Texts none = end_of("silent");
  ASSERT_EQ(none.size(), 1u);
  EXPECT_TRUE(contains(none[0], "[\"no_receiver\"")) << none[0];
  EXPECT_EQ(node.stats().ports, 0u);
}

TEST_F(LocalSpawn, AnyReceiverWillDo) {
  node.define("tagged", [&] { node.rcv(node.self(), "t", [] {}); });
  node.define("default", [&] { node.rcv(node.self(), [] {}); });
  node.define("removed", [&] {
    node.rcv(node.self(), "t", [] {});
    node.rcv_remove(node.self(), "t");
  });
  EXPECT_TRUE(end_of("tagged").empty());
  EXPECT_TRUE(end_of("default").empty());
  EXPECT_EQ(end_of("removed").size(), 1u);
  EXPECT_EQ(node.stats().ports, 2u);
}

TEST_F(LocalSpawn, BuiltinsOfTheNodePortAreNoFunctions) {
  const Texts builtin = end_of("time");
  ASSERT_EQ(builtin.size(), 1u);
  EXPECT_TRUE(contains(builtin[0], "[\"die\"")) << builtin[0];
}

TEST_F(LocalSpawn, AFunctionThatThrowsOrKillsItself) {
  node.define("throws", [] { throw std::runtime_error("in spawn"); });
  node.define("leaves", [&] { node.kil(node.self(), "by itself"); });
  EXPECT_EQ(end_of("throws"), (Texts{"[\"die\",\"in spawn\"]"}));
  EXPECT_EQ(end_of("leaves"), (Texts{"[\"by itself\"]"}));
}

TEST_F(LocalSpawn, UnmonitoredFailuresAreLogged) {
  node.spawn(node.id(), "nobody knows me");
  settle();
  EXPECT_EQ(log.count(2, "nobody knows me"), 1) << log.all();
}

TEST_F(LocalSpawn, WhereMayBeAnyPortOfTheNode) {
  int ran = 0;
  node.define("f", [&] { ++ran; });
  node.spawn(node.port(), "f");
  node.spawn(node.node_port(), "f");
  EXPECT_EQ(error_of([&] { node.spawn(Port(), "f"); }), "bad_name");
  settle();
  EXPECT_EQ(ran, 2);
}

TEST_F(LocalSpawn, MisuseMakesNoPort) {
  EXPECT_EQ(error_of([&] { node.spawn("", "f"); }), "bad_name");
  EXPECT_EQ(error_of([&] { node.spawn("no spaces", "f"); }), "bad_name");
  EXPECT_EQ(error_of([&] { node.spawn(std::string(256, 'n'), "f"); }), "bad_name");
  EXPECT_EQ(error_of([&] { node.spawn(node.id(), "\xff"); }), "bad_text");
  EXPECT_EQ(error_of([&] { node.spawn(node.id(), "f", "\xff"); }), "bad_text");
  EXPECT_EQ(error_of([&] { node.spawn(node.id(), "f", std::string(17 << 20, 'x')); }), "too_big");
  EXPECT_EQ(node.stats().ports, 0u);
  settle();
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalSpawn, AVeryLongFunctionNameIsCutInTheReason) {
  const Texts reason = end_of(std::string(200'000, 'f'));
  ASSERT_EQ(reason.size(), 1u);
  EXPECT_TRUE(contains(reason[0], "[\"die\",\""));
  EXPECT_LT(reason[0].size(), 65'536u);
}

TEST_F(LocalSpawn, SpawnedFunctionsMaySpawn) {
  Texts got;
  const Port sink = collector(got);
  node.define("tree", [&](int depth) {
    node.rcv(node.self(), [] {});
    if (depth == 0) {
      node.snd(sink, node.self());
      return;
    }
    node.spawn(node.id(), "tree", depth - 1);
    node.spawn(node.self(), "tree", depth - 1);
  });
  node.spawn(node.id(), "tree", 5);
  settle();
  EXPECT_EQ(got.size(), 32u);
  EXPECT_EQ(node.stats().ports, 64u);
}

TEST_F(LocalSpawn, DefineReplacesAndKeepsARunningFunctionAlive) {
  Texts got;
  auto kept = std::make_shared<std::string>("old");
  const std::weak_ptr<std::string> left = kept;
  node.define("f", [&, kept = std::move(kept)] {
    node.define("f", [&] { got.push_back("new"); });
    node.define("f", [&] { got.push_back("newest"); });
    got.push_back(*kept);
  });
  node.spawn(node.id(), "f");
  node.spawn(node.id(), "f");
  settle();
  EXPECT_EQ(got, (Texts{"old", "newest"}));
  EXPECT_TRUE(left.expired());
}

TEST_F(LocalSpawn, AReplacedFunctionThatDoesNotRunIsDestroyedAtOnce) {
  const auto token = std::make_shared<int>(0);
  node.define("f", [token] {});
  EXPECT_EQ(token.use_count(), 2);
  node.define("f", [] {});
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(LocalSpawn, ReservedAndMalformedNames) {
  for (const char* name : {"snd", "snd_multiple", "info", "known_nodes", "up_nodes", "time", "can",
                           "devnull", "aemp.", "aemp.x"}) {
    EXPECT_EQ(error_of([&] { node.define(name, [] {}); }), "reserved_name") << name;
    EXPECT_TRUE(contains(test::error_text([&] { node.define(name, [] {}); }), name));
  }
  EXPECT_EQ(error_of([&] { node.define("", [] {}); }), "bad_name");
  EXPECT_EQ(error_of([&] { node.define(std::string(256, 'f'), [] {}); }), "bad_name");
  EXPECT_EQ(error_of([&] { node.define("\xff", [] {}); }), "bad_name");
  for (const std::string& name : {std::string("aemp"), std::string("sn"), std::string("snd2"),
                                  std::string("AEMP.x"), std::string(255, 'f')}) {
    EXPECT_EQ(error_of([&] { node.define(name, [] {}); }), "") << name;
  }
}

TEST_F(LocalSpawn, SecureDoesNotConcernTheOwnNode) {
  Node secure(loop);
  Config config;
  config.norc = true;
  config.private_node();
  config.secure = true;
  secure.configure(config);
  int ran = 0;
  secure.define("f", [&] {
    ++ran;
    if (secure.self()) secure.rcv(secure.self(), [] {});
  });
  secure.spawn(secure.id(), "f");
  secure.snd_to_func(secure.id(), "f");
  settle();
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace aemp
