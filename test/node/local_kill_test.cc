// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// How ports die: kil, exceptions, reasons.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using test::contains;
using test::error_of;
using test::Texts;

class LocalKill : public test::LocalNode {
 protected:
  // The reason of a port with this receiver after a message.
  template <class F>
  OwnedMessage end_of(F f) {
    OwnedMessage reason;
    int fired = 0;
    const Port p = node.port(std::move(f));
    node.mon(p, [&](Message r) {
      ++fired;
      reason = r.copy();
    });
    node.snd(p);
    settle();
    EXPECT_EQ(fired, 1);
    return reason;
  }
};

TEST_F(LocalKill, KilOfSelfTakesEffectAtOnceAndDropsWhatIsQueued) {
  Texts got, reasons;
  Port p;
  bool alive = true;
  std::uint64_t ports = 0;
  p = node.port([&](int n) {
    got.push_back(std::to_string(n));
    if (n != 2) return;
    node.snd(p, 6);
    node.kil(node.self(), "mine", 1);
    EXPECT_EQ(node.rcv(p, [](int) { FAIL() << "a dead port got a message"; }), p);
    ports = node.stats().ports;
    alive = false;
    EXPECT_TRUE(reasons.empty());
  });
  watch(p, reasons);
  for (int n = 1; n <= 5; ++n) node.snd(p, n);
  node.kil(p, "in line");
  settle();
  EXPECT_FALSE(alive);
  EXPECT_EQ(ports, 0u);
  EXPECT_EQ(got, (Texts{"1", "2"}));
  EXPECT_EQ(reasons, (Texts{"[\"mine\",1]"}));
}

TEST_F(LocalKill, KilOfAnotherPortTakesItsPlaceInLine) {
  Texts got;
  const Port q = collector(got);
  const Port p = node.port([&] {
    node.snd(q, 2);
    node.kil(q, "x");
    node.snd(q, 4);
  });
  node.snd(q, 1);
  node.snd(p);
  node.snd(q, 3);
  settle();
  EXPECT_EQ(got, (Texts{"[1]", "[3]", "[2]"}));
}

TEST_F(LocalKill, KilOfAPortFromAPevalOfAnotherIsInLine) {
  Texts got;
  const Port q = node.port();
  const Port p = node.port();
  node.rcv(p, [&](int n) {
    got.push_back(std::to_string(n));
    if (n == 1) node.peval(q, [&] { node.kil(p, "not self"); });
  });
  node.snd(p, 1);
  node.snd(p, 2);
  settle();
  EXPECT_EQ(got, (Texts{"1", "2"}));
}

TEST_F(LocalKill, KilOfSelfInsideAPevalOfTheSamePortIsAtOnce) {
  int got = 0;
  const Port p = node.port();
  node.rcv(p, [&] {
    ++got;
    node.peval(p, [&] { node.kil(p); });
  });
  node.snd(p);
  node.snd(p);
  settle();
  EXPECT_EQ(got, 1);
}

TEST_F(LocalKill, SelfKeepsItsNameAfterKilOfSelf) {
  Texts got, reasons;
  const Port sink = collector(got);
  Port p, seen;
  p = node.port([&] {
    node.kil(node.self(), "first");
    seen = node.self();
    node.kil(node.self(), "second");
    node.snd(sink, "from", node.self());
    node.snd(node.self(), "nobody there");
    auto late = node.psub([&] { got.push_back("psub of a dead port"); });
    late();
    node.mon(node.self(), [&](std::string word, Message) { got.push_back(word); });
    node.mon(sink);
  });
  watch(p, reasons);
  node.snd(p);
  settle();
  EXPECT_EQ(seen, p);
  EXPECT_EQ(reasons, (Texts{"[\"first\"]"}));
  EXPECT_EQ(got, (Texts{"[\"from\",\"" + p.str() + "\"]", "no_such_port"}));
  EXPECT_EQ(log.count(2), 0) << log.all();
}

TEST_F(LocalKill, OnlyTheFirstReasonCounts) {
  Texts reasons;
  const Port p = node.port();
  watch(p, reasons);
  node.kil(p, "one");
  node.kil(p, "two");
  node.kil(p);
  settle();
  node.kil(p, "three");
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"one\"]"}));
}

