// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Spawns and calls that cannot be done, and who hears why.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "node/stillborn.h"
#include "support/cluster.h"

namespace aemp::remote {
namespace {

// "there" spawns on itself and on "here" alike.
struct Spawning {
  Spawning() {
    for (Member* m : {&there, &here}) {
      (*m)->define("typed", [](int) {});
      (*m)->define("silent", [] {});
      (*m)->define("throws", [](std::string what) { throw std::runtime_error(what); });
      (*m)->define("ends", [m] { (*m)->kil((*m)->self()); });
      (*m)->define("leaves", [m] { (*m)->kil((*m)->self(), "by", "itself"); });
    }
    EXPECT_TRUE(world.until([&] { return here.up("there") && there.up("here"); }));
  }
  // The reason that a monitor hears that is set when the port is long dead.
  template <class... Args>
  std::string late(const std::string& node, const Args&... call) {
    const Port p = there->spawn(node, call...);
    there->cal(
        there->node_port(node), [&](const Reply&) { ++answers; }, "time");
    ++expected;
    EXPECT_TRUE(world.until([&] { return answers == expected; }));
    world.settle();
    return reason(p);
  }
  std::string reason(const Port& p) {
    std::string text;
    there->mon(p, [&](Message m) { text = m.json(); });
    EXPECT_TRUE(world.until([&] { return !text.empty(); }));
    return text;
  }

