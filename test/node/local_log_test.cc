// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// on_log(), stderr, and the line about slow callbacks.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;
using test::NodeLog;
using test::Texts;

class LocalLog : public testing::Test {
 protected:
  void settle() { test::settle(loop); }
  // Something that is logged at level 2.
  void complain(const char* what) { node.kil(node.port(), what); }

  Loop loop;
  Node node{loop};
};

TEST_F(LocalLog, LinesGoToStderrWithDateTimeAndLevel) {
  testing::internal::CaptureStderr();
  complain("to stderr");
  settle();
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(text, " <2> ")) << text;
  EXPECT_TRUE(contains(text, "to stderr"));
  EXPECT_EQ(text.substr(0, 2), "20");
  EXPECT_EQ(text.substr(4, 1), "-");
  EXPECT_EQ(text.substr(13, 1), ":");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(LocalLog, LogLevelBoundsWhatGoesToStderrOnly) {
  Node quiet(loop);
  Config config;
  config.norc = true;
  config.private_node();
  config.log_level = 1;
  quiet.configure(config);
  testing::internal::CaptureStderr();
  quiet.kil(quiet.port(), "level 2");
  settle();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  NodeLog log(quiet);
  quiet.kil(quiet.port(), "level 2");
  settle();
  EXPECT_EQ(log.count(2, "level 2"), 1);
}

TEST_F(LocalLog, AllRegistrationsAreCalledInOrderInsteadOfStderr) {
  Texts got;
  testing::internal::CaptureStderr();
  const Registration a = node.on_log([&](int level, std::string_view line) {
    got.push_back("a" + std::to_string(level) + (contains(line, "both") ? "both" : ""));
  });
  node.on_log([&](int, std::string_view) { got.push_back("b"); });
  complain("both");
  settle();
  EXPECT_EQ(got, (Texts{"a2both", "b"}));
  a.cancel();
  complain("only b");
  settle();
  EXPECT_EQ(got.size(), 3u);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(LocalLog, LinesAreDeliveredFromTheLoop) {
  int lines = 0;
  bool inside = false;
  node.on_log([&](int, std::string_view) {
    ++lines;
    EXPECT_FALSE(inside);
  });
  node.snd(node.port([&] {
    inside = true;
    node.kil(node.self(), "logged");
    inside = false;
  }));
  EXPECT_EQ(lines, 0);
  settle();
  EXPECT_EQ(lines, 1);
}

TEST_F(LocalLog, ACallbackMayCancelItselfTheOthersAndMakeNewOnes) {
  Texts got;
  Registration a, b;
  a = node.on_log([&](int, std::string_view) {
    got.push_back("a");
    a.cancel();
    b.cancel();
    node.on_log([&](int, std::string_view) { got.push_back("c"); });
  });
  b = node.on_log([&](int, std::string_view) { got.push_back("b"); });
  complain("one");
  complain("two");
  settle();
  EXPECT_EQ(got, (Texts{"a", "c"}));
  EXPECT_FALSE(a.active());
}

TEST_F(LocalLog, ACallbackThatThrowsDoesNotFeedItself) {
  int calls = 0, others = 0;
  testing::internal::CaptureStderr();
  node.on_log([&](int, std::string_view) {
    ++calls;
    throw std::runtime_error("in on_log");
  });
  node.on_log([&](int, std::string_view) { ++others; });
  complain("one");
  settle();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(others, 1);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(text, "in on_log")) << text;
}

TEST_F(LocalLog, ACallbackThatMakesLinesIsCalledForThem) {
  int calls = 0;
  node.on_log([&](int, std::string_view) {
    if (++calls < 10) complain("again");
  });
  complain("first");
  settle();
  EXPECT_EQ(calls, 10);
}

TEST_F(LocalLog, CancellingBeforeDeliveryDropsTheLine) {
  int calls = 0;
  testing::internal::CaptureStderr();
  const Registration r = node.on_log([&](int, std::string_view) { ++calls; });
  node.snd(node.port([&] { r.cancel(); }));
  complain("x");
  settle();
  EXPECT_EQ(calls, 0);
  testing::internal::GetCapturedStderr();
}

