// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// cal() and after().
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;
using test::error_of;
using test::Texts;

class LocalCall : public test::LocalNode {
 protected:
  LocalCall() {
    echo = node.port();
    node.rcv(echo, "echo", [this](int n, Port reply) { node.snd(reply, "got", n); });
    node.rcv(echo, "twice", [this](Port reply) {
      node.snd(reply, 1);
      node.snd(reply, 2);
    });
    node.rcv(echo, "keep", [this](Port reply) { kept = reply; });
  }
  // A callback that keeps what came.
  auto note() {
    return [this](const Reply& r) {
      EXPECT_EQ(r.ok(), static_cast<bool>(r));
      if (r.ok()) {
        EXPECT_TRUE(r.reason().empty());
      } else {
        EXPECT_TRUE(r.message().empty());
      }
      results.push_back(r.ok() ? "ok " + r.message().json() : "no " + r.reason().json());
    };
  }
  bool nothing_left() const { return node.stats().ports == 1 && node.stats().monitors == 0; }

  Port echo, kept;
  Texts results;
};

TEST_F(LocalCall, TheReplyArrivesOnceAndThePortIsGone) {
  const Port reply = node.cal(echo, note(), "echo", 7);
  EXPECT_TRUE(node.is_local(reply));
  EXPECT_TRUE(results.empty());
  settle();
  EXPECT_EQ(results, (Texts{"ok [\"got\",7]"}));
  EXPECT_TRUE(nothing_left());
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalCall, OnlyTheFirstReplyCounts) {
  node.cal(echo, note(), "twice");
  node.cal(echo, note(), 5s, "twice");
  settle();
  EXPECT_EQ(results, (Texts{"ok [1]", "ok [1]"}));
  EXPECT_TRUE(nothing_left());
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalCall, TheReplyPortIsTheLastElement) {
  std::string whole;
  const Port p = node.port([&](Message m) { whole = m.json(); });
  const Port a = node.cal(p, note(), "x", 1, message(2, 3));
  settle();
  EXPECT_EQ(whole, "[\"x\",1,2,3,\"" + a.str() + "\"]");
  const Port b = node.cal(p, note());
  settle();
  EXPECT_EQ(whole, "[\"" + b.str() + "\"]");
}

TEST_F(LocalCall, AnEmptyReplyIsAReply) {
  const Port p = node.port([&](Port reply) { node.snd(reply); });
  node.cal(p, note());
  settle();
  EXPECT_EQ(results, (Texts{"ok []"}));
}

TEST_F(LocalCall, ADurationDirectlyAfterTheCallbackIsTheTimeOut) {
  node.cal(echo, note(), 1ms, "keep");
  settle();
  const Port late = kept;
  EXPECT_TRUE(run_until([&] { return !results.empty(); }));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(contains(results[0], "no [\"timeout\",\"")) << results[0];
  EXPECT_TRUE(nothing_left());
  node.snd(late, "late");
  node.kil(late, "late");
  settle();
  EXPECT_EQ(results.size(), 1u);
  EXPECT_TRUE(log.lines.empty()) << log.all();
}

TEST_F(LocalCall, ZeroNegativeAndFractionalTimeOuts) {
  node.cal(echo, note(), 0s, "keep");
  node.cal(echo, note(), -5s, "keep");
  node.cal(echo, note(), std::chrono::duration<double>(0.0001), "keep");
  node.cal(echo, note(), std::chrono::nanoseconds::max(), "echo", 1);
  EXPECT_TRUE(run_until([&] { return results.size() == 4; }));
  EXPECT_TRUE(nothing_left());
}

TEST_F(LocalCall, DeathOfTheDestinationEndsIt) {
  node.cal(echo, note(), "keep");
  node.cal(echo, note(), 60s, "keep");
  node.kil(echo, "busy dying");
  settle();
  EXPECT_EQ(results, (Texts{"no [\"busy dying\"]", "no [\"busy dying\"]"}));
  node.cal(echo, note(), "keep");
  settle();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(contains(results[2], "no [\"no_such_port\""));
  EXPECT_EQ(node.stats().ports, 0u);
  EXPECT_EQ(node.stats().monitors, 0u);
}

TEST_F(LocalCall, ANormalDeathWithoutAReplyHasAnEmptyReason) {
  const Port p = node.port([&](Message) { node.kil(node.self()); });
  node.cal(p, note(), "x");
  settle();
  EXPECT_EQ(results, (Texts{"no []"}));
}

