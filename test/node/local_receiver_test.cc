// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Which receiver gets a message; receivers that change while they run.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using test::contains;
using test::error_of;
using test::error_text;
using test::Texts;

using LocalReceiver = test::LocalNode;

TEST_F(LocalReceiver, TagReceiverGetsTheRestAndTheDefaultTheWholeMessage) {
  Texts got;
  const Port p = node.port([&](Message m) { got.push_back("default " + m.json()); });
  EXPECT_EQ(node.rcv(p, "ping", [&](Message m) { got.push_back("ping " + m.json()); }), p);
  node.snd(p, "ping", 1, 2);
  node.snd(p, "pong", 1);
  node.snd(p, "ping");
  node.snd(p, 5, "ping");
  node.snd(p);
  settle();
  EXPECT_EQ(got, (Texts{"ping [1,2]", "default [\"pong\",1]", "ping []", "default [5,\"ping\"]",
                        "default []"}));
}

TEST_F(LocalReceiver, AMessageThatDoesNotFitItsTagGoesToTheDefaultWithItsTag) {
  Texts got;
  const Port p = collector(got);
  int calls = 0;
  node.rcv(p, "set", [&](std::int8_t, std::string) { ++calls; });
  node.snd(p, "set", 1, "ok");
  node.snd(p, "set", 300, "out of range");
  node.snd(p, "set", 1);
  node.snd(p, "set", 1, "a", "more");
  node.snd(p, "set", true, "a");
  settle();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(got, (Texts{"[\"set\",300,\"out of range\"]", "[\"set\",1]",
                        "[\"set\",1,\"a\",\"more\"]", "[\"set\",true,\"a\"]"}));
}

TEST_F(LocalReceiver, WhatNoReceiverTakesKillsThePortWithSentenceAndTag) {
  struct Case {
    OwnedMessage sent;
    std::string tag;
  };
  for (const Case& c : {Case{message("lost", 1), "\"lost\""}, Case{message(node.node_port()), ""},
                        Case{message("n", "text"), "\"n\""}}) {
    const Port p = node.port([](int) {});
    node.rcv(p, "n", [](int) {});
    Texts reasons;
    std::size_t size = 0;
    node.mon(p, [&](std::string word, std::string sentence, Value tag) {
      size = sentence.size();
      reasons.push_back(word + " " + (c.tag.empty() ? "" : tag.json()));
    });
    node.snd(p, c.sent);
    settle();
    EXPECT_EQ(reasons, (Texts{"unhandled_message " + c.tag})) << c.sent.json();
    EXPECT_GT(size, 10u);
  }
}

TEST_F(LocalReceiver, AFreshPortDiesOfAnyMessage) {
  for (const OwnedMessage& sent : {message(), message("tag"), message(1.5), message(nullptr)}) {
    const Port p = node.port();
    std::string word;
    node.mon(p, [&](std::string w, std::string, Message) { word = w; });
    node.snd(p, sent);
    settle();
    EXPECT_EQ(word, "unhandled_message") << sent.json();
  }
}