TEST_F(LocalLog, EachNodeHasItsOwn) {
  Node other(loop);
  NodeLog mine(node), theirs(other);
  complain("mine");
  other.kil(other.port(), "theirs");
  settle();
  EXPECT_EQ(mine.lines.size(), 1u);
  EXPECT_EQ(theirs.lines.size(), 1u);
  EXPECT_EQ(theirs.count(2, "theirs"), 1);
}

// Keeps the processor busy until the clock has moved on.
void burn() {
  const auto until = std::chrono::steady_clock::now() + 120ms;
  while (std::chrono::steady_clock::now() < until) {
  }
}

TEST_F(LocalLog, ASlowReceiverIsLoggedWithItsPort) {
  NodeLog log(node);
  const Port slow = node.port([] { burn(); }), quick = node.port([] {});
  node.snd(quick);
  settle();
  node.snd(slow);
  settle();
  EXPECT_EQ(log.count(2, slow.str()), 1) << log.all();
  EXPECT_EQ(log.count(2, quick.str()), 0) << log.all();
  EXPECT_TRUE(contains(log.all(), " ms")) << log.all();
}

TEST_F(LocalLog, AMoreThanSlowReceiverAmongQuickOnesIsNamedOnce) {
  NodeLog log(node);
  const Port slow = node.port([] { burn(); }), quick = node.port([] {});
  for (int i = 0; i < 40; ++i) node.snd(quick);
  node.snd(slow);
  for (int i = 0; i < 40; ++i) node.snd(quick);
  settle();
  ASSERT_EQ(log.lines.size(), 1u) << log.all();
  const std::string& line = log.lines[0].text;
  const std::size_t at = line.find(slow.str());
  ASSERT_NE(at, line.npos);
  EXPECT_EQ(line.find(slow.str(), at + 1), line.npos);
}

TEST_F(LocalLog, ASlowReceiverThatDiesOrLeavesIsSafe) {
  NodeLog log(node);
  auto other = std::make_unique<Node>(loop);
  Port dying;
  dying = node.port([&] {
    burn();
    node.kil(node.self());
  });
  node.snd(dying);
  settle();
  EXPECT_EQ(log.count(2, dying.str()), 1) << log.all();
  other->snd(other->port([&] {
    burn();
    other.reset();
  }));
  settle();
  EXPECT_EQ(other, nullptr);
}

TEST_F(LocalLog, SlowCallbacksOutsideOfPortsAreLoggedToo) {
  NodeLog log(node);
  node.after(0s, [] { burn(); });
  EXPECT_TRUE(loop.run_until([&] { return log.lines.size() == 1; }, test::kPatience));
  const Port p = node.port();
  node.mon(p, [] { burn(); });
  node.kil(p);
  settle();
  EXPECT_EQ(log.lines.size(), 2u) << log.all();
  loop.defer([] { burn(); });
  settle();
  EXPECT_EQ(log.lines.size(), 3u) << log.all();
  EXPECT_EQ(log.count(2, "slow"), 3) << log.all();
}

TEST_F(LocalLog, ASlowFunctionOfTheNodePortIsNamed) {
  NodeLog log(node);
  node.define("quick", [] {});
  node.define("sleepy", [] { burn(); });
  node.snd_to_func(node.id(), "quick");
  settle();
  node.snd_to_func(node.id(), "sleepy");
  settle();
  EXPECT_EQ(log.count(2, " ms, function 'sleepy'"), 1) << log.all();
  EXPECT_EQ(log.lines.size(), 1u) << log.all();
}

TEST_F(LocalLog, AMonitorCallbackThatThrowsIsLoggedWithItsPort) {
  NodeLog log(node);
  const Port p = node.port([] {});
  node.mon(p, [](Message) { throw std::runtime_error("not I"); });
  node.mon(p, [](int) {});
  node.kil(p, "over");
  settle();
  EXPECT_EQ(log.count(1, "of port " + p.str() + " threw: not I"), 1) << log.all();
  EXPECT_EQ(log.count(2, "of port " + p.str() + " does not fit the reason"), 1) << log.all();
}

TEST_F(LocalLog, TheNodeWhosePortWasSlowLogsIt) {
  Node other(loop);
  NodeLog mine(node), theirs(other);
  const Port slow = other.port([] { burn(); });
  other.snd(slow);
  settle();
  EXPECT_TRUE(mine.lines.empty()) << mine.all();
  EXPECT_EQ(theirs.count(2, slow.str()), 1) << theirs.all();
}

}  // namespace
}  // namespace aemp
