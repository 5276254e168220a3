// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// self(), psub() and peval().
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using test::Texts;

using LocalContext = test::LocalNode;

TEST_F(LocalContext, SelfIsThePortInItsReceiversAndEmptyElsewhere) {
  Port in_default, in_tag, deferred = node.port(), timed = deferred, logged = deferred;
  EXPECT_EQ(node.self(), Port());
  const Port p = node.port([&] { in_default = node.self(); });
  node.rcv(p, "t", [&] { in_tag = node.self(); });
  node.snd(p);
  node.snd(p, "t");
  loop.defer([&] { deferred = node.self(); });
  bool done = false;
  loop.timer(0s, [&] {
    timed = node.self();
    done = true;
  });
  node.on_log([&](int, std::string_view) { logged = node.self(); });
  node.kil(node.port(), "to be logged");
  EXPECT_TRUE(run_until([&] { return done; }));
  settle();
  EXPECT_EQ(in_default, p);
  EXPECT_EQ(in_tag, p);
  EXPECT_EQ(deferred, Port());
  EXPECT_EQ(timed, Port());
  EXPECT_EQ(logged, Port());
  EXPECT_EQ(node.self(), Port());
}

TEST_F(LocalContext, SelfIsEachNodesOwn) {
  Node other(loop);
  Port seen = node.port();
  const Port q = other.port([&] { seen = node.self(); });
  Port inner;
  const Port p = node.port([&] {
    EXPECT_EQ(other.self(), Port());
    other.peval(q, [&] { inner = other.self(); });
    EXPECT_EQ(other.self(), Port());
  });
  other.snd(q);
  node.snd(p);
  settle();
  EXPECT_EQ(seen, Port());
  EXPECT_EQ(inner, q);
}

TEST_F(LocalContext, FunctionsCalledThroughTheNodePortHaveNoContext) {
  std::optional<Port> seen;
  node.define("f", [&] { seen = node.self(); });
  node.snd_to_func(node.id(), "f");
  settle();
  EXPECT_EQ(seen, Port());
}

TEST_F(LocalContext, PevalRunsAtOnceInThePortsContextAndGivesTheResult) {
  const Port p = node.port(), q = node.port();
  Port inner, outer;
  const std::optional<int> result = node.peval(p, [&] {
    node.peval(q, [&] { inner = node.self(); });
    outer = node.self();
    return 42;
  });
  EXPECT_EQ(result, 42);
  EXPECT_EQ(inner, q);
  EXPECT_EQ(outer, p);
  EXPECT_EQ(node.self(), Port());
  static_assert(std::is_void_v<decltype(node.peval(p, [] {}))>);
  static_assert(std::is_same_v<decltype(node.peval(p, [] { return 1.5; })), std::optional<double>>);
}

TEST_F(LocalContext, AnExceptionInPevalKillsThePort) {
  Texts reasons;
  const Port p = node.port(), q = node.port();
  watch(p, reasons);
  const std::optional<int> result =
      node.peval(p, []() -> int { throw std::runtime_error("kills p"); });
  EXPECT_FALSE(result.has_value());
  EXPECT_TRUE(reasons.empty());
  node.peval(q, [] { throw 5; });
  EXPECT_EQ(node.stats().ports, 0u);
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"die\",\"kills p\"]"}));
  EXPECT_EQ(log.count(2, "unknown exception"), 1);
}

TEST_F(LocalContext, AnExceptionInANestedPevalKillsTheInnerPortOnly) {
  Texts reasons;
  const Port p = node.port(), q = node.port();
  watch(q, reasons);
  bool after = false;
  node.peval(p, [&] {
    node.peval(q, [] { throw std::runtime_error("inner"); });
    after = node.self() == p;
  });
  EXPECT_TRUE(after);
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"die\",\"inner\"]"}));
  EXPECT_EQ(node.stats().ports, 1u);
}

TEST_F(LocalContext, PevalOfWhatIsNoPortOfThisNodeIsMisuse) {
  Node other(loop);
  EXPECT_EQ(error_of([&] { node.peval(other.port(), [] {}); }), "not_local");
  EXPECT_EQ(error_of([&] { node.peval(node.node_port(), [] {}); }), "node_port");
}

TEST_F(LocalContext, PevalOfADeadPortRunsNothing) {
  node.peval(dead_port(), [] { FAIL() << "in the context of a dead port"; });
  EXPECT_FALSE(node.peval(dead_port(), [] { return 1; }).has_value());
}

TEST_F(LocalContext, PsubNeedsAContext) {
  EXPECT_EQ(error_of([&] { node.psub([] {}); }), "no_context");
  loop.defer([&] { EXPECT_EQ(error_of([&] { node.psub([] {}); }), "no_context"); });
  settle();
}

