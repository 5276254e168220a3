// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What the own node port understands.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using test::contains;
using test::error_of;
using test::Texts;

class LocalNodePort : public test::LocalNode {
 protected:
  LocalNodePort() : self(node.node_port()) { p = collector(got); }

  const Port self;
  Port p;
  Texts got;
};

TEST_F(LocalNodePort, SndRelaysTheRestOfTheMessage) {
  node.snd(self, "snd", p, "relayed", 1);
  node.snd_on(node.id(), p, "relayed", 2);
  node.snd(self, "snd", p.str(), "by text");
  node.snd(self, "snd", p);
  settle();
  EXPECT_EQ(got, (Texts{"[\"relayed\",1]", "[\"relayed\",2]", "[\"by text\"]", "[]"}));
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalNodePort, SndRelaysToTheNodePortItself) {
  node.snd(self, "snd", self, "snd", p, "twice relayed");
  settle();
  EXPECT_EQ(got, (Texts{"[\"twice relayed\"]"}));
}

TEST_F(LocalNodePort, SndMultipleTakesOneArrayForEachMessage) {
  Texts other;
  const Port q = collector(other);
  node.snd(self, "snd_multiple", list(p, "to p", 1), list(q, "to q"), list(p), list(q, list(1)));
  settle();
  EXPECT_EQ(got, (Texts{"[\"to p\",1]", "[]"}));
  EXPECT_EQ(other, (Texts{"[\"to q\"]", "[[1]]"}));
}

TEST_F(LocalNodePort, SndMultipleServesTheOthersWhenOneIsWrong) {
  node.snd(self, "snd_multiple", list(p, 1), 5, list(), list("no port"), list(p, 2));
  settle();
  EXPECT_EQ(got, (Texts{"[1]", "[2]"}));
  EXPECT_EQ(log.count(2, "snd_multiple"), 3) << log.all();
  node.snd(self, "snd_multiple");
  settle();
  EXPECT_EQ(log.lines.size(), 3u);
}

TEST_F(LocalNodePort, InformationIsSentToTheReplyAddressWithItsPrefix) {
  node.snd(self, "info", p, "prefix", 7);
  node.snd(self, "known_nodes", p);
  node.snd(self, "up_nodes", p, "up");
  node.snd(self, "can", "info", p);
  node.snd(self, "can", "mine", p, "x");
  node.define("mine", [] {});
  node.snd(self, "can", "aemp.", p);
  settle();
  EXPECT_EQ(got,
            (Texts{"[\"prefix\",7,\"" + node.id() + "\",\"" AEMP_VERSION "\"]",
                   "[\"" + node.id() + "\"]", "[\"up\"]", "[true]", "[\"x\",true]", "[false]"}));
}

TEST_F(LocalNodePort, CanWithoutANameIsAnsweredWithThoseOfFunctions) {
  node.snd(self, "can", p, "none");
  settle();
  node.define("z", [] {});
  node.define("a", [] {});
  node.snd(self, "can", p, 7);
  settle();
  EXPECT_EQ(got, (Texts{"[\"none\"]", "[7,\"a\",\"z\"]"}));
}

TEST_F(LocalNodePort, TimeIsSecondsSince1970AsADouble) {
  double seconds = 0;
  node.cal(
      self,
      [&](const Reply& r) {
        EXPECT_EQ(r.message()[0].kind(), Kind::floating);
        seconds = r.message().as<double>(0);
      },
      "time");
  settle();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_NEAR(seconds, std::chrono::duration<double>(now).count(), 600);
}

TEST_F(LocalNodePort, DevnullTakesEverything) {
  node.snd(self, "devnull");
  node.snd(self, "devnull", 1, p, list());
  settle();
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalNodePort, DefinedFunctionsAreCalledWithTheRest) {
  node.define("f", [&](int n, Message rest) { got.push_back(std::to_string(n) + rest.json()); });
  node.snd(self, "f", 1, "x");
  node.snd_to_func(node.id(), "f", 2);
  settle();
  EXPECT_EQ(got, (Texts{"1[\"x\"]", "2[]"}));
}