TEST_F(LocalKill, KillingAndSendingToPortsThatDoNotExistIsSilent) {
  const Port dead = dead_port();
  for (const std::string& text :
       {dead.str(), node.id() + "#x", node.id() + "#00000000000.1", node.id() + "#ffff.zz"}) {
    const Port p = *Port::parse(text);
    node.kil(p);
    node.kil(p, "reason");
    node.snd(p, "x");
  }
  settle();
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalKill, OldNamesNeverReachPortsThatUseTheirPlaces) {
  std::vector<Port> old;
  int got = 0, live = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) old.push_back(node.port([&] { ++got; }));
    for (std::size_t i = old.size() - 20; i < old.size(); ++i) node.kil(old[i]);
    settle();
  }
  const Port now = node.port([&] { ++live; });
  for (std::size_t i = 0; i < old.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) ASSERT_NE(old[i], old[j]);
    node.snd(old[i]);
    node.kil(old[i], "x");
  }
  node.snd(now);
  settle();
  EXPECT_EQ(got, 0);
  EXPECT_EQ(live, 1);
  EXPECT_EQ(node.stats().ports, 1u);
}

TEST_F(LocalKill, NodePortsCannotBeKilled) {
  for (const Port& p : {node.node_port(), node.node_port("elsewhere")}) {
    EXPECT_EQ(error_of([&] { node.kil(p); }), "node_port");
    EXPECT_EQ(error_of([&] { node.kil(p, "reason"); }), "node_port");
    EXPECT_TRUE(contains(test::error_text([&] { node.kil(p); }), p.str()));
  }
}

TEST_F(LocalKill, TheEmptyPortIsMisuse) {
  EXPECT_EQ(error_of([&] { node.snd(Port(), 1); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.kil(Port()); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.mon(Port(), [] {}); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.mon(node.port(), Port()); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.mon(node.port(), Port(), "x"); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.mon_guard(Port(), 1); }), "empty_port");
  EXPECT_EQ(error_of([&] {
              node.cal(
                  Port(), [](const Reply&) {}, "x");
            }),
            "empty_port");
  EXPECT_EQ(error_of([&] { node.after(std::chrono::seconds(0), Port(), "x"); }), "empty_port");
  EXPECT_EQ(error_of([&] { node.peval(Port(), [] {}); }), "empty_port");
  settle();
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalKill, ReasonsOver64KibibytesAreMisuseAndKillNobody) {
  Texts reasons;
  const Port p = node.port();
  watch(p, reasons);
  const std::string fits(65536 - 3 - 5, 'r');
  EXPECT_EQ(error_of([&] { node.kil(p, "abcd", fits + "x"); }), "too_big");
  EXPECT_EQ(error_of([&] { node.kil(p, std::string(10'000'000, 'r')); }), "too_big");
  EXPECT_EQ(error_of([&] { node.kil(p, "\xff not text"); }), "bad_text");
  settle();
  EXPECT_TRUE(reasons.empty());
  node.kil(p, "abcd", fits);
  settle();
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_TRUE(reasons[0] == "[\"abcd\",\"" + fits + "\"]");
}