TEST_F(LocalContext, PsubCarriesTheContextArgumentsAndResult) {
  const Port p = node.port(), q = node.port();
  std::string seen;
  auto f = *node.peval(p, [&] {
    return node.psub([&](int n, const std::string& text, Port& out) {
      seen = std::to_string(n) + text;
      out = node.self();
      return n * 2;
    });
  });
  Port self;
  std::optional<int> result;
  node.peval(q, [&] {
    result = f(21, "x", self);
    EXPECT_EQ(node.self(), q);
  });
  EXPECT_EQ(result, 42);
  EXPECT_EQ(seen, "21x");
  EXPECT_EQ(self, p);
}

TEST_F(LocalContext, AnExceptionInPsubKillsItsPortWhoeverCalls) {
  Texts reasons;
  const Port p = node.port(), q = node.port();
  watch(p, reasons);
  auto f = *node.peval(p, [&] {
    return node.psub([](int n) -> int {
      if (n == 0) throw std::runtime_error("zero");
      return n;
    });
  });
  EXPECT_EQ(f(1), 1);
  node.peval(q, [&] { EXPECT_EQ(f(0), std::nullopt); });
  EXPECT_EQ(f(1), std::nullopt);
  settle();
  EXPECT_EQ(reasons, (Texts{"[\"die\",\"zero\"]"}));
  EXPECT_EQ(node.stats().ports, 1u);
}

TEST_F(LocalContext, PsubOfAGonePortDoesNothing) {
  int ran = 0;
  const Port p = node.port();
  auto f = *node.peval(p, [&] { return node.psub([&] { ++ran; }); });
  f();
  node.kil(p);
  f();
  settle();
  f();
  EXPECT_EQ(ran, 2);
}

TEST_F(LocalContext, PsubThatKillsItsPortFinishes) {
  int ran = 0;
  const Port p = node.port();
  auto f = *node.peval(p, [&] {
    return node.psub([&] {
      node.kil(node.self(), "x");
      return ++ran;
    });
  });
  EXPECT_EQ(f(), 1);
  EXPECT_EQ(f(), std::nullopt);
  EXPECT_EQ(ran, 1);
}

TEST_F(LocalContext, PsubMayOutliveNodeAndLoop) {
  detail::Function<void()> kept;
  std::optional<std::optional<int>> result;
  int ran = 0;
  {
    Loop short_loop;
    Node short_node(short_loop);
    const Port p = short_node.port();
    short_node.peval(p, [&] {
      kept = [f = short_node.psub([&] { return ++ran; }), &result]() mutable { result = f(); };
    });
    kept();
    EXPECT_EQ(result, std::optional<int>(1));
    short_node.leave();
    kept();
    EXPECT_EQ(*result, std::nullopt);
  }
  kept();
  EXPECT_EQ(*result, std::nullopt);
  EXPECT_EQ(ran, 1);
}

TEST_F(LocalContext, PsubOfMoveOnlyCallablesAndAsReceiver) {
  const Port p = node.port(), q = node.port();
  Port seen;
  int value = 0;
  node.peval(p, [&] {
    node.rcv(q, node.psub([&, own = std::make_unique<int>(5)](int n) {
      value = *own + n;
      seen = node.self();
    }));
  });
  node.snd(q, 2);
  settle();
  EXPECT_EQ(value, 7);
  EXPECT_EQ(seen, p);
}

TEST_F(LocalContext, SpawnedFunctionsMayUsePsubMonAndSelf) {
  Texts reasons;
  const Port p = node.port();
  node.define("f", [&] {
    node.rcv(node.self(), [] {});
    node.mon(p);
    node.after(0s, node.psub([&] { node.kil(p, "by ", node.self()); }));
  });
  const Port w = node.spawn(node.id(), "f");
  watch(w, reasons);
  EXPECT_TRUE(run_until([&] { return !reasons.empty(); }));
  EXPECT_EQ(reasons, (Texts{"[\"by \",\"" + w.str() + "\"]"}));
}

TEST_F(LocalContext, RunInsideACallbackIsBusyWhereverItIsTried) {
  int refused = 0;
  const auto attempt = [&] {
    for (const std::function<void()>& run :
         {std::function<void()>([&] { loop.run(); }),
          std::function<void()>([&] { loop.run_once(); }),
          std::function<void()>([&] { loop.run_once(0s); }),
          std::function<void()>([&] { loop.run_for(0s); }),
          std::function<void()>([&] { loop.run_until([] { return true; }, 1s); })}) {
      refused += error_of(run) == "busy" ? 1 : 0;
    }
  };
  const Port p = node.port([&] { attempt(); });
  node.mon(p, [&] { attempt(); });
  node.define("f", [&] { attempt(); });
  node.snd(p);
  node.spawn(node.id(), "f");
  node.snd_to_func(node.id(), "f");
  node.cal(
      node.node_port(), [&](const Reply&) { attempt(); }, "time");
  node.on_drain(p, [&] { attempt(); });
  node.kil(p);
  node.after(0s, [&] { attempt(); });
  EXPECT_TRUE(run_until([&] { return refused == 35; }));
}

}  // namespace
}  // namespace aemp