TEST_F(LocalReceiver, AnUnhandledLongTagIsReportedAndAHugeOneCut) {
  for (const std::size_t size : {2000u, 50'000u, 1'000'000u}) {
    const Port p = node.port();
    std::string tag;
    node.mon(p, [&](std::string, std::string, std::string t) { tag = t; });
    node.snd(p, std::string(size, 'x') + "\xc3\xa4");
    settle();
    ASSERT_FALSE(tag.empty()) << size;
    EXPECT_EQ(tag.size() == size + 2, size <= 50'000u);
    EXPECT_EQ(tag.substr(0, 1000), std::string(1000, 'x'));
  }
}

TEST_F(LocalReceiver, DefaultReceiverReplacedAfterATaggedOneWasAdded) {
  Texts got;
  const Port p = node.port([&](Message) { got.push_back("old"); });
  node.rcv(p, "tag", [&] { got.push_back("tag"); });
  node.rcv(p, [&](Message) { got.push_back("new"); });
  node.snd(p, "tag");
  node.snd(p, "other");
  settle();
  EXPECT_EQ(got, (Texts{"tag", "new"}));
}

TEST_F(LocalReceiver, PortsAsTags) {
  Texts got;
  const Port p = node.port([&](Message m) { got.push_back("default " + m.json()); });
  const Port q = node.port(), r = node.port();
  node.rcv(p, q, [&](int n) { got.push_back("q " + std::to_string(n)); });
  node.rcv(p, r, [&](int n) { got.push_back("r " + std::to_string(n)); });
  node.rcv(p, node.node_port(), [&](Message m) { got.push_back("node " + m.json()); });
  node.snd(p, q, 1);
  node.snd(p, r, 2);
  node.snd(p, node.node_port(), 3);
  node.rcv_remove(p, q);
  node.rcv_remove(p, Port());
  settle();
  EXPECT_EQ(got, (Texts{"default [\"" + q.str() + "\",1]", "r 2", "node [3]"}));
  EXPECT_EQ(error_of([&] { node.rcv(p, Port(), [] {}); }), "empty_port");
}

TEST_F(LocalReceiver, ManyTagsOfManyKindsAreAllFound) {
  const Port p = node.port();
  std::vector<int> hits(4000);
  std::vector<Port> ports;
  int missed = 0;
  node.rcv(p, [&](Message) { ++missed; });
  for (std::size_t i = 0; i < 2000; ++i) {
    node.rcv(p, "common prefix " + std::to_string(i), [&hits, i] { ++hits[i]; });
    ports.push_back(node.port());
    node.rcv(p, ports.back(), [&hits, i] { ++hits[2000 + i]; });
  }
  const auto send_all = [&] {
    for (std::size_t i = 0; i < 2000; ++i) {
      node.snd(p, "common prefix " + std::to_string(i));
      node.snd(p, ports[i], "with more");
    }
    settle();
  };
  send_all();
  EXPECT_EQ(hits, std::vector<int>(4000, 1));
  for (std::size_t i = 0; i < 2000; ++i) {
    if (i % 3 != 0) node.rcv_remove(p, "common prefix " + std::to_string(i));
    if (i % 500 != 0) node.rcv_remove(p, ports[i]);
    node.rcv_remove(p, "never there " + std::to_string(i));
  }
  send_all();
  EXPECT_EQ(missed, 1333 + 1996);
  for (std::size_t i = 0; i < 2000; ++i) {
    EXPECT_EQ(hits[i], i % 3 == 0 ? 2 : 1) << i;
    EXPECT_EQ(hits[2000 + i], i % 500 == 0 ? 2 : 1) << i;
  }
}

TEST_F(LocalReceiver, TagsAreComparedWhole) {
  Texts got;
  const Port p = node.port([&](Message m) { got.push_back("default " + m.json()); });
  using std::string_literals::operator""s;
  for (const std::string& tag : {""s, "a"s, "ab"s, "a\0b"s, "a\0"s, "12345678"s, "123456789"s,
                                 "12345678\0"s, "123456780"s, "\xc3\xa4"s}) {
    node.rcv(p, tag, [&got, tag] { got.push_back(tag); });
    node.snd(p, tag);
    settle();
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got.back(), tag);
    got.clear();
  }
  node.rcv(p, std::string_view(), [&] { got.push_back("empty"); });
  node.snd(p, std::string_view());
  node.snd(p, "1234567");
  node.snd(p, "a ");
  settle();
  EXPECT_EQ(got, (Texts{"empty", "default [\"1234567\"]", "default [\"a \"]"}));
}

TEST_F(LocalReceiver, ATagRemovedWhileItsReceiverRunsLivesUntilItReturns) {
  const Port p = node.port([](Message) {});
  auto kept = std::make_shared<std::string>("captured");
  const std::weak_ptr<std::string> left = kept;
  std::string after;
  node.rcv(p, "once", [&, kept = std::move(kept)] {
    node.rcv_remove(p, "once");
    for (int i = 0; i < 100; ++i) node.rcv(p, "filler " + std::to_string(i), [] {});
    after = *kept;
  });
  node.snd(p, "once");
  node.snd(p, "once");
  settle();
  EXPECT_EQ(after, "captured");
  EXPECT_TRUE(left.expired());
}

TEST_F(LocalReceiver, ATagReplacedWhileItsReceiverRunsGetsTheNextMessage) {
  Texts got;
  const Port p = node.port();
  auto kept = std::make_shared<std::string>("old");
  const std::weak_ptr<std::string> left = kept;
  node.rcv(p, "t", [&, kept = std::move(kept)](int n) {
    node.rcv(p, "t", [&](int m) { got.push_back("new " + std::to_string(m)); });
    node.rcv(p, "t", [&](int m) { got.push_back("newest " + std::to_string(m)); });
    got.push_back(*kept + " " + std::to_string(n));
  });
  node.snd(p, "t", 1);
  node.snd(p, "t", 2);
  settle();
  EXPECT_EQ(got, (Texts{"old 1", "newest 2"}));
  EXPECT_TRUE(left.expired());
}

TEST_F(LocalReceiver, ADefaultReplacedWhileItRunsIsDestroyedAfterItReturned) {
  Texts got;
  auto kept = std::make_shared<std::string>("old");
  const std::weak_ptr<std::string> left = kept;
  const Port p = node.port();
  node.rcv(p, [&, kept = std::move(kept)](int n) {
    node.rcv(p, [&](int m) { got.push_back("new " + std::to_string(m)); });
    node.rcv(p, [&](int m) { got.push_back("newest " + std::to_string(m)); });
    got.push_back(*kept + " " + std::to_string(n));
  });
  node.snd(p, 1);
  node.snd(p, 2);
  settle();
  EXPECT_EQ(got, (Texts{"old 1", "newest 2"}));
  EXPECT_TRUE(left.expired());
}

TEST_F(LocalReceiver, AReceiverThatReplacesItselfAndDiesLeavesNothingBehind) {
  const auto token = std::make_shared<int>(0);
  const Port p = node.port();
  node.rcv(p, [&, token](Message) {
    node.rcv(p, [token](Message) {});
    node.rcv(p, "tag", [token] {});
    node.kil(node.self());
  });
  node.snd(p, 1);
  settle();
  EXPECT_EQ(token.use_count(), 1);
  // The slot is used again by other ports.
  Texts got;
  for (int i = 0; i < 3; ++i) node.snd(collector(got), i);
  settle();
  EXPECT_EQ(got, (Texts{"[0]", "[1]", "[2]"}));
}

TEST_F(LocalReceiver, TagsSetInAReceiverServeWhatIsAlreadyQueued) {
  Texts got;
  const Port p = node.port();
  node.rcv(p, [&](Message) { node.rcv(p, "b", [&] { got.push_back("b"); }); });
  node.snd(p, "a");
  node.snd(p, "b");
  settle();
  EXPECT_EQ(got, (Texts{"b"}));
}

TEST_F(LocalReceiver, DestructorsOfReplacedReceiversMayUseTheNode) {
  Texts got;
  const Port sink = collector(got);
  struct Sender {
    Node& node;
    Port to, self;
    const char* name;
    ~Sender() {
      node.snd(to, name);
      if (node.is_local(self)) node.rcv(self, [](Message) {});
    }
  };
  const Port p = node.port();
  const auto make = [&](const char* name) {
    return [s = std::unique_ptr<Sender>(new Sender{node, sink, p, name})](Message) {};
  };
  node.rcv(p, make("first"));
  node.rcv(p, make("second"));
  node.rcv(p, "t", make("tag"));
  node.rcv(p, "t", make("tag again"));
  node.rcv_remove(p, "t");
  settle();
  EXPECT_EQ(std::count(got.begin(), got.end(), "[\"first\"]"), 1);
  EXPECT_EQ(std::count(got.begin(), got.end(), "[\"tag\"]"), 1);
  EXPECT_EQ(std::count(got.begin(), got.end(), "[\"tag again\"]"), 1);
}

int plain_function_calls = 0;
void plain_function(int n) { plain_function_calls += n; }

TEST_F(LocalReceiver, FunctionPointersAndStdFunctionsAndMoveOnlyLambdas) {
  Texts got;
  const Port p = node.port(&plain_function);
  node.rcv(p, "f", std::function<void(std::string)>([&](std::string s) { got.push_back(s); }));
  node.rcv(p, "m", [&, own = std::make_unique<int>(3)] { got.push_back(std::to_string(*own)); });
  node.snd(p, 20);
  node.snd(p, "f", "text");
  node.snd(p, "m");
  settle();
  EXPECT_EQ(plain_function_calls, 20);
  EXPECT_EQ(got, (Texts{"text", "3"}));
}

TEST_F(LocalReceiver, EmptyCallablesAreMisuse) {
  const Port p = node.port();
  const std::function<void()> none;
  void (*null)(Message) = nullptr;
  EXPECT_EQ(error_of([&] { node.port(none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.rcv(p, null); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.rcv(p, "t", none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.rcv(p, p, none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.mon(p, none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.define("f", none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.after(std::chrono::seconds(1), none); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.cal(p, std::function<void(const Reply&)>(), "x"); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.on_log(std::function<void(int, std::string_view)>()); }),
            "bad_value");
  EXPECT_EQ(node.stats().ports, 1u);
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalReceiver, RcvOfADeadPortDoesNothing) {
  const Port dead = dead_port();
  auto held = std::make_shared<int>(0);
  EXPECT_EQ(node.rcv(dead, [held] {}), dead);
  EXPECT_EQ(node.rcv(dead, "tag", [held] {}), dead);
  EXPECT_EQ(node.rcv(dead, node.port(), [held] {}), dead);
  node.rcv_remove(dead, "tag");
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(LocalReceiver, RcvOfWhatIsNoPortOfThisNodeIsMisuse) {
  Node other(loop);
  const Port foreign = other.port();
  for (const auto& [port, errc] : {std::pair(foreign, "not_local"), std::pair(Port(), "empty_port"),
                                   std::pair(node.node_port(), "node_port"),
                                   std::pair(*Port::parse("elsewhere#x"), "not_local")}) {
    EXPECT_EQ(error_of([&, p = port] { node.rcv(p, [] {}); }), errc) << port.str();
    EXPECT_EQ(error_of([&, p = port] { node.rcv(p, "tag", [] {}); }), errc);
    EXPECT_EQ(error_of([&, p = port] { node.rcv_remove(p, "tag"); }), errc);
    EXPECT_TRUE(contains(error_text([&, p = port] { node.rcv(p, [] {}); }), port.str()));
  }
}

TEST_F(LocalReceiver, AliasesOfOwnPortsAreNotTheirNames) {
  Texts got;
  const Port p = collector(got);
  for (const char* name : {"x", "1", "00000000001.1", "zzzzzzzzzzz.zzzzzzzzzzzz"}) {
    const Port alias = *Port::parse(node.id() + "#" + name);
    node.snd(alias, "x");
    node.kil(alias, "x");
    node.rcv(alias, [](Message) { FAIL() << "another name of the port"; });
  }
  node.snd(*Port::parse(p.str()), "by its text");
  settle();
  EXPECT_EQ(got, (Texts{"[\"by its text\"]"}));
}

}  // namespace
}  // namespace aemp
