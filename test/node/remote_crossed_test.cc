// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Two nodes that dial each other at the same time, through a proxy each.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/cluster.h"
#include "support/net_talk.h"
#include "support/sanitized.h"

namespace aemp::remote {
namespace {

constexpr Way kSteps[] = {Way::there, Way::back, Way::there, Way::back};

// Each has the other as seed; whose incarnation is the smaller is the test's to say.
struct Crossing {
  explicit Crossing(std::uint64_t seed, bool a_smaller) : world(seed) {
    const std::string at_a = unix_name(), at_b = unix_name();
    by_a = std::make_unique<Proxy>(world.loop, unix_name(), at_b);
    by_b = std::make_unique<Proxy>(world.loop, unix_name(), at_a);
    by_a->show_target_at({by_a->address()});
    by_a->show_dialler_at({by_b->address()});
    by_b->show_target_at({by_b->address()});
    by_b->show_dialler_at({by_a->address()});
    a = std::make_unique<Talker>(world.loop, config("a", {at_a}, {by_a->address()}));
    do {
      b.reset();
      world.settle();
      b = std::make_unique<Talker>(world.loop, config("b", {at_b}, {by_b->address()}));
    } while ((incarnation(*a->node) < incarnation(*b->node)) != a_smaller);
    a->start(*b);
    b->start(*a);
  }
  void gate(bool on) {
    by_a->gate_both(on);
    by_b->gate_both(on);
  }
  bool linked() const { return a->node.up("b") && b->node.up("a"); }
  void tick() {
    a->send();
    b->send();
  }
  // Everything opens; both talk on until all is told.
  void finish() {
    gate(false);
    Timer ticks = world.loop.timer(1ms, 100ms, [this] { tick(); });
    world.pass(8s);
    ticks.cancel();
    tick();
    EXPECT_TRUE(world.until([this] { return a->told() && b->told(); }, 60s));
    world.pass(2s);
    for (Talker* t : {a.get(), b.get()}) {
      const Stats stats = t->node->stats();
      EXPECT_EQ(stats.links_up, 1u);
      EXPECT_EQ(stats.dials, 0u);
      EXPECT_EQ(stats.half_open, 0u);
    }
    EXPECT_EQ(by_a->alive() + by_b->alive(), 1u);
  }
  std::string story() const { return a->node.told() + b->node.told(); }

