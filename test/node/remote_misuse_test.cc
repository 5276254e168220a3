// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Programs that do the unexpected while a link is calling them, or while they write to one.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

class RemoteMisuse : public testing::Test {
 protected:
  void expect_link_works() {
    a->snd(b_sink, "still there");
    EXPECT_TRUE(world.until([&] { return b.find("sink [\"still there\"]") >= 0; })) << pair.told();
    EXPECT_EQ(a.count("down") + b.count("down"), 0u) << pair.told();
  }

  World world;
  ProxiedPair pair{world};
  Member& a = pair.a;
  Member& b = pair.b;
  Port b_sink = b.sink("sink");
};

TEST_F(RemoteMisuse, AReceiverThatThrowsKillsItsPortOnly) {
  const Port p = b->port([] { throw std::runtime_error("no more"); });
  const Port q = b->port([] { throw 5; });
  const Port fresh = b->port();
  a.watch(p, "p"), a.watch(q, "q"), a.watch(fresh, "fresh");
  for (const Port& port : {p, q, fresh}) a->snd(port, 1), a->snd(port, 2);
  EXPECT_TRUE(world.until([&] { return a.count("fresh") == 1; }));
  EXPECT_EQ(a.count("p [\"die\",\"no more\"]"), 1u) << a.told();
  EXPECT_EQ(a.count("q [\"die\",\"unknown exception\"]"), 1u) << a.told();
  EXPECT_EQ(a.count("fresh [\"unhandled_message\","), 1u) << a.told();
  expect_link_works();
}

TEST_F(RemoteMisuse, AReceiverThatReplacesOrKillsItself) {
  Port p, q;
  int first = 0, second = 0;
  bool kept = true;
  p = b->port([&, token = std::make_shared<int>(7)](std::string_view text) {
    ++first;
    b->rcv(p, [&](Message) { ++second; });
    kept = kept && *token == 7 && text == "a text that must stay where it is";
  });
  q = b->port([&, token = std::make_shared<int>(7)](std::string_view text) {
    ++first;
    b->kil(b->self(), "tired");
    kept = kept && *token == 7 && text == "a text that must stay where it is";
  });
  a.watch(q, "q");
  for (int i = 0; i < 3; ++i) {
    a->snd(p, "a text that must stay where it is");
    a->snd(q, "a text that must stay where it is");
  }
  EXPECT_TRUE(world.until([&] { return a.count("q [\"tired\"]") == 1 && second == 2; }));
  EXPECT_EQ(first, 2);
  EXPECT_TRUE(kept);
  expect_link_works();
}

TEST_F(RemoteMisuse, AMonitorCallbackThatThrowsIsLoggedAndTheOthersAreCalled) {
  const Port p = b.sink();
  for (int i = 0; i < 3; ++i) {
    a->mon(p, [](Message) { throw std::runtime_error("not I"); });
    a->mon(p, [](int) { ADD_FAILURE() << "it does not fit"; });
    a.watch(p, "death");
  }
  EXPECT_TRUE(world.until([&] { return b->stats().watchers == 1; }));
  b->kil(p, "over");
  EXPECT_TRUE(world.until([&] { return a.count("death [\"over\"]") == 3; })) << a.told();
  EXPECT_EQ(a.log.count(1, "monitor callback of port " + p.str() + " threw: not I"), 3u)
      << a.log.all();
  EXPECT_EQ(a.log.count(2, "a monitor callback of port " + p.str() + " does not fit"), 3u)
      << a.log.all();
  expect_link_works();
  // The same when the link is lost.
  a->mon(b_sink, [](Message) { throw 1; });
  a.watch(b_sink, "loss");
  pair.proxy.cut();
  EXPECT_TRUE(world.until([&] { return a.count("loss") == 1 && a.up("b"); })) << a.told();
  EXPECT_EQ(a.log.count(1, b_sink.str() + " threw: unknown exception"), 1u) << a.log.all();
}

// Calls the program while it is being written, then is a number.
struct Active {
  std::function<void()> act;
};
void aemp_encode(Writer& w, const Active& active) {
  active.act();
  w.put(7);
}

