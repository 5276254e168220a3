// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// leave(), nodes that are destroyed anywhere, handles that outlive them.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using test::kPatience;
using test::Texts;

class LocalLifetime : public testing::Test {
 protected:
  void settle() { test::settle(loop); }
  // Sets up a node to call a function more than once; the first call ends the node.
  using Arm = std::function<void(Node&, std::function<void()>)>;
  void expect_one_call(const Arm& arm, bool destroy);
  // What is asked of a node that left is accepted and does nothing.
  void use(Node& n, const Port& old);

  Loop loop;
};

void never() { ADD_FAILURE() << "called after the node left"; }

void LocalLifetime::use(Node& n, const Port& old) {
  const Port p = n.port([](Message) { never(); });
  EXPECT_TRUE(p);
  for (const Port& q : {p, old}) {
    EXPECT_EQ(n.rcv(q, [] { never(); }), q);
    n.rcv(q, "tag", [] { never(); });
    n.rcv(q, q, [] { never(); });
    n.rcv_remove(q, "tag");
    n.snd(q, "x", std::string(100'000, 'x'));
    n.kil(q, "reason");
    n.kil(q);
    EXPECT_FALSE(n.mon(q, [] { never(); }).active());
    EXPECT_FALSE(n.mon(q, q).active());
    EXPECT_FALSE(n.mon(q, q, "x").active());
    EXPECT_FALSE(n.mon_guard(q, 1).active());
    EXPECT_FALSE(n.after(0s, [] { never(); }).active());
    EXPECT_FALSE(n.after(0s, q, "x").active());
    EXPECT_FALSE(n.on_drain(q, [] { never(); }).active());
    n.cal(
        q, [](const Reply&) { never(); }, "x");
    n.cal(
        q, [](const Reply&) { never(); }, 0s, "x");
    n.peval(q, [] { never(); });
    EXPECT_FALSE(n.congested(q));
  }
  EXPECT_FALSE(n.on_log([](int, std::string_view) { never(); }).active());
  EXPECT_FALSE(n.mon_nodes([](std::string_view, bool, Message) { never(); }).active());
  n.define("f", [] { never(); });
  const Port w = n.spawn(n.id(), "f");
  n.snd(w);
  n.kil(w);
  n.snd(n.spawn("elsewhere", "f"));
  n.snd(n.node_port("elsewhere"), "x");
  n.snd_to_func(n.id(), "f");
  n.snd_on(n.id(), old, "x");
  EXPECT_TRUE(n.is_local(old));
  EXPECT_FALSE(n.id().empty());
  EXPECT_TRUE(n.binds().empty());
  EXPECT_TRUE(n.up_nodes().empty());
  EXPECT_EQ(n.known_nodes(), (Texts{n.id()}));
  EXPECT_EQ(n.stats().ports, 0u);
  EXPECT_EQ(n.stats().monitors, 0u);
  EXPECT_NE(error_of([&] { n.configure(Config()); }), "");
  n.leave();
}

TEST_F(LocalLifetime, AfterLeaveEverythingIsAcceptedAndNothingIsCalled) {
  Node n(loop);
  const Port p = n.port([](Message) { never(); });
  n.rcv(p, "t", [] { never(); });
  n.snd(p, 1);
  n.mon(p, [] { never(); });
  n.kil(p, "queued");
  n.after(0s, [] { never(); });
  n.after(0s, p, "x");
  n.cal(
      p, [](const Reply&) { never(); }, 0s, "t");
  n.define("f", [] { never(); });
  n.spawn(n.id(), "f");
  n.on_drain(p, [] { never(); });
  n.on_log([](int, std::string_view) { never(); });
  n.mon(*Port::parse(n.id() + "#none"), [] { never(); });
  n.leave();
  use(n, p);
  bool later = false;
  loop.timer(3ms, [&] { later = true; });
  EXPECT_TRUE(loop.run_until([&] { return later; }, kPatience));
  use(n, p);
  settle();
}

TEST_F(LocalLifetime, LeaveInsideAReceiverLetsItFinish) {
  Node n(loop);
  Port p;
  bool finished = false;
  p = n.port([&](std::string_view text) {
    auto late = n.psub([] { never(); });
    n.leave();
    use(n, p);
    late();
    EXPECT_EQ(n.self(), p);
    EXPECT_EQ(text, "a text that must stay where it is");
    finished = true;
  });
  n.snd(p, "a text that must stay where it is");
  n.snd(p, "never delivered");
  settle();
  EXPECT_TRUE(finished);
}

TEST_F(LocalLifetime, LeaveDestroysEverythingThatWasKept) {
  const auto token = std::make_shared<int>(0);
  Node n(loop);
  const Port p = n.port([token](Message) {});
  n.rcv(p, "t", [token] {});
  n.mon(p, [token] {});
  n.mon_guard(p, token);
  n.after(1h, [token] {});
  n.cal(
      p, [token](const Reply&) {}, 1h, "x");
  n.define("f", [token] {});
  n.on_log([token](int, std::string_view) {});
  n.on_drain(p, [token] {});
  n.mon_nodes([token](std::string_view, bool, Message) {});
  n.mon(*Port::parse(n.id() + "#none"), [token] {});
  EXPECT_EQ(token.use_count(), 12);
  n.leave();
  EXPECT_EQ(token.use_count(), 1);
}

// Destructors that run during leave() may use the node.
TEST_F(LocalLifetime, CapturesDestroyedByLeaveMayUseTheNode) {
  Node n(loop);
  const Port p = n.port();
  struct Busy {
    Node& node;
    Port port;
    ~Busy() {
      node.after(0s, [] { never(); });
      node.mon(port, [] { never(); });
      node.snd(port, 1);
      node.define("late", [] { never(); });
      node.on_log([](int, std::string_view) { never(); });
      node.cal(
          port, [](const Reply&) { never(); }, 0s, "x");
    }
  };
  const auto busy = [&] { return std::unique_ptr<Busy>(new Busy{n, p}); };
  n.rcv(p, [b = busy()](Message) {});
  n.rcv(p, "t", [b = busy()] {});
  n.mon(p, [b = busy()] {});
  n.after(1h, [b = busy()] {});
  n.after(2h, [b = busy()] {});
  n.cal(
      p, [b = busy()](const Reply&) {}, 1h, "x");
  n.define("f", [b = busy()] {});
  n.on_log([b = busy()](int, std::string_view) {});
  n.on_drain(p, [b = busy()] {});
  n.leave();
  bool later = false;
  loop.timer(3ms, [&] { later = true; });
  EXPECT_TRUE(loop.run_until([&] { return later; }, kPatience));
}

void LocalLifetime::expect_one_call(const Arm& arm, bool destroy) {
  auto n = std::make_unique<Node>(loop);
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> left = token;
  int calls = 0;
  arm(*n, [&, kept = std::move(token)] {
    EXPECT_EQ(++calls, 1);
    if (destroy) {
      n.reset();
    } else {
      n->leave();
    }
    EXPECT_FALSE(kept == nullptr);  // the callable lives until it returned
  });
  EXPECT_TRUE(loop.run_until([&] { return calls == 1; }, kPatience));
  settle();
  EXPECT_EQ(calls, 1);
  n.reset();
  settle();
  EXPECT_TRUE(left.expired());
}

TEST_F(LocalLifetime, ANodeMayLeaveOrDieInAnyOfItsCallbacks) {
  const Arm arms[] = {
      [](Node& n, std::function<void()> f) {
        const Port p = n.port(f);
        n.snd(p);
        n.snd(p);
      },
      [](Node& n, std::function<void()> f) {
        const Port p = n.port();
        n.rcv(p, "t", f);
        n.snd(p, "t");
        n.snd(p, "t");
      },
      [](Node& n, std::function<void()> f) {
        const Port p = n.port();
        for (int i = 0; i < 3; ++i) n.mon(p, f);
        n.kil(p, "x");
      },
      [](Node& n, std::function<void()> f) {
        n.after(0s, f);
        n.after(0s, f);
      },
      [](Node& n, std::function<void()> f) {
        n.cal(
            n.node_port(), [f](const Reply&) { f(); }, "time");
        n.cal(
            n.node_port(), [f](const Reply&) { f(); }, "time");
      },
      [](Node& n, std::function<void()> f) {
        n.cal(
            n.port([](Message) {}), [f](const Reply&) { f(); }, 0s, "x");
      },
      [](Node& n, std::function<void()> f) {
        n.define("f", f);
        n.spawn(n.id(), "f");
        n.spawn(n.id(), "f");
      },
      [](Node& n, std::function<void()> f) {
        n.define("f", f);
        n.snd_to_func(n.id(), "f");
        n.snd_to_func(n.id(), "f");
      },
      [](Node& n, std::function<void()> f) {
        n.on_drain(n.port(), f);
        n.on_drain(n.port(), f);
      },
      [](Node& n, std::function<void()> f) {
        n.on_log([f](int, std::string_view) { f(); });
        n.on_log([f](int, std::string_view) { f(); });
        n.kil(n.port(), "to be logged");
        n.kil(n.port(), "to be logged too");
      },
      [](Node& n, std::function<void()> f) {
        const Port p = n.port();
        n.peval(p, [&] { n.after(0s, n.psub(f)); });
      },
      [](Node& n, std::function<void()> f) {
        const Port p = n.port();
        n.snd(n.port([&n, p, f] { n.peval(p, [&] { f(); }); }));
        n.snd(p);
      },
      [](Node& n, std::function<void()> f) {
        struct OnDestruction {
          std::function<void()> f;
          ~OnDestruction() { f(); }
        };
        const Port p =
            n.port([o = std::unique_ptr<OnDestruction>(new OnDestruction{f})](Message) {});
        n.mon(p, [] { never(); });
        n.kil(p, "x");
      },
  };
  for (const Arm& arm : arms) {
    SCOPED_TRACE(std::to_string(&arm - arms));
    expect_one_call(arm, false);
    expect_one_call(arm, true);
  }
}

TEST_F(LocalLifetime, ANodeThatDiesInItsReceiverAndThrows) {
  auto n = std::make_unique<Node>(loop);
  n->snd(n->port([&] {
    n.reset();
    throw 1;
  }));
  testing::internal::CaptureStderr();
  settle();
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(n, nullptr);
}

TEST_F(LocalLifetime, ANodeMayBeDestroyedByAnotherOneOfItsLoop) {
  Node a(loop);
  auto b = std::make_unique<Node>(loop);
  int got = 0;
  const Port q = b->port([&] { ++got; });
  const Port p = a.port([&] { b.reset(); });
  b->snd(q);
  a.snd(p);
  b->snd(q);
  b->after(1h, [] { never(); });
  settle();
  EXPECT_EQ(got, 1);
  a.snd(p);
  settle();
}

TEST_F(LocalLifetime, NodesComeAndGoWithWorkQueued) {
  const auto token = std::make_shared<int>(0);
  for (int i = 0; i < 200; ++i) {
    Node n(loop);
    const Port p = n.port([token](Message) {});
    n.define("f", [&n, token] { n.rcv(n.self(), [] {}); });
    for (int j = 0; j < 50; ++j) n.snd(p, j);
    n.spawn(n.id(), "f");
    n.kil(p, "x");
    n.mon(p, [token] {});
    if (i % 3 == 0) loop.run_once(0s);
  }
  EXPECT_EQ(token.use_count(), 1);
  settle();
}

TEST_F(LocalLifetime, HandlesOutliveNodeAndLoop) {
  Monitor m, none, fired;
  Timer t, lt;
  Registration r, d;
  std::optional<Guard> g;
  {
    Loop short_loop;
    {
      Node n(short_loop);
      const Port p = n.port();
      m = n.mon(p, [] {});
      fired = n.mon(*Port::parse(n.id() + "#none"), [] {});
      t = n.after(1h, [] {});
      r = n.on_log([](int, std::string_view) {});
      d = n.on_drain(p, [] {});
      g = n.guard(n.mon(p, [] {}));
      EXPECT_TRUE(m.active());
    }
    lt = short_loop.timer(1h, [] {});
    EXPECT_FALSE(m.active());
    EXPECT_FALSE(t.active());
    m.cancel();
    r.cancel();
  }
  const Handle all[] = {m, none, fired, t, lt, r, d};
  for (const Handle& h : all) {
    EXPECT_FALSE(h.active());
    h.cancel();
    h.cancel();
  }
  g.reset();
}

TEST_F(LocalLifetime, ALoopDestroyedRightAfterItsNodes) {
  const auto token = std::make_shared<int>(0);
  for (int i = 0; i < 20; ++i) {
    Loop short_loop;
    Node n(short_loop), o(short_loop);
    const Port p = n.port([token](Message) {});
    n.snd(p, 1);
    n.mon(p, [token] {});
    n.define("f", [token] {});
    n.define("f", [token] {});
    o.snd(o.port([&n, token] { n.leave(); }));
    if (i % 2 == 0) short_loop.run_once(0s);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(LocalLifetime, PortsOutliveTheirNode) {
  Port p;
  std::string text;
  {
    Node n(loop);
    p = n.port();
    text = p.str();
  }
  settle();
  EXPECT_EQ(p.str(), text);
  EXPECT_EQ(Port::parse(text), p);
}

TEST_F(LocalLifetime, LeaveTwiceAndThenDestroy) {
  Node n(loop);
  n.leave();
  settle();
  n.leave();
  settle();
}

}  // namespace
}  // namespace aemp
