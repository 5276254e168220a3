// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Memory is refused at every point where there is one: for each scenario the first allocation, the
// second, and so on until it runs through without meeting the one that fails. Whatever is refused,
// the oracle's invariants hold, the network works again afterwards, and in the end nothing is left.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/actor.h"

namespace aemp::story {
namespace {

using namespace std::chrono_literals;

struct Scene {
  explicit Scene(std::uint64_t seed) : net(seed) { net.unruly(seed % 2 == 0); }
  ~Scene() {
    for (auto* actor : {&a, &b}) {
      if (*actor != nullptr) (*actor)->end();
    }
  }
  void raise() {
    a->start_surely();
    b->start_surely();
    ASSERT_TRUE(net.run_until([&] { return a->sees(*b) && b->sees(*a); }, 5s));
  }
  // From here on memory fails.
  void refuse(Actor& victim) {
    oracle.memory_fails(victim.life);
    victim.process.fail_allocations(after, count);
    before = victim.process.refused_allocations();
    this->victim = &victim;
  }
  void check(const std::string& what) {
    for (const std::string& violation : oracle.violations) {
      ADD_FAILURE() << what << ": " << violation;
    }
  }

  sim::Network net;
  Oracle oracle;
  std::unique_ptr<Actor> a = std::make_unique<Actor>(net, oracle, "a");
  std::unique_ptr<Actor> b = std::make_unique<Actor>(net, oracle, "b");
  Actor* victim = nullptr;
  std::uint64_t after = 0, count = 1, before = 0;
};

using Play = void (*)(Scene&, Actor& victim, Actor& other);

// Both ends send, watch, kill.
void talk(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  s.refuse(victim);
  for (Actor* actor : {&victim, &other}) {
    const int to = actor == &victim ? other.index : victim.index;
    actor->monitor(to);
    for (int i = 0; i < 20; ++i) {
      actor->send(to);
      actor->send(actor->index);
    }
  }
}

void talk_large(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  s.refuse(victim);
  victim.monitor(other.index);
  other.monitor(victim.index);
  for (const std::size_t size : {1'000u, 70'000u, 250'000u, 10u}) {
    victim.send(other.index, size);
    victim.send(victim.index, size);
    other.send(victim.index, size);
  }
}

void spawn(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  s.refuse(victim);
  for (const auto& [maker, where] : {std::pair{&victim, other.id()}, std::pair{&other, victim.id()},
                                     std::pair{&victim, victim.id()}}) {
    const int made = maker->spawn(where);
    if (!s.oracle.port(made).port) continue;
    maker->monitor(made);
    for (int i = 0; i < 3; ++i) maker->send(made);
    maker->call(made);
  }
}

void watch_and_kill(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  s.refuse(victim);
  std::vector<Monitor> handles;
  for (int i = 0; i < 3; ++i) {
    handles.push_back(victim.monitor(other.index));
    handles.push_back(other.monitor(victim.index));
    handles.push_back(victim.monitor(victim.index));
  }
  s.net.run_for(20ms);
  other.kill(victim.index);
  victim.kill(other.index, true);
  s.net.run_for(200ms);
  victim.monitor(victim.index);
  other.monitor(victim.index);
  victim.monitor(other.index);
}

// Then the queue's block is full, and what is said next needs another.
void fill_queue(Scene& s, Actor& victim, Actor& other) {
  s.net.cut(victim.process, other.process);
  for (int i = 0; i < 12; ++i) victim.send(other.index, 65'900);
  s.net.run_for(5ms);
  for (int i = 0; i < 12; ++i) victim.send(other.index, 65'900);
}

// Ports die that the other end watches.
void deaths(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  std::vector<int> ports;
  for (int i = 0; i < 40; ++i) {
    ports.push_back(s.oracle.add_port(victim.life, victim.id(), victim.node->port()));
    other.monitor(ports.back());
  }
  s.net.run_for(20ms);
  fill_queue(s, victim, other);
  s.refuse(victim);
  for (const int port : ports) {
    victim.kill(port);
    s.net.run_for(10us);
  }
  s.net.run_for(50ms);
  s.net.heal_all();
  s.net.run_for(2s);
  victim.process.fail_allocations(0, 0);
  for (const int port : ports) victim.kill(port);
}

void unmonitor(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  std::vector<Monitor> handles;
  for (int i = 0; i < 40; ++i) {
    const Port port = other.node->port([](Message) {});
    handles.push_back(victim.node->mon(port, [](Message reason) { FAIL() << reason.json(); }));
  }
  s.net.run_for(20ms);
  fill_queue(s, victim, other);
  s.refuse(victim);
  for (Monitor& handle : handles) victim.process.inside([&] { handle.cancel(); });
  s.net.heal_all();
  s.net.run_for(300ms);
  EXPECT_EQ(other.node->stats().watchers, 0u);
}

void call(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  s.refuse(victim);
  for (int i = 0; i < 3; ++i) {
    victim.call(other.index);
    other.call(victim.index);
    victim.call(victim.index);
  }
}

// Both watch each other and have something on the way when memory begins to be refused.
void refuse_in_talk(Scene& s, Actor& victim, Actor& other, int monitors) {
  for (int i = 0; i < monitors; ++i) {
    victim.monitor(other.index);
    other.monitor(victim.index);
  }
  s.net.run_for(20ms);
  s.refuse(victim);
  victim.send(other.index);
  other.send(victim.index);
}

void lose_link(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  refuse_in_talk(s, victim, other, 3);
  s.net.reset(victim.process, other.process);
}

void silence(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  victim.monitor(other.index);
  s.net.run_for(20ms);
  s.refuse(victim);
  s.net.cut(victim.process, other.process);
  s.net.run_for(2s);
  victim.send(other.index);
  s.net.heal_all();
}

void too_big(Scene& s, Actor& victim, Actor& other) {
  victim.node = std::make_unique<Node>(victim.process.loop());
  victim.node.reset();
  s.raise();
  s.refuse(victim);
  s.oracle.too_big(other.index);
  victim.monitor(other.index);
  victim.send(other.index);
  s.net.run_for(10ms);
  // Queued while there is no link, and larger than the other takes.
  victim.send(other.index, 299'000);
}

void idle(Scene& s, Actor& victim, Actor& other) {
  s.b->idle = s.a->idle = 60ms;
  s.raise();
  s.refuse(victim);
  s.net.run_for(2s);
  victim.send(other.index);
  other.send(victim.index);
}

void restart(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  victim.monitor(other.index);
  s.net.run_for(20ms);
  s.refuse(victim);
  s.oracle.end_life(other.life);
  other.process.crash();
  other.node.reset();
  auto next = std::make_unique<Actor>(s.net, s.oracle, other.id());
  next->start_surely();
  (&other == s.a.get() ? s.a : s.b) = std::move(next);
}

void leave(Scene& s, Actor& victim, Actor& other) {
  s.raise();
  refuse_in_talk(s, victim, other, 1);
  victim.end();
  s.net.run_for(3s);
}

void start(Scene& s, Actor& victim, Actor& other) {
  other.start_surely();
  s.victim = &victim;
  victim.process.fail_allocations(s.after, s.count);
  if (!victim.start()) return;
  s.oracle.memory_fails(victim.life);
  if (victim.configure()) victim.open();
}

// What was refused may have changed nothing: afterwards it works.
void finish(Scene& s, Actor& victim) {
  victim.process.fail_allocations(0, 0);
  if (victim.node == nullptr && victim.life < 0) {
    ASSERT_TRUE(victim.start());
  }
  if (victim.node != nullptr && !victim.port) {
    try {
      victim.node->configure(victim.config());
    } catch (const Error& e) {
      ASSERT_EQ(e.code(), Errc::already_configured);
    }
    victim.open();
  }
  s.net.run_for(4s);
  Actor& a = *s.a;
  Actor& b = *s.b;
  if (a.node == nullptr || b.node == nullptr) return;
  const std::uint64_t gaps = s.oracle.gaps;
  int probes[2];
  Actor* actors[] = {&a, &b};
  for (int i = 0; i < 2; ++i) {
    Actor& from = *actors[i];
    Actor& to = *actors[1 - i];
    const Port fresh = to.node->port();
    probes[i] = s.oracle.add_port(to.life, to.id(), fresh);
    to.equip_probe(fresh, probes[i]);
    from.monitor(probes[i]);
    for (int n = 0; n < 3; ++n) from.send(probes[i]);
  }
  const std::uint64_t before = s.oracle.remote_deliveries;
  s.net.run_for(2s);
  EXPECT_GE(s.oracle.remote_deliveries, before + 6) << "the network does not work again";
  EXPECT_EQ(s.oracle.gaps, gaps) << "a message was lost in peace";
  for (int i = 0; i < 2; ++i) actors[1 - i]->kill(probes[i], true);
  for (Actor* actor : actors) {
    if (!s.oracle.port(actor->index).dead) actor->kill(actor->index, true);
  }
  s.net.run_for(3s);
}

void after_end(Scene& s) {
  EXPECT_EQ(s.oracle.unanswered(), 0u) << "a call was not answered";
  for (std::size_t i = 0; i < s.oracle.monitors().size(); ++i) {
    const MonitorFacts& m = s.oracle.monitors()[i];
    if (!s.oracle.pending(static_cast<int>(i)) || !s.oracle.living(m.life)) continue;
    if (s.oracle.port(m.port).spawned) continue;
    ADD_FAILURE() << "monitor " << i << " of port " << m.port << " never fired";
  }
  for (auto* actor : {&s.a, &s.b}) (*actor)->end();
  s.net.run_for(4s);
  EXPECT_EQ(s.net.counts().descriptors, 0u);
  EXPECT_EQ(s.net.counts().connections, 0u);
}

struct Case {
  const char* name;
  Play play;
};

class MemoryTest : public testing::TestWithParam<Case> {};

TEST_P(MemoryTest, RefusedAtEveryPoint) {
  std::uint64_t refused_calls = 0, points = 0;
  for (const std::uint64_t count : {1u, 4u, 1000u}) {
    for (const bool first : {true, false}) {
      for (std::uint64_t k = 0;; ++k) {
        Scene scene(k + (first ? 0 : 1));
        scene.after = k;
        scene.count = count;
        Actor& victim = first ? *scene.a : *scene.b;
        Actor& other = first ? *scene.b : *scene.a;
        const std::string what = std::string(GetParam().name) + ", victim " + victim.id() +
                                 ", allocations from " + std::to_string(k) + ", " +
                                 std::to_string(count);
        SCOPED_TRACE(what);
        try {
          GetParam().play(scene, victim, other);
          scene.net.run_for(1s);
          const std::uint64_t refused = victim.process.refused_allocations();
          finish(scene, victim);
          after_end(scene);
          scene.check(what);
          refused_calls += victim.refused;
          if (refused == 0) break;
          ++points;
        } catch (const std::exception& e) {
          ADD_FAILURE() << e.what();
        }
        if (testing::Test::HasFailure()) return;
        ASSERT_LT(k, 5'000u);
      }
    }
  }
  std::printf("%s: %llu points, %llu calls refused\n", GetParam().name,
              static_cast<unsigned long long>(points),
              static_cast<unsigned long long>(refused_calls));
  EXPECT_GT(points, 0u) << "nothing was refused";
}

INSTANTIATE_TEST_SUITE_P(
    All, MemoryTest,
    testing::Values(Case{"start", start}, Case{"talk", talk}, Case{"talk_large", talk_large},
                    Case{"spawn", spawn}, Case{"watch_and_kill", watch_and_kill},
                    Case{"deaths", deaths}, Case{"unmonitor", unmonitor}, Case{"call", call},
                    Case{"lose_link", lose_link}, Case{"silence", silence},
                    Case{"too_big", too_big}, Case{"idle", idle}, Case{"restart", restart},
                    Case{"leave", leave}),
    [](const testing::TestParamInfo<Case>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace aemp::story