  World world;
  std::unique_ptr<Proxy> by_a, by_b;
  std::unique_ptr<Talker> a, b;
};

// All 70 orders of the steps of two handshakes: bit i set: step i is one of b's dial.
std::vector<unsigned> all_orders() {
  std::vector<unsigned> orders;
  for (unsigned bits = 0; bits < 256; ++bits) {
    if (__builtin_popcount(bits) == 4) orders.push_back(bits);
  }
  return orders;
}

// Walks through one order, as far as its steps come about. `stop(word)` may end it.
template <class Stop>
void walk(Crossing& c, unsigned order, Stop&& stop) {
  std::size_t at[2] = {0, 0};
  for (unsigned i = 0; i < 8; ++i) {
    const unsigned who = order >> i & 1;
    Proxy& proxy = who == 0 ? *c.by_a : *c.by_b;
    c.world.settle();
    const Way way = kSteps[at[who]++];
    if (stop(who, proxy.next(way))) return;
    proxy.step(way);
  }
  c.world.settle();
}

TEST(RemoteCrossed, EveryOrderOfTheStepsLosesNothingAndLeavesOneLink) {
  for (const bool a_smaller : {false, true}) {
    for (const unsigned order : all_orders()) {
      Crossing c(order + 1, a_smaller);
      c.gate(true);
      walk(c, order, [](unsigned, const std::string&) { return false; });
      c.finish();
      check_lossless(*c.a, *c.b);
      if (HasFailure()) FAIL() << "order " << order << " " << a_smaller << "\n" << c.story();
    }
  }
}

// The other connection dies, for one end or both, when CLOSE(crossed) is about to be read.
TEST(RemoteCrossed, TheSurvivorDiesAfterTheOtherWasGivenUp) {
  int closes = 0;
  for (const Cut how : {Cut::both, Cut::dialler, Cut::target}) {
    for (const bool a_smaller : {false, true}) {
      for (const unsigned order : all_orders()) {
        Crossing c(order + 1, a_smaller);
        c.gate(true);
        walk(c, order, [&](unsigned who, const std::string& next) {
          if (next != "CLOSE") return false;
          ++closes;
          (who == 0 ? *c.by_a : *c.by_b).step(Way::back);
          (who == 0 ? *c.by_b : *c.by_a).cut(how);
          return true;
        });
        c.finish();
        check_talk(*c.a, *c.b);
        if (HasFailure()) FAIL() << "order " << order << " " << a_smaller << "\n" << c.story();
      }
    }
  }
  EXPECT_GT(closes, 50);
}

TEST(RemoteCrossed, OneDirectionRefused) {
  for (const bool a_smaller : {false, true}) {
    for (const bool first : {false, true}) {
      Crossing c(1, a_smaller);
      (first ? *c.by_a : *c.by_b).refuse();
      EXPECT_TRUE(c.world.until([&] { return c.linked(); }));
      c.world.pass(1s);
      check_lossless(*c.a, *c.b);
      if (HasFailure()) FAIL() << first << a_smaller << "\n" << c.story();
    }
  }
}

// One of the dials stops at some step for good: nothing comes through any more, nothing is closed.
TEST(RemoteCrossed, OneDialFallsSilentAtEachStep) {
  for (const bool a_smaller : {false, true}) {
    for (unsigned silent_after = 0; silent_after < 4; ++silent_after) {
      Crossing c(1, a_smaller);
      c.by_a->gate_both();
      for (unsigned i = 0; i < silent_after; ++i) {
        c.world.settle();
        c.by_a->step(kSteps[i]);
      }
      c.by_a->swallow(Way::there);
      c.by_a->swallow(Way::back);
      c.by_a->gate_both(false);
      EXPECT_TRUE(c.world.until([&] { return c.linked(); })) << silent_after;
      c.tick();
      EXPECT_TRUE(c.world.until([&] { return c.a->told() && c.b->told(); }));
      c.world.pass(10s);
      EXPECT_TRUE(c.linked());
      check_talk(*c.a, *c.b);
      if (HasFailure()) FAIL() << silent_after << a_smaller << "\n" << c.story();
    }
  }
}

void random_run(std::uint64_t seed) {
  Dice dice(seed);
  Crossing c(seed, dice.one_in(2));
  c.world.host.unruly = true;
  const bool cuts = dice.one_in(2);
  bool cut = false;
  c.gate(true);
  const std::size_t rounds = dice.below(30);
  for (std::size_t i = 0; i < rounds; ++i) {
    Proxy& proxy = dice.one_in(2) ? *c.by_a : *c.by_b;
    if (dice.one_in(4)) c.world.settle();
    proxy.step(dice.one_in(2) ? Way::there : Way::back);
    if (dice.one_in(8)) c.world.pass(std::chrono::milliseconds(dice.below(300)));
    if (dice.one_in(4)) c.tick();
    if (cuts && !cut && dice.one_in(10)) {
      proxy.cut(static_cast<Cut>(dice.one_in(3) ? 0 : 2 + dice.below(2)));
      cut = true;
    }
  }
  c.finish();
  if (cut) {
    check_talk(*c.a, *c.b);
  } else {
    check_lossless(*c.a, *c.b);
  }
  if (testing::Test::HasFailure()) ADD_FAILURE() << "seed " << seed << "\n" << c.story();
}

TEST(RemoteCrossed, ThousandRandomRuns) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 100 : 1000) && !HasFailure(); ++seed)
    random_run(seed);
}

}  // namespace
}  // namespace aemp::remote