TEST_F(LocalNodePort, WhatItDoesNotUnderstandIsLoggedAtLevel2AndItLives) {
  node.define("typed", [](int) {});
  node.define("throws", [] { throw std::runtime_error("in a function"); });
  node.define("throws 5", [] { throw 5; });
  const std::vector<OwnedMessage> bad{message("nonsense", 1),
                                      message(),
                                      message(5),
                                      message(p, "x"),
                                      message("typed", "x"),
                                      message("throws"),
                                      message("throws 5"),
                                      message("snd"),
                                      message("snd", 5),
                                      message("snd", "no port"),
                                      message("snd_multiple", 5),
                                      message("info"),
                                      message("info", 7),
                                      message("time", nullptr),
                                      message("can"),
                                      message("can", 1, p),
                                      message("can", "x"),
                                      message("aemp.unknown"),
                                      message("")};
  for (const OwnedMessage& m : bad) {
    log.lines.clear();
    node.snd(self, m);
    settle();
    EXPECT_EQ(log.lines.size(), 1u) << m.json() << log.all();
    EXPECT_EQ(log.count(2), 1) << m.json() << log.all();
  }
  node.snd(self, "can", "can", p);
  settle();
  EXPECT_EQ(got, (Texts{"[true]"}));
}

TEST_F(LocalNodePort, TheLogNamesTheFunction) {
  node.define("my function", [] { throw std::runtime_error("reason why"); });
  node.snd(self, "my function");
  node.snd(self, "my unknown");
  settle();
  EXPECT_EQ(log.count(2, "my function"), 1) << log.all();
  EXPECT_EQ(log.count(2, "reason why"), 1);
  EXPECT_EQ(log.count(2, "my unknown"), 1);
}

TEST_F(LocalNodePort, HugeAndUglyTagsDoNotMakeHugeOrUglyLines) {
  node.snd(self, std::string(1'000'000, 'n'));
  node.snd(self, list(std::string(1'000'000, 'n')));
  node.snd(self, "evil\n2026-01-01 <1> forged\x1b[2J");
  settle();
  ASSERT_EQ(log.lines.size(), 3u);
  for (const auto& line : log.lines) {
    EXPECT_LT(line.text.size(), 2000u);
    EXPECT_FALSE(contains(line.text, "\n"));
    EXPECT_FALSE(contains(line.text, "\x1b"));
  }
}

TEST_F(LocalNodePort, InOrderWithOtherSends) {
  node.define("f", [&] { got.push_back("f"); });
  node.snd(p, 1);
  node.snd(self, "f");
  node.snd(p, 2);
  settle();
  EXPECT_EQ(got, (Texts{"[1]", "f", "[2]"}));
}

TEST_F(LocalNodePort, IsNamedByTheBareNodeId) {
  EXPECT_EQ(Port::parse(node.id()), self);
  EXPECT_EQ(Port::parse(node.id() + "#"), self);
  EXPECT_EQ(self.str(), node.id() + "#");
  EXPECT_EQ(self.node(), node.id());
  EXPECT_TRUE(self.is_node_port());
  EXPECT_TRUE(node.is_local(self));
  EXPECT_FALSE(node.is_local(node.node_port("elsewhere")));
  EXPECT_FALSE(node.is_local(Port()));
  for (const char* id : {"", "a b", "a#b", "\xc3\xa4", "a\n", "#"}) {
    EXPECT_EQ(error_of([&] { node.node_port(id); }), "bad_name") << id;
    EXPECT_EQ(error_of([&] { node.snd_to_func(id, "f"); }), "bad_name") << id;
    EXPECT_EQ(error_of([&] { node.snd_on(id, p, 1); }), "bad_name") << id;
  }
  EXPECT_EQ(error_of([&] { node.node_port(std::string(256, 'n')); }), "bad_name");
  EXPECT_EQ(node.node_port(std::string(255, 'n')).node(), std::string(255, 'n'));
}

TEST_F(LocalNodePort, NodesKnownAndUp) {
  EXPECT_EQ(node.known_nodes(), (Texts{node.id()}));
  EXPECT_TRUE(node.up_nodes().empty());
  EXPECT_EQ(node.node_is_up(node.id()), true);
  EXPECT_EQ(node.node_is_up("never heard of"), std::nullopt);
}

}  // namespace
}  // namespace aemp