TEST_F(LocalCall, AMessageThatKillsItsReceiver) {
  const Port p = node.port([](int) {});
  node.cal(p, note(), "does not fit");
  settle();
  ASSERT_EQ(results.size(), 1u);
  EXPECT_TRUE(contains(results[0], "no [\"unhandled_message\""));
}

TEST_F(LocalCall, KillingTheReplyPortEndsItOnce) {
  const Port a = node.cal(echo, note(), "keep");
  settle();
  node.kil(a, "killed", 1);
  EXPECT_TRUE(results.empty());
  settle();
  EXPECT_EQ(results, (Texts{"no [\"killed\",1]"}));
  const Port b = node.cal(echo, note(), 60s, "keep");
  node.kil(b);
  node.snd(b, "too late");
  node.kil(echo, "dies too");
  settle();
  EXPECT_EQ(results, (Texts{"no [\"killed\",1]", "no []"}));
  EXPECT_EQ(node.stats().monitors, 0u);
  EXPECT_EQ(node.stats().ports, 0u);
}

TEST_F(LocalCall, ReplyThenDeathAndDeathThenReply) {
  const Port replies_and_dies = node.port([&](Port reply) {
    node.snd(reply, "answer");
    node.kil(node.self(), "after it");
  });
  node.cal(replies_and_dies, note());
  settle();
  EXPECT_EQ(results, (Texts{"ok [\"answer\"]"}));
}

TEST_F(LocalCall, CallbacksRunInNoContextUnlessMadeWithPsub) {
  std::optional<Port> plain, inside;
  const Port p = node.port([&] {
    node.cal(
        echo, [&](const Reply&) { plain = node.self(); }, "echo", 1);
    node.cal(echo, node.psub([&](const Reply&) { inside = node.self(); }), "echo", 1);
  });
  node.snd(p);
  settle();
  EXPECT_EQ(plain, Port());
  EXPECT_EQ(inside, p);
}

TEST_F(LocalCall, ACallbackThatThrowsIsLoggedAndKillsNobody) {
  node.cal(
      echo, [](const Reply&) { throw std::runtime_error("in cal"); }, "echo", 1);
  node.cal(
      echo, [](const Reply&) { throw 3; }, 0s, "keep");
  EXPECT_TRUE(run_until([&] { return log.lines.size() == 2; }));
  EXPECT_EQ(log.count(1, "in cal"), 1);
  EXPECT_EQ(log.count(1, "unknown exception"), 1);
  EXPECT_TRUE(nothing_left());
}

TEST_F(LocalCall, CallbacksMayCallAgain) {
  int left = 1000;
  detail::Function<void()> again = [&] {
    node.cal(
        echo,
        [&](const Reply& r) {
          EXPECT_TRUE(r.ok());
          if (--left > 0) again();
        },
        60s, "echo", left);
  };
  again();
  settle();
  EXPECT_EQ(left, 0);
  EXPECT_TRUE(nothing_left());
}

TEST_F(LocalCall, ManyAtOnceEachGetItsOwnReply) {
  std::vector<int> seen;
  for (int i = 0; i < 3000; ++i) {
    node.cal(
        echo, [&, i](const Reply& r) { seen.push_back(r.message().as<int>(1) - i); }, "echo", i);
  }
  EXPECT_EQ(node.stats().ports, 3001u);
  settle();
  EXPECT_EQ(seen, std::vector<int>(3000));
  EXPECT_TRUE(nothing_left());
}

TEST_F(LocalCall, AMessageThatCannotBeSentLeavesNoPort) {
  const auto token = std::make_shared<int>(0);
  const auto callback = [token](const Reply&) { ADD_FAILURE(); };
  EXPECT_EQ(error_of([&] { node.cal(echo, callback, "\xff"); }), "bad_text");
  EXPECT_EQ(error_of([&] { node.cal(echo, callback, 1s, std::string(17 << 20, 'x')); }), "too_big");
  EXPECT_EQ(error_of([&] { node.cal(Port(), callback, "x"); }), "empty_port");
  EXPECT_EQ(token.use_count(), 2);
  settle();
  EXPECT_TRUE(nothing_left());
}

TEST_F(LocalCall, LeavingDropsItUncalled) {
  const auto token = std::make_shared<int>(0);
  node.cal(
      echo, [token](const Reply&) { ADD_FAILURE(); }, "echo", 1);
  node.cal(
      echo, [token](const Reply&) { ADD_FAILURE(); }, 1ms, "keep");
  node.leave();
  EXPECT_EQ(token.use_count(), 1);
  bool later = false;
  loop.timer(5ms, [&] { later = true; });
  EXPECT_TRUE(run_until([&] { return later; }));
}