  World world;
  Member here{world.loop, config("here", {unix_name()})};
  Member there{world.loop, config("there", {}, {here->binds()[0]})};
  int answers = 0, expected = 0;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

TEST(RemoteSpawn, AMonitorThatComesLateHearsWhyThePortDiedAtBirth) {
  Spawning s;
  for (const std::string node : {"here", "there"}) {
    const std::string unknown = s.late(node, "no::such");
    EXPECT_TRUE(contains(unknown, "[\"die\",\"") && contains(unknown, "no::such")) << unknown;
    const std::string misfit = s.late(node, "typed", "text");
    EXPECT_TRUE(contains(misfit, "[\"die\",\"") && contains(misfit, "typed")) << misfit;
    EXPECT_TRUE(contains(s.late(node, "silent"), "[\"no_receiver\",\"")) << node;
    EXPECT_EQ(s.late(node, "throws", "what a pity"), "[\"die\",\"what a pity\"]");
    EXPECT_EQ(s.late(node, "ends"), "[]");
    EXPECT_EQ(s.late(node, "leaves"), "[\"by\",\"itself\"]");
  }
  EXPECT_EQ(s.here->stats().ports, 0u);
}

TEST(RemoteSpawn, OneThatLivedAndDiedIsNoSuchPort) {
  Spawning s;
  for (Member* m : {&s.here, &s.there}) {
    (*m)->define("lives",
                 [m] { (*m)->rcv((*m)->self(), "go", [m] { (*m)->kil((*m)->self(), 1); }); });
    const Port p = s.there->spawn((*m)->id(), "lives");
    s.there.watch(p, "mon");
    s.there->snd(p, "go");
    ASSERT_TRUE(s.world.until([&] { return s.there.count("mon [1]") != 0; })) << s.there.told();
    s.there.story.clear();
    EXPECT_TRUE(contains(s.reason(p), "[\"no_such_port\"")) << s.reason(p);
  }
}

TEST(RemoteSpawn, ManyFailuresAreRememberedBoundedly) {
  Spawning s;
  std::vector<Port> ports;
  for (std::size_t i = 0; i < Stillborn::kMost + 100; ++i) {
    ports.push_back(s.there->spawn("here", "no::such"));
  }
  s.late("here", "silent");
  EXPECT_TRUE(contains(s.reason(ports.back()), "[\"die\"")) << s.reason(ports.back());
  EXPECT_TRUE(contains(s.reason(ports[ports.size() - 1000]), "[\"die\""));
  EXPECT_TRUE(contains(s.reason(ports.front()), "[\"no_such_port\"")) << s.reason(ports.front());
  // Long reasons make room for themselves.
  const std::string text(60'000, 'x');
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(contains(s.late("here", "throws", text), "xxx"));
  EXPECT_TRUE(contains(s.reason(ports.back()), "[\"no_such_port\""));
}

TEST(RemoteSpawn, NothingIsRememberedOverTheEndOfALink) {
  World world;
  Member here(world.loop, config("here", {unix_name()}));
  Proxy proxy(world.loop, unix_name(), here->binds()[0]);
  Member there(world.loop, config("there", {}, {proxy.address()}));
  ASSERT_TRUE(world.until([&] { return there.up("here"); }));
  const Port p = there->spawn("here", "no::such");
  ASSERT_TRUE(world.until([&] { return here.log.count(2, "no::such") == 1; })) << here.told();
  proxy.cut();
  ASSERT_TRUE(world.until([&] { return there.count("up") == 2 && here.count("up") == 2; }));
  there.watch(p, "mon");
  ASSERT_TRUE(world.until([&] { return there.count("mon") == 1; }));
  EXPECT_EQ(there.count("mon [\"no_such_port\""), 1u) << there.told();
}

// Calls of a function that cannot be made, of the own node and of another one.
struct Calling {
  Calling() {
    for (Member* m : {&here, &there}) {
      (*m)->define("typed", [](int, Port) {});
      (*m)->define("throws", [] { throw std::runtime_error("what a pity"); });
      (*m)->define("answers", [m](Port reply) {
        (*m)->snd(reply, 42);
        throw std::runtime_error("too late");
      });
    }
    EXPECT_TRUE(world.until([&] { return here.up("there") && there.up("here"); }));
  }
  // Without a time-out: what comes, comes at once or never.
  template <class... Args>
  std::string call(const std::string& node, const Args&... args) {
    std::string text;
    const auto heard = [&](const Reply& r) {
      text = r.ok() ? "ok " + r.message().json() : r.reason().json();
    };
    there->cal(there->node_port(node), heard, args...);
    EXPECT_TRUE(world.until([&] { return !text.empty(); }, 5s)) << there.told() << here.told();
    return text;
  }

  World world;
  Member here{world.loop, config("here", {unix_name()})};
  Member there{world.loop, config("there", {}, {here->binds()[0]})};
};

TEST(RemoteCall, OneThatCannotBeMadeEndsAtOnce) {
  Calling c;
  for (const std::string node : {"here", "there"}) {
    const std::string of = "' of node " + node + ": ";
    EXPECT_EQ(c.call(node, "no::such", 1),
              "[\"die\",\"function 'no::such" + of + "it is not defined\"]");
    EXPECT_EQ(c.call(node, "typed", "text"),
              "[\"die\",\"function 'typed" + of + "it does not take these arguments\"]");
    EXPECT_EQ(c.call(node, "throws"), "[\"die\",\"function 'throws" + of + "what a pity\"]");
    EXPECT_EQ(c.call(node, "answers"), "ok [42]");
    EXPECT_EQ(c.call(node, "can", "typed"), "ok [true]");
  }
  EXPECT_EQ(c.here.log.count(2, "node port: function"), 4u) << c.here.log.all();
  EXPECT_EQ(c.here->stats().ports + c.there->stats().ports, 0u);
}

// What is no reply port is not harmed, whosever it is.
TEST(RemoteCall, OneThatCannotBeMadeKillsNoPort) {
  Calling c;
  const Port mine = c.there.sink("mine"), theirs = c.here.sink("theirs");
  for (const Port& p : {mine, theirs}) {
    for (const char* node : {"here", "there"}) c.there->snd_to_func(node, "no::such", p);
    c.there->snd(c.there->node_port("here"), "aemp.failed", p, "die", "no");
  }
  EXPECT_EQ(c.call("here", "can", "typed"), "ok [true]");
  c.there->snd(mine, 1);
  c.there->snd(theirs, 2);
  EXPECT_TRUE(c.world.until([&] { return c.there.story.size() + c.here.story.size() >= 4; }));
  EXPECT_EQ(c.there.count("mine [1]"), 1u) << c.there.told();
  EXPECT_EQ(c.here.count("theirs [2]"), 1u) << c.here.told();
}

// Whatever its last argument, a refused message kills nobody.
TEST(RemoteCall, OneThatIsRefusedKillsNoPort) {
  World world;
  Config secured = config("here", {unix_name()});
  secured.secure = true;
  Member here(world.loop, secured);
  Member there(world.loop, config("there", {}, {here->binds()[0]}));
  here->define("f", [] {});
  const Port mine = there.sink("mine");
  there->snd_to_func("here", "f", mine);
  ASSERT_TRUE(world.until([&] { return here.log.count(2, "'f' is refused") == 1; })) << here.told();
  there->snd(here->node_port(), "time", mine);
  EXPECT_TRUE(world.until([&] { return there.count("mine [") == 1; })) << there.told();
}

}  // namespace
}  // namespace aemp::remote