TEST_F(LocalKill, KilOfSelfWithABadReasonKillsNobody) {
  bool lives = false;
  Port p;
  p = node.port([&] {
    EXPECT_EQ(error_of([&] { node.kil(p, std::string(70'000, 'x')); }), "too_big");
    lives = node.self() == p && node.stats().ports == 1;
  });
  node.snd(p);
  settle();
  EXPECT_TRUE(lives);
  EXPECT_EQ(node.stats().ports, 1u);
}

TEST_F(LocalKill, ExceptionsOfReceiversAreTheReason) {
  EXPECT_EQ(end_of([] { throw std::runtime_error("oops \xc3\xa4"); }).json(),
            "[\"die\",\"oops \xc3\xa4\"]");
  EXPECT_EQ(end_of([] { throw 42; }).json(), "[\"die\",\"unknown exception\"]");
  EXPECT_EQ(end_of([] { throw "text"; }).json(), "[\"die\",\"unknown exception\"]");
  EXPECT_EQ(end_of([] { throw std::runtime_error(""); }).json(), "[\"die\",\"\"]");
  const OwnedMessage misuse = end_of([this] { node.snd(Port()); });
  EXPECT_EQ(misuse[0].as<std::string>(), "die");
  EXPECT_TRUE(contains(misuse.json(), "empty port"));
}

TEST_F(LocalKill, LongAndBrokenExceptionTextsAreCutAndRepaired) {
  const OwnedMessage cut = end_of([] { throw std::runtime_error(std::string(1'000'000, 'w')); });
  EXPECT_EQ(cut[0].as<std::string>(), "die");
  EXPECT_GT(cut[1].as<std::string>().size(), 60'000u);
  EXPECT_LE(cut.size_bytes(), 65'536u);
  const OwnedMessage repaired = end_of([] { throw std::runtime_error("a\xff\xfe z"); });
  EXPECT_EQ(repaired[1].as<std::string>().substr(0, 4), "a\xef\xbf\xbd");
  const OwnedMessage both = end_of([] { throw std::runtime_error(std::string(100'000, '\xe2')); });
  EXPECT_LE(both.size_bytes(), 65'536u);
  EXPECT_GT(both.size_bytes(), 30'000u);
}

TEST_F(LocalKill, AnExceptionWhoseWhatIsNullIsUnknown) {
  struct Silent : std::exception {
    const char* what() const noexcept override { return nullptr; }
  };
  EXPECT_EQ(end_of([] { throw Silent(); }).json(), "[\"die\",\"unknown exception\"]");
}

TEST_F(LocalKill, ExceptionsOfTagReceiversKillToo) {
  Texts reasons;
  const Port p = node.port([](Message) {});
  node.rcv(p, "boom", [] { throw std::logic_error("tagged"); });
  watch(p, reasons);
  node.snd(p, "boom");
  node.snd(p, "boom");
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"die\",\"tagged\"]"}));
}

TEST_F(LocalKill, AThrowAfterKilOfSelfChangesNothing) {
  EXPECT_EQ(end_of([this] {
              node.kil(node.self(), "was first");
              throw std::runtime_error("second");
            }).json(),
            "[\"was first\"]");
  EXPECT_EQ(log.count(2, "second"), 1);
}

TEST_F(LocalKill, OnlyAbnormalDeathsThatNobodyMonitorsAreLogged) {
  const Port quiet = node.port(), watched = node.port(), loud = node.port(),
             thrower = node.port([] { throw std::runtime_error("bang"); });
  Texts reasons;
  watch(watched, reasons);
  node.kil(quiet);
  node.kil(watched, "seen");
  node.kil(loud, "unseen", 5);
  node.snd(thrower);
  const Port unwatched = node.port();
  node.unmon(watch(unwatched, reasons));
  node.kil(unwatched, "after unmon");
  settle();
  EXPECT_EQ(log.lines.size(), 3u) << log.all();
  EXPECT_EQ(log.count(2, loud.str()), 1);
  EXPECT_EQ(log.count(2, "unseen"), 1);
  EXPECT_EQ(log.count(2, "bang"), 1);
  EXPECT_EQ(log.count(2, "after unmon"), 1);
}

TEST_F(LocalKill, DeathDestroysTheReceiversAndFreesThePort) {
  const auto token = std::make_shared<int>(0);
  std::vector<Port> ports;
  for (int i = 0; i < 100; ++i) {
    ports.push_back(node.port([token](Message) {}));
    node.rcv(ports.back(), "tag", [token] {});
    node.rcv(ports.back(), node.node_port(), [token] {});
  }
  EXPECT_EQ(token.use_count(), 301);
  EXPECT_EQ(node.stats().ports, 100u);
  for (const Port& p : ports) node.kil(p);
  settle();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(node.stats().ports, 0u);
}

TEST_F(LocalKill, DestructorsOfADeadPortsReceiverMayUseTheNode) {
  Texts got;
  const Port sink = collector(got);
  struct Last {
    Node& node;
    Port to;
    ~Last() {
      const Port made = node.port([](Message) {});
      node.snd(to, "last words");
      node.kil(made, "made for nothing");
      node.mon(made, [](Message) {});
    }
  };
  const Port p = node.port([last = std::unique_ptr<Last>(new Last{node, sink})](Message) {});
  const Port q = node.port();
  node.rcv(q,
           [this, last = std::unique_ptr<Last>(new Last{node, sink})] { node.kil(node.self()); });
  node.kil(p);
  node.snd(q);
  settle();
  EXPECT_EQ(got, (Texts{"[\"last words\"]", "[\"last words\"]"}));
  EXPECT_EQ(node.stats().ports, 1u);
}

}  // namespace
}  // namespace aemp