TEST_F(RemoteMisuse, AnEncoderThatThrowsSendsNothingAndHarmsNothing) {
  const Active throws{[] { throw std::runtime_error("half way"); }};
  const std::string large(100'000, 'x');
  const Port p = b.sink("p");
  a->snd(p, 1);
  EXPECT_THROW(a->snd(p, "a", throws, "b"), std::runtime_error);
  EXPECT_THROW(a->snd(p, large, throws), std::runtime_error);
  EXPECT_THROW(a->kil(p, "reason", throws), std::runtime_error);
  EXPECT_THROW(a->spawn("b", "f", throws), std::runtime_error);
  EXPECT_THROW(a->snd(p, "\xff"), Error);
  EXPECT_THROW(a->kil(p, std::string(70'000, 'r')), Error);
  a->snd(p, 2);
  expect_link_works();
  EXPECT_EQ(b.count("p ["), 2u) << b.told();
  EXPECT_GE(b.find("p [2]"), 0);
}

TEST_F(RemoteMisuse, AnEncoderThatUsesTheNodeInEveryWay) {
  const Port p = b.sink("p"), q = b.sink("q"), here = a->port([](Message) {});
  b->define("work", [&] { b->rcv(b->self(), [&](Message) { b.story.push_back("work"); }); });
  // Beside a message to that node, to another one, and to nobody.
  for (const Port& outer : {p, here, a->node_port("nowhere")}) {
    const Monitor early = a.watch(q, "early");
    const Port r = b.sink("r");
    a->snd(outer, "outer", Active{[&] {
             a->snd(p, "inner", Active{[&] { a->snd(p, "innermost"); }});
             a->unmon(early);
             a.watch(r, "before");
             a->kil(r, "by the encoder");
             a.watch(r, "behind");
             const Port w = a->spawn("b", "work");
             a->snd(w, 1);
             a.watch(w, "w");
             a->kil(w, "done");
             a.watch(w, "no w");
             a->snd(p, std::string(100'000, 'L'));
           }});
    a->snd(p, "next");
  }
  EXPECT_TRUE(world.until([&] { return a.count("w") == 3 && b.count("p [\"next\"]") == 3; }))
      << pair.told();
  EXPECT_EQ(a.count("early"), 0u);
  // A second monitor on one port asks nothing, and hears what the first one hears.
  EXPECT_EQ(a.count("before [\"by the encoder\"]"), 3u) << a.told();
  EXPECT_EQ(a.count("behind [\"by the encoder\"]"), 3u) << a.told();
  EXPECT_EQ(a.count("w [\"done\"]"), 3u) << a.told();
  EXPECT_EQ(a.count("no w [\"done\"]"), 3u) << a.told();
  EXPECT_EQ(b.count("work"), 3u);
  const char* const order[] = {"outer\",7]",   "inner\",7]",   "innermost\"]", "LLL",  "next",
                               "inner\",7]",   "innermost\"]", "LLL",          "next", "inner\",7]",
                               "innermost\"]", "LLL",          "next"};
  std::size_t next = 0;
  for (const char* message : order) {
    const std::ptrdiff_t at = b.find("p [", next);
    ASSERT_GE(at, 0) << message << b.told();
    next = static_cast<std::size_t>(at) + 1;
    EXPECT_TRUE(b.story[next - 1].starts_with(std::string("p [\"") + message)) << b.told();
  }
  expect_link_works();
}

TEST_F(RemoteMisuse, AnEncoderThatLeavesOrDestroysTheNode) {
  for (const bool destroy : {false, true}) {
    World own;
    ProxiedPair two(own);
    const Port p = two.b.sink("p");
    two.a->snd(p, 1);
    two.a->snd(p, "outer", Active{[&] {
                 two.a->snd(p, "inner");
                 two.a->snd(p, "second");
                 two.a.watch(p, "mon");
                 if (destroy) {
                   two.a.leave();
                 } else {
                   two.a->leave();
                 }
               }});
    EXPECT_TRUE(own.until([&] { return two.b.count("down") == 1; })) << two.told();
    EXPECT_GE(two.b.find("p [1]"), 0);
    EXPECT_GE(two.b.find("p [\"outer\",7]"), 0) << two.told();
    EXPECT_GE(two.b.find("p [\"inner\"]"), 0) << two.told();
    EXPECT_GE(two.b.find("p [\"second\"]"), 0) << two.told();
    EXPECT_EQ(two.b.count("down a [\"transport_error\",\"a\",\"left the network\"]"), 1u);
  }
}

// A node dies in a callback that a link made: `arm` makes f be called at node a.
using Arm = void (*)(ProxiedPair& pair, Port at_b, std::function<void()> f);

const struct {
  const char* name;
  Arm arm;
} kArms[] = {
    {"receiver",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       const Port p = two.a->port([f = std::move(f)](Message) { f(); });
       for (int i = 0; i < 3; ++i) two.b->snd(p, i);
     }},
    {"receiver of a large message",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       const Port p = two.a->port([f = std::move(f)](Message) { f(); });
       for (int i = 0; i < 3; ++i) two.b->snd(p, std::string(300'000, 'x'));
     }},
    {"spawned function",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       two.a->define("f", std::move(f));
       two.b->spawn("a", "f");
       two.b->spawn("a", "f");
     }},
    {"function of the node port",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       two.a->define("f", std::move(f));
       two.b->snd_to_func("a", "f");
       two.b->snd_to_func("a", "f");
     }},
    {"monitor of a death",
     [](ProxiedPair& two, Port at_b, std::function<void()> f) {
       for (int i = 0; i < 3; ++i) two.a->mon(at_b, f);
       two.b->kil(at_b, "x");
     }},
    {"monitor of a loss",
     [](ProxiedPair& two, Port at_b, std::function<void()> f) {
       for (int i = 0; i < 3; ++i) two.a->mon(at_b, f);
       two.proxy.cut();
     }},
    {"monitor of a node",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       for (int i = 0; i < 3; ++i) two.a->mon(two.a->node_port("b"), f);
       two.proxy.cut();
     }},
    {"monitor of a message that was too big",
     [](ProxiedPair& two, Port at_b, std::function<void()> f) {
       two.a->mon(at_b, f);
       two.a->mon(at_b, f);
       two.a->snd(at_b, std::string(500'000, 'x'));
     }},
    {"call",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       for (int i = 0; i < 2; ++i) {
         two.a->cal(
             two.a->node_port("b"), [f](const Reply&) { f(); }, "time");
       }
     }},
    {"report of a node that is down",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       two.a->mon_nodes([f](std::string_view, bool, Message) { f(); });
       two.a->mon_nodes([f](std::string_view, bool, Message) { f(); });
       two.proxy.cut();
     }},
    {"report of a node that is up",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       two.a->mon_nodes([f](std::string_view, bool up, Message) {
         if (up) f();
       });
       two.proxy.cut();
     }},
    {"drained queue",
     [](ProxiedPair& two, Port at_b, std::function<void()> f) {
       two.a->snd(at_b, std::string(300'000, 'x'));
       two.a->on_drain(at_b, f);
       two.a->on_drain(at_b, f);
     }},
    {"log line",
     [](ProxiedPair& two, Port, std::function<void()> f) {
       two.a->on_log([f](int, std::string_view) { f(); });
       two.a->on_log([f](int, std::string_view) { f(); });
       two.proxy.cut();
     }},
};

enum class End { leave, destroy, destroy_other };

void end_in_callback(Arm arm, End end) {
  World world;
  Config small = config("b", {unix_name()});
  small.max_message = 400'000;
  ProxiedPair two(world, small);
  const Port at_b = two.b.sink("b");
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> left = token;
  int calls = 0;
  arm(two, at_b, [&, kept = std::move(token)] {
    if (++calls > 1) return;
    switch (end) {
      case End::leave:
        two.a->leave();
        break;
      case End::destroy:
        two.a.leave();
        break;
      case End::destroy_other:
        two.b.leave();
        break;
    }
    EXPECT_FALSE(kept == nullptr);  // the callable lives until it returned
  });
  EXPECT_TRUE(world.until([&] { return calls > 0; })) << two.told();
  world.settle();
  if (end != End::destroy_other) {
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(world.until([&] { return !two.b.up("a"); })) << two.told();
    two.a.leave();
    world.settle();
    EXPECT_TRUE(left.expired());
    EXPECT_EQ(two.b->stats().watchers, 0u);
  } else {
    EXPECT_TRUE(world.until([&] { return !two.a.up("b"); })) << two.told();
    expect_alternating(two.a);
  }
}

class RemoteMisuseIn : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(EveryCallback, RemoteMisuseIn,
                         testing::Range(0, static_cast<int>(std::size(kArms))),
                         [](const auto& info) {
                           std::string name = kArms[info.param].name;
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

TEST_P(RemoteMisuseIn, ANodeMayLeaveOrDieOrKillTheOtherOne) {
  end_in_callback(kArms[GetParam()].arm, End::leave);
  end_in_callback(kArms[GetParam()].arm, End::destroy);
  end_in_callback(kArms[GetParam()].arm, End::destroy_other);
}

TEST_F(RemoteMisuse, PortsOfOtherNodesAreNoneOfOurs) {
  const auto word_of = [](auto&& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return std::string(word(e.code()));
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(word_of([&] { a->rcv(b_sink, [](Message) {}); }), "not_local");
  EXPECT_EQ(word_of([&] { a->rcv(b_sink, "tag", [](Message) {}); }), "not_local");
  EXPECT_EQ(word_of([&] { a->rcv_remove(b_sink, "tag"); }), "not_local");
  EXPECT_EQ(word_of([&] { a->peval(b_sink, [] {}); }), "not_local");
  EXPECT_EQ(word_of([&] { a->kil(a->node_port("b")); }), "node_port");
  EXPECT_EQ(word_of([&] { a->snd(Port(), 1); }), "empty_port");
  EXPECT_EQ(word_of([&] { a->spawn("no such#node", "f"); }), "bad_name");
  EXPECT_EQ(word_of([&] { a->node_port(""); }), "bad_name");
  EXPECT_EQ(word_of([&] { a->snd_to_func("a b", "f"); }), "bad_name");
  expect_link_works();
}

}  // namespace
}  // namespace aemp::remote