TEST_F(LocalCall, OfTheNodePortAsksTheNode) {
  node.cal(node.node_port(), note(), "can", "time");
  node.cal(node.node_port(), note(), "can", "nonsense");
  node.cal(node.node_port(node.id()), note(), 10s, "known_nodes");
  settle();
  EXPECT_EQ(results, (Texts{"ok [true]", "ok [false]", "ok [\"" + node.id() + "\"]"}));
}

using LocalAfter = test::LocalNode;

TEST_F(LocalAfter, CallsOnceInNoContext) {
  std::vector<Port> selves;
  const Port p = node.port([&] { node.after(1ms, [&] { selves.push_back(node.self()); }); });
  node.snd(p);
  EXPECT_TRUE(run_until([&] { return !selves.empty(); }));
  settle();
  EXPECT_EQ(selves, (std::vector<Port>{Port()}));
}

TEST_F(LocalAfter, SendsAMessageThatWasWrittenBefore) {
  Texts got;
  const Port p = collector(got);
  std::string text = "then";
  const Timer t = node.after(1ms, p, "tick", text, list(1, 2));
  text = "now";
  EXPECT_TRUE(t.active());
  EXPECT_TRUE(run_until([&] { return !got.empty(); }));
  EXPECT_EQ(got, (Texts{"[\"tick\",\"then\",[1,2]]"}));
  EXPECT_FALSE(t.active());
  node.after(0s, p);
  EXPECT_TRUE(run_until([&] { return got.size() == 2; }));
  EXPECT_EQ(got[1], "[]");
}

TEST_F(LocalAfter, NeverCallsBeforeItReturnedHoweverShort) {
  int ran = 0;
  node.after(0s, [&] { ++ran; });
  node.after(-1h, [&] { ++ran; });
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(run_until([&] { return ran == 2; }));
}

TEST_F(LocalAfter, EqualDeadlinesKeepTheirOrder) {
  std::vector<int> order;
  loop.defer([&] {
    for (int i = 0; i < 20; ++i) node.after(2ms, [&order, i] { order.push_back(i); });
  });
  EXPECT_TRUE(run_until([&] { return order.size() == 20; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_F(LocalAfter, CancelDestroysTheCallback) {
  const auto token = std::make_shared<int>(0);
  const Timer t = node.after(0s, [token] { ADD_FAILURE(); });
  const Timer copy = t;
  copy.cancel();
  EXPECT_FALSE(t.active());
  EXPECT_EQ(token.use_count(), 1);
  // Its place is used again: old handles must not reach the new timer.
  bool ran = false;
  const Timer next = node.after(0s, [&] { ran = true; });
  t.cancel();
  EXPECT_TRUE(next.active());
  EXPECT_TRUE(run_until([&] { return ran; }));
}

TEST_F(LocalAfter, MayCancelItselfAndOthersAndSetNewOnes) {
  int first = 0, second = 0, third = 0;
  Timer a, b;
  a = node.after(0s, [&] {
    ++first;
    a.cancel();
    b.cancel();
    node.after(0s, [&] { ++third; });
  });
  b = node.after(0s, [&] { ++second; });
  EXPECT_TRUE(run_until([&] { return third == 1; }));
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
}

TEST_F(LocalAfter, AnExceptionIsLoggedAndTheLoopLives) {
  node.after(0s, [] { throw std::runtime_error("in after"); });
  EXPECT_TRUE(run_until([&] { return log.count(1, "in after") == 1; }));
}

TEST_F(LocalAfter, AGuardEndsItAndSoDoesLeaving) {
  const auto token = std::make_shared<int>(0);
  {
    const Guard g = node.guard(node.after(0s, [token] { ADD_FAILURE(); }));
  }
  EXPECT_EQ(token.use_count(), 1);
  const Timer t = node.after(0s, [token] { ADD_FAILURE(); });
  node.leave();
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_FALSE(t.active());
  t.cancel();
  bool later = false;
  loop.timer(2ms, [&] { later = true; });
  EXPECT_TRUE(run_until([&] { return later; }));
}

TEST_F(LocalAfter, WithPsubRunsInThePortsContextAndDiesWithIt) {
  std::optional<Port> seen;
  int late = 0;
  const Port p = node.port([&] { node.after(0s, node.psub([&] { seen = node.self(); })); });
  const Port q = node.port([&] { node.after(0s, node.psub([&] { ++late; })); });
  node.snd(p);
  node.snd(q);
  node.kil(q);
  EXPECT_TRUE(run_until([&] { return seen.has_value(); }));
  settle();
  EXPECT_EQ(*seen, p);
  EXPECT_EQ(late, 0);
}

}  // namespace
}  // namespace aemp
