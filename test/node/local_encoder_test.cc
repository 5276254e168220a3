// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What may go wrong, or happen, while a message is written.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/active.h"
#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::Active;
using test::error_of;
using test::Texts;

// Puts that many values where one is expected.
struct Values {
  int count;
};
void aemp_encode(Writer& w, const Values& v) {
  for (int i = 0; i < v.count; ++i) w.put(i);
}

struct Tree {
  int depth;
};
void aemp_encode(Writer& w, const Tree& t) {
  if (t.depth == 0) {
    w.put(0);
  } else {
    w.put(std::vector<Tree>{Tree{t.depth - 1}});
  }
}

class LocalEncoder : public test::LocalNode {
 protected:
  LocalEncoder() { p = collector(got); }
  Active throws() {
    return {[] { throw std::runtime_error("half way"); }};
  }

  Texts got;
  Port p;
};

TEST_F(LocalEncoder, OneThatThrowsSendsNothingAndHarmsNothing) {
  const std::string large(100'000, 'x');
  node.snd(p, 1);
  EXPECT_THROW(node.snd(p, "a", throws(), "b"), std::runtime_error);
  EXPECT_THROW(node.snd(p, large, throws()), std::runtime_error);
  EXPECT_THROW(node.kil(p, "reason", throws()), std::runtime_error);
  EXPECT_THROW(node.spawn(node.id(), "f", throws()), std::runtime_error);
  EXPECT_THROW(node.mon(p, p, throws()), std::runtime_error);
  EXPECT_THROW(node.after(0s, p, throws()), std::runtime_error);
  EXPECT_THROW(node.snd(p, Active{[] { throw 5; }}), int);
  node.snd(p, 2);
  settle();
  EXPECT_EQ(got, (Texts{"[1]", "[2]"}));
  EXPECT_EQ(node.stats().ports, 1u);
  EXPECT_EQ(node.stats().monitors, 0u);
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalEncoder, OneThatSendsComesFirstItself) {
  node.snd(p, "outer",
           Active{[&] {
                    node.snd(p, "inner", 1);
                    node.snd(p, "inner", 2);
                  },
                  7});
  node.snd(p, "next");
  settle();
  EXPECT_EQ(got, (Texts{"[\"outer\",7]", "[\"inner\",1]", "[\"inner\",2]", "[\"next\"]"}));
}

TEST_F(LocalEncoder, NestedSendsGoInTheOrderOfTheirCalls) {
  const Active innermost{[&] { node.snd(p, "fourth"); }, 3};
  const Active inner{[&] {
                       node.snd(p, "third", innermost);
                       node.snd(p, "fifth");
                     },
                     2};
  node.snd(p, "first",
           Active{[&] {
                    node.snd(p, "second", inner);
                    node.snd(p, "sixth");
                  },
                  1});
  settle();
  EXPECT_EQ(got, (Texts{"[\"first\",1]", "[\"second\",2]", "[\"third\",3]", "[\"fourth\"]",
                        "[\"fifth\"]", "[\"sixth\"]"}));
}

TEST_F(LocalEncoder, WhatAThrowingOneSentBeforeIsStillSent) {
  const Active inner_throws{[&] { node.snd(p, "inner", throws()); }};
  EXPECT_THROW(node.snd(p, "outer", Active{[&] {
                          node.snd(p, "sent");
                          throw std::runtime_error("late");
                        }}),
               std::runtime_error);
  EXPECT_THROW(node.snd(p, "outer", inner_throws), std::runtime_error);
  node.snd(p, "swallowed",
           Active{[&] { EXPECT_THROW(inner_throws.act(), std::runtime_error); }, 5});
  settle();
  EXPECT_EQ(got, (Texts{"[\"sent\"]", "[\"swallowed\",5]"}));
}

TEST_F(LocalEncoder, MisuseInsideOneIsReportedThere) {
  node.snd(
      p, Active{[&] {
                  EXPECT_EQ(error_of([&] { node.snd(Port()); }), "empty_port");
                  EXPECT_EQ(error_of([&] { node.kil(node.node_port()); }), "node_port");
                  EXPECT_EQ(error_of([&] { node.snd(p, "\xff"); }), "bad_text");
                  EXPECT_EQ(error_of([&] { node.snd(p, std::string(17 << 20, 'x')); }), "too_big");
                  EXPECT_EQ(error_of([&] { node.kil(p, std::string(70'000, 'x')); }), "too_big");
                },
                1});
  settle();
  EXPECT_EQ(got, (Texts{"[1]"}));
}

TEST_F(LocalEncoder, OneThatKillsSelf) {
  Texts reasons;
  Port q;
  q = node.port([&](Message m) {
    got.push_back(m.json());
    node.snd(p, "outer", Active{[&] { node.kil(node.self(), "in an encoder"); }, 1});
    node.snd(q, "dropped");
    EXPECT_EQ(node.stats().ports, 1u);
  });
  watch(q, reasons);
  node.snd(q, "start");
  node.snd(q, "dropped too");
  settle();
  EXPECT_EQ(got, (Texts{"[\"start\"]", "[\"outer\",1]"}));
  EXPECT_EQ(reasons, (Texts{"[\"in an encoder\"]"}));
}

TEST_F(LocalEncoder, OneThatDoesEverythingElse) {
  Texts reasons;
  int ran = 0, called = 0, ticks = 0, deferred = 0;
  node.define("f", [&] { ++ran; });
  Port made;
  node.snd(p, "outer",
           Active{[&] {
                    made = node.port([&](Message m) { got.push_back("made " + m.json()); });
                    watch(made, reasons);
                    watch(*Port::parse(node.id() + "#never"), reasons);
                    node.snd(made, 1);
                    node.spawn(node.id(), "f");
                    node.cal(
                        node.node_port(), [&](const Reply&) { ++called; }, "time");
                    node.after(0s, [&] { ++ticks; });
                    loop.defer([&] { ++deferred; });
                    node.rcv(p, "tag", [] {});
                    node.peval(made, [&] { node.kil(made, "in peval"); });
                    node.peval(p, [&] { node.snd(made, 2); });
                    node.on_drain(p, [&] { ++ticks; });
                    EXPECT_FALSE(node.congested(p));
                  },
                  1});
  settle();
  EXPECT_TRUE(run_until([&] { return ticks == 2; }));
  EXPECT_EQ(got, (Texts{"[\"outer\",1]"}));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(called, 1);
  EXPECT_EQ(deferred, 1);
  ASSERT_EQ(reasons.size(), 2u);
}

TEST_F(LocalEncoder, OneThatRunsTheLoopIsMisuse) {
  const Port far = *Port::parse("elsewhere#00000000001.1");
  for (const Port& to : {p, far}) {
    node.snd(to, Active{[&] {
                          EXPECT_EQ(error_of([&] { loop.run_once(0ms); }), "busy");
                          EXPECT_EQ(error_of([&] { loop.run(); }), "busy");
                        },
                        1});
  }
  settle();
  EXPECT_EQ(got, (Texts{"[1]"}));
}

TEST_F(LocalEncoder, OneThatLeaves) {
  const Port q = node.port([&] { got.push_back("called after leave"); });
  node.snd(q);
  node.snd(p, "outer",
           Active{[&] {
                    node.leave();
                    node.snd(q, "x");
                  },
                  1});
  node.snd(p, "more");
  node.mon(p, [&] { got.push_back("monitor"); });
  settle();
  EXPECT_TRUE(got.empty());
}

// Destroys the node in the middle of each of its calls that write.
TEST_F(LocalEncoder, OneThatDestroysTheNode) {
  using Call = std::function<void(Node&, const Port&, const Active&)>;
  for (const Call& call : {
           Call([](Node&n, const Port&to, const Active&a) { n.snd(to, a, 1); }),
           Call([](Node&n, const Port&to, const Active&a) { n.kil(to, a); }),
           Call([](Node&n, const Port&, const Active&a) { n.spawn(n.id(), "f", a); }),
           Call([](Node&n, const Port&to, const Active&a) { n.mon(to, to, "m", a); }),
           Call([](Node&n, const Port&to, const Active&a) { n.after(0s, to, a); }),
           Call([](Node&n, const Port&to, const Active&a) { n.snd_on(n.id(), to, a); }),
           Call([](Node&n, const Port&to, const Active&a) {
             n.cal(
                 to, [](const Reply&) { ADD_FAILURE(); }, a);
           }),
           Call([](Node&n, const Port&to, const Active&a) {
             n.cal(
                 to, [](const Reply&) { ADD_FAILURE(); }, 1ms, a);
           }),
       }) {
    for (const bool also_throws : {false, true}) {
      for (const bool in_receiver : {false, true}) {
        auto dying = std::make_unique<Node>(loop);
        Node& name = *dying;
        dying->define("f", [] { ADD_FAILURE(); });
        const Port to = dying->port([](Message) { ADD_FAILURE(); });
        const Active active{[&] {
          dying.reset();
          if (also_throws) throw 1;
        }};
        const auto run = [&] {
          try {
            call(name, to, active);
            EXPECT_FALSE(also_throws);
          } catch (int) {
            EXPECT_TRUE(also_throws);
          }
        };
        if (in_receiver) {
          dying->snd(dying->port([&] { run(); }));
        } else {
          run();
        }
        settle();
        EXPECT_EQ(dying, nullptr);
      }
    }
  }
}

TEST_F(LocalEncoder, OneThatPutsNoneOrTwoValuesIsMisuse) {
  EXPECT_EQ(error_of([&] { node.snd(p, Values{0}); }), "bad_value");
  EXPECT_EQ(error_of([&] { node.snd(p, 1, Values{2}); }), "bad_value");
  node.snd(p, Values{1});
  settle();
  EXPECT_EQ(got, (Texts{"[0]"}));
}

TEST_F(LocalEncoder, TextThatIsNotUtf8SendsNothing) {
  for (const char* text : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "eight by\xc3te and more text behind it"}) {
    EXPECT_EQ(error_of([&] { node.snd(p, "before", text, "after"); }), "bad_text");
    EXPECT_EQ(error_of([&] { node.snd(p, std::vector<std::string>{"ok", text}); }), "bad_text");
    EXPECT_EQ(error_of([&] {
                node.cal(
                    p, [](const Reply&) {}, text);
              }),
              "bad_text");
  }
  EXPECT_EQ(error_of([&] { node.snd(p, static_cast<const char*>(nullptr)); }), "bad_value");
  settle();
  EXPECT_TRUE(got.empty());
  EXPECT_EQ(node.stats().ports, 1u);
}

TEST_F(LocalEncoder, NestingUpTo128) {
  node.snd(p, Tree{128});
  EXPECT_EQ(error_of([&] { node.snd(p, Tree{129}); }), "too_deep");
  EXPECT_EQ(error_of([&] { node.snd(p, "x", list(Tree{128})); }), "too_deep");
  const OwnedValue deep = list(Tree{127});
  node.snd(p, deep);
  EXPECT_EQ(error_of([&] { node.snd(p, list(deep)); }), "too_deep");
  EXPECT_EQ(error_of([&] { node.snd(p, std::vector<OwnedValue>{deep}); }), "too_deep");
  settle();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0], "[" + std::string(128, '[') + "0" + std::string(128, ']') + "]");
  EXPECT_EQ(got[0], got[1]);
}

TEST_F(LocalEncoder, MaxMessageIsExact) {
  Node small(loop);
  Config config;
  config.norc = true;
  config.private_node();
  config.max_message = 1024;
  small.configure(config);
  std::vector<std::size_t> sizes;
  const Port q = small.port([&](Message m) { sizes.push_back(m.size_bytes()); });
  const std::string fits(1021, 'x');
  small.snd(q, fits);
  small.snd(q, 1, 2, 3, std::string(1018, 'x'));
  for (std::size_t over = 1; over < 40; ++over) {
    EXPECT_EQ(error_of([&] { small.snd(q, fits + std::string(over, 'x')); }), "too_big") << over;
    EXPECT_EQ(error_of([&] { small.snd(q, std::vector<int>(1021 + over)); }), "too_big") << over;
    EXPECT_EQ(error_of([&] {
                small.snd(q, Active{[&] {
                            EXPECT_EQ(
                                error_of([&] { small.snd(q, std::vector<int>(1021 + over)); }),
                                "too_big");
                            throw Error(Errc::too_big, "as if itself");
                          }});
              }),
              "too_big");
    EXPECT_EQ(error_of([&] { small.spawn(small.id(), "f", std::vector<int>(1019 + over)); }),
              "too_big");
    EXPECT_EQ(error_of([&] { small.after(0s, q, std::vector<int>(1021 + over)); }), "too_big");
    EXPECT_EQ(error_of([&] { small.mon(q, q, std::vector<int>(1021 + over)); }), "too_big");
  }
  EXPECT_EQ(error_of([&] { small.snd(q, std::string(100'000, 'x')); }), "too_big");
  settle();
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1024, 1024}));
  EXPECT_EQ(small.stats().ports, 1u);
  EXPECT_EQ(small.stats().monitors, 0u);
}

TEST_F(LocalEncoder, DefaultMaxMessageIs16Mebibytes) {
  std::size_t size = 0;
  const Port q = node.port([&](std::span<const std::byte> b) { size = b.size(); });
  const std::vector<std::byte> fits((16 << 20) - 5);
  node.snd(q, fits);
  EXPECT_EQ(error_of([&] { node.snd(q, fits, 1); }), "too_big");
  settle();
  EXPECT_EQ(size, fits.size());
}

// Both nodes write into the same loop's queue.
TEST_F(LocalEncoder, OneThatSendsThroughAnotherNodeOfTheLoopKeepsTheOrder) {
  Node other(loop);
  Texts theirs, reasons;
  const Port q = other.port([&](Message m) { theirs.push_back(m.json()); });
  const Port victim = other.port([&](Message m) { theirs.push_back("victim " + m.json()); });
  other.mon(victim, [&](Message reason) { reasons.push_back(reason.json()); });
  other.define("f", [&](int n) {
    theirs.push_back("f " + std::to_string(n));
    if (other.self()) other.rcv(other.self(), [] {});
  });
  const Active innermost{[&] { node.snd(p, "back again"); }, 4};
  node.snd(p, "outer",
           Active{[&] {
                    other.snd(q, 1);
                    other.snd(q, innermost);
                    other.snd(victim, 3);
                    other.kil(victim, "from an encoder");
                    other.spawn(other.id(), "f", 5);
                    other.snd_to_func(other.id(), "f", 6);
                    EXPECT_THROW(other.snd(q, throws()), std::runtime_error);
                  },
                  1});
  other.snd(q, 7);
  other.snd(victim, "dropped");
  node.snd(p, "next");
  settle();
  EXPECT_EQ(got, (Texts{"[\"outer\",1]", "[\"back again\"]", "[\"next\"]"}));
  EXPECT_EQ(theirs, (Texts{"[1]", "[4]", "victim [3]", "f 5", "f 6", "[7]"}));
  EXPECT_EQ(reasons, (Texts{"[\"from an encoder\"]"}));
}

TEST_F(LocalEncoder, KilOfSelfInAnotherNodesEncoderIsAtOnce) {
  Node other(loop);
  int ran = 0;
  Texts reasons;
  Port q;
  q = other.port([&] {
    ++ran;
    node.snd(p, Active{[&] { other.kil(other.self(), "now"); }, 1});
  });
  other.mon(q, [&](Message reason) { reasons.push_back(reason.json()); });
  other.snd(q);
  other.snd(q);
  settle();
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(reasons, (Texts{"[\"now\"]"}));
  EXPECT_EQ(got, (Texts{"[1]"}));
}

TEST_F(LocalEncoder, OneThatDestroysAnotherNodeOfTheLoop) {
  auto other = std::make_unique<Node>(loop);
  const Port q = other->port([&](Message) { ADD_FAILURE(); });
  node.snd(p, Active{[&] { other->snd(q, Active{[&] { other.reset(); }, 1}); }, 2});
  settle();
  EXPECT_EQ(got, (Texts{"[2]"}));
  EXPECT_EQ(other, nullptr);
}

}  // namespace
}  // namespace aemp
