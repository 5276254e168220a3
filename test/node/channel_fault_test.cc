// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections that fail, in the simulator: while they are made, and afterwards.
#include <stdexcept>

#include "mesh/village.h"
#include "node/channel_world.h"

namespace aemp::channels {
namespace {

using village::Resident;
using village::Village;

struct Pair {
  explicit Pair(std::uint64_t seed = 1, std::chrono::nanoseconds idle = 300s) : v(seed) {
    v.settle("seed", {});
    for (const char* id : {"a", "b"}) {
      Config c = Village::config(id, {v.address(1)});
      c.link_idle = idle;
      v.settle(c);
    }
    b().node->define_channel("f", [this](Channel c) {
      ++calls;
      far.listen(c);
    });
  }
  Resident& a() { return v["a"]; }
  Resident& b() { return v["b"]; }
  bool connect() {
    a().node->connect_to("b", 10s, "f", near.note());
    // Each has heard the other: it is up for both.
    const bool up = v.until([&] { return near.ok && far.opened; });
    if (!up) return false;
    near.ear.channel.write("x");
    far.channel.write("y");
    return v.until([&] { return far.got == "x" && near.ear.got == "y"; });
  }
  bool both_closed(std::chrono::nanoseconds limit = 30s) {
    return v.until([&] { return !near.ear.closed.empty() && !far.closed.empty(); }, limit);
  }
  std::string told() { return a().told() + b().told(); }

  Village v;
  int calls = 0;
  Outcome near;
  Ear far;
};

TEST(ChannelFault, TheChannelOutlivesTheLinkOfItsNodes) {
  Pair p(1, 1s);
  ASSERT_TRUE(p.connect()) << p.told();
  ASSERT_TRUE(p.v.until([&] { return !p.a().up("b") && !p.b().up("a"); }, 60s)) << p.told();
  p.v.net.run_for(100s);
  p.near.ear.channel.write("still");
  EXPECT_TRUE(p.v.until([&] { return p.far.got == "xstill"; })) << p.told();
  EXPECT_FALSE(p.a().up("b"));
}

// Keys are renewed every ten minutes, and nothing but signs of life goes over it.
TEST(ChannelFault, AnIdleChannelLastsForADay) {
  Pair p;
  ASSERT_TRUE(p.connect()) << p.told();
  p.v.net.run_for(24h);
  ASSERT_TRUE(p.near.ear.channel.active()) << p.told();
  p.near.ear.channel.write("still");
  EXPECT_TRUE(p.v.until([&] { return p.far.got == "xstill"; })) << p.told();
}

TEST(ChannelFault, SilenceIsNoticedAsOnALink) {
  Pair p;
  ASSERT_TRUE(p.connect()) << p.told();
  p.v.net.cut(p.a().process, p.b().process);
  ASSERT_TRUE(p.both_closed(9s)) << p.told();
  EXPECT_EQ(p.near.ear.end().find(R"(["transport_error","b","silent for )"), 0u)
      << p.near.ear.end();
  EXPECT_EQ(p.far.end().find(R"(["transport_error","a","silent for )"), 0u) << p.far.end();
}

TEST(ChannelFault, AStoppedProcessIsNoticed) {
  Pair p;
  ASSERT_TRUE(p.connect()) << p.told();
  p.b().process.stop();
  ASSERT_TRUE(p.v.until([&] { return !p.near.ear.closed.empty(); }, 9s)) << p.told();
  p.b().process.cont();
  ASSERT_TRUE(p.v.until([&] { return !p.far.closed.empty(); }, 9s)) << p.told();
}

TEST(ChannelFault, ADeadProcessIsNoticed) {
  Pair p;
  ASSERT_TRUE(p.connect()) << p.told();
  p.b().process.crash();
  ASSERT_TRUE(p.v.until([&] { return !p.near.ear.closed.empty(); }, 1s)) << p.told();
  EXPECT_EQ(p.near.ear.end().find(R"(["transport_error","b",")"), 0u) << p.near.ear.end();
}

TEST(ChannelFault, AChannelThatNobodyReadsNoticesTheEndToo) {
  Pair p;
  p.b().node->define_channel("deaf", [&](Channel c) { p.far.channel = c; });
  Channel near;
  p.a().node->connect_to("b", 10s, "deaf", [&](Result<Channel> r) { near = *r; });
  ASSERT_TRUE(p.v.until([&] { return near.active() && p.far.channel.active(); }));
  near.cancel();
  EXPECT_TRUE(p.v.until([&] { return !p.far.channel.active(); }, 10s)) << p.told();
}

TEST(ChannelFault, WhoCancelsHearsNothingAndTheOtherEndThatItIsClosed) {
  Pair p;
  p.v.net.unruly(false);  // a socket may take a part of the last word only
  ASSERT_TRUE(p.connect()) << p.told();
  p.near.ear.channel.cancel();
  EXPECT_FALSE(p.near.ear.channel.active());
  ASSERT_TRUE(p.v.until([&] { return !p.far.closed.empty(); }, 1s)) << p.told();
  EXPECT_EQ(p.far.end(), R"(["closed","a","the other end has cancelled it"])");
  EXPECT_TRUE(p.near.ear.closed.empty());
}

TEST(ChannelFault, ANodeThatLeavesCancelsItsChannels) {
  Pair p;
  ASSERT_TRUE(p.connect()) << p.told();
  p.b().node->leave();
  ASSERT_TRUE(p.v.until([&] { return !p.near.ear.closed.empty(); }, 1s)) << p.told();
  EXPECT_EQ(p.near.ear.end(), R"(["closed","b","its node leaves"])");
  EXPECT_TRUE(p.far.closed.empty());
  EXPECT_FALSE(p.far.channel.active());
}

TEST(ChannelFault, AnExceptionOrTheDeathOfThePortCancels) {
  for (const char* target : {"a", "b"}) {
    for (const bool by_death : {false, true}) {
      Pair p;
      p.v.net.unruly(false);
      Ear far;
      p.v[target].node->define_channel("g", [&](Channel c) { far.listen(c); });
      Ear near;
      std::string death;
      const Port owner = p.a().node->port();
      p.a().node->mon(owner, [&](Message m) { death = m.json(); });
      p.a().node->peval(owner, [&] {
        p.a().node->connect_to(target, 10s, "g", [&](Result<Channel> r) {
          EXPECT_EQ(p.a().node->self(), owner);
          near.listen(*r);
          r->on_data([&](Channel::Bytes) {
            EXPECT_EQ(p.a().node->self(), owner);
            throw std::runtime_error("too much");
          });
        });
      });
      ASSERT_TRUE(p.v.until([&] { return near.opened && far.opened; })) << p.told();
      if (by_death) {
        p.a().node->kil(owner, "enough");
        ASSERT_TRUE(p.v.until([&] { return !death.empty(); }));
        EXPECT_TRUE(near.channel.active());
      }
      far.channel.write("x");
      ASSERT_TRUE(p.v.until([&] { return !far.closed.empty() && !death.empty(); })) << p.told();
      EXPECT_EQ(far.end(), R"(["closed","a","a callback of the other end failed"])");
      EXPECT_EQ(death, by_death ? R"(["enough"])" : R"(["die","too much"])");
      EXPECT_FALSE(near.channel.active());
    }
  }
}

TEST(ChannelFault, WhatTheFunctionThrowsCancelsAndIsLogged) {
  for (const char* target : {"a", "b"}) {
    Pair p;
    p.v[target].node->define_channel("bad", [](Channel) { throw std::runtime_error("no"); });
    p.a().node->connect_to(target, 10s, "bad", p.near.note());
    ASSERT_TRUE(p.v.until([&] { return !p.near.ear.closed.empty(); })) << p.told();
    EXPECT_EQ(p.near.ear.end(),
              "[\"closed\",\"" + std::string(target) + "\",\"the function for it failed\"]");
    EXPECT_EQ(p.v[target].logged("function for channels threw: no"), 1u) << p.told();
  }
}

TEST(ChannelFault, TheCallbackIsCalledOnceInItsContextAndKillsItsPort) {
  Pair p;
  std::string death;
  const Port owner = p.a().node->port();
  p.a().node->mon(owner, [&](Message m) { death = m.json(); });
  int called = 0;
  p.a().node->peval(owner, [&] {
    p.a().node->connect_to("b", 10s, "f", [&](Result<Channel>) {
      ++called;
      throw std::runtime_error("no use");
    });
  });
  ASSERT_TRUE(p.v.until([&] { return !death.empty(); }));
  EXPECT_EQ(death, R"(["die","no use"])");
  p.v.net.run_for(10s);
  EXPECT_EQ(called, 1);
  // Nobody has it, so it does not stay.
  EXPECT_FALSE(p.far.channel.active());
}

// At each point of the request the two nodes lose each other: the callback is called once, and the
// function not if it fails.
TEST(ChannelFault, NothingIsCalledThereOnFailureWheneverItComes) {
  int failed = 0, made = 0;
  for (int step = 0; step < 60; ++step) {
    for (const bool shy : {false, true}) {
      Village v(static_cast<std::uint64_t>(step) + 1);
      v.settle("seed", {});
      Resident& a = v.settle("a", {v.address(1)});
      Resident& b = shy ? v.settle_private("b", {v.address(1)}) : v.settle("b", {v.address(1)});
      int calls = 0;
      b.node->define_channel("f", [&](Channel) { ++calls; });
      a.node->snd(b.node->node_port(), "devnull");
      ASSERT_TRUE(v.until([&] { return a.up("b") && b.up("a"); }));
      Outcome near;
      a.node->connect_to("b", 5s, "f", near.note());
      for (int i = 0; i < step && v.net.step(10ms); ++i) {
      }
      if (step % 3 == 0) {
        v.net.cut(a.process, b.process);
      } else if (step % 3 == 1) {
        v.net.reset(a.process, b.process);
      } else {
        v.net.cut_one_way(b.process, a.process);
      }
      v.net.run_for(30s);
      EXPECT_EQ(near.called, 1) << step << a.told();
      EXPECT_LE(calls, near.ok ? 1 : 0) << step << a.told() << b.told();
      (near.ok ? made : failed) += 1;
      if (!near.ok) {
        EXPECT_NE(near.reason.find("b"), near.reason.npos) << near.reason;
      }
    }
  }
  EXPECT_GT(failed, 10);
  EXPECT_GT(made, 10);
}

// Of what one tells another to dial, one address leads nowhere and one to somebody else.
TEST(ChannelFault, TheNextAddressIsTriedAndWhoCannotBeReachedDials) {
  for (const bool dead_end : {false, true}) {
    Village v;
    v.settle("seed", {});
    Resident& a = v.settle("a", {v.address(1)});
    Config c = Village::config("b", {v.address(1)});
    c.advertise = {"10.9.9.9:4040", v.address(1)};
    if (!dead_end) c.advertise->push_back(v.address(3));
    Resident& b = v.settle(c);
    b.node->snd(a.port, "here I am");
    ASSERT_TRUE(v.until([&] { return a.up("b"); }));
    Ear far;
    b.node->define_channel("f", [&](Channel x) { far.listen(x); });
    Outcome near;
    a.node->connect_to("b", 20s, "f", near.note());
    ASSERT_TRUE(v.until([&] { return near.called == 1 && far.opened; })) << a.told() << b.told();
    EXPECT_TRUE(near.ok) << near.reason;
  }
}

TEST(ChannelFault, ATransferDoesNotDelayMessages) {
  Pair p;
  Mouth mouth;
  p.b().node->define_channel("pour", [&](Channel c) { mouth.pour(c, 200'000'000); });
  Ear near;
  std::chrono::nanoseconds sent{}, longest{};
  int pongs = 0;
  const Port echo = p.b().node->port([&](Port from) { p.b().node->snd(from, 1); });
  const Port back = p.a().node->port([&](int) {
    longest = std::max(longest, p.v.net.now() - sent);
    ++pongs;
    sent = p.v.net.now();
    p.a().node->snd(echo, p.a().node->self());
  });
  p.a().node->connect_to("b", 10s, "pour", [&](Result<Channel> r) { near.listen(*r, true); });
  sent = p.v.net.now();
  p.a().node->snd(echo, back);
  ASSERT_TRUE(p.v.until([&] { return near.count > 1'000'000; }));
  longest = {};
  pongs = 0;
  ASSERT_TRUE(p.v.until([&] { return pongs > 200; })) << near.count;
  EXPECT_LT(near.count, 200'000'000u) << "the transfer was over before";
  EXPECT_LT(longest, 5ms);
}

TEST(ChannelFault, OverQueueLimitItIsLost) {
  for (const char* target : {"b", "a"}) {
    Village v;
    v.settle("seed", {});
    Config c = Village::config("a", {v.address(1)});
    c.max_message = 100'000;
    c.queue_limit = 200'000;
    Resident& a = v.settle(c);
    v.settle("b", {v.address(1)});
    Ear far;
    v[target].node->define_channel("f", [&](Channel x) { far.channel = x; });
    Outcome near;
    a.node->connect_to(target, 10s, "f", near.note());
    ASSERT_TRUE(v.until([&] { return near.ok && far.channel.active(); }));
    EXPECT_FALSE(near.ear.channel.write(std::string(200'001, 'x')));
    EXPECT_TRUE(near.ear.channel.active());
    ASSERT_TRUE(v.until([&] { return !near.ear.closed.empty(); }));
    EXPECT_EQ(near.ear.end(), "[\"overrun\",\"" + std::string(target) +
                                  "\",\"more than queue_limit bytes were buffered\"]");
    EXPECT_TRUE(v.until([&] { return !far.channel.active(); }));
  }
}

// The n-th allocation of one of the two is refused, for each n there is.
TEST(ChannelFault, RefusedMemoryEndsItButNeverTwiceOrInSilence) {
  for (const bool there : {false, true}) {
    for (std::uint64_t n = 0;; ++n) {
      Pair p;
      p.a().node->snd(p.b().port, "up");
      ASSERT_TRUE(p.v.until([&] { return !p.b().heard.empty(); }));
      sim::Process& victim = there ? p.b().process : p.a().process;
      const std::size_t open = victim.open_descriptors();
      const std::uint64_t before = victim.refused_allocations();
      victim.fail_allocations(n);
      bool threw = false;
      try {
        p.a().process.inside([&] { p.a().node->connect_to("b", 5s, "f", p.near.note()); });
      } catch (const std::bad_alloc&) {
        threw = true;
      }
      p.v.until([&] { return threw || p.near.called == 1; });
      if (p.near.ok) {
        p.near.ear.channel.write("x");
        p.v.until([&] { return !p.far.got.empty() || !p.near.ear.closed.empty(); });
        p.near.ear.channel.close();
      }
      p.v.net.run_for(20s);
      const bool refused = victim.refused_allocations() != before;
      victim.fail_allocations(0, 0);
      EXPECT_EQ(p.near.called, threw ? 0 : 1) << n << p.told();
      if (!p.near.ok) {
        EXPECT_EQ(p.calls, 0) << n << p.told();
      } else if (p.near.ear.opened) {
        EXPECT_EQ(p.near.ear.closed.size(), 1u) << n << p.told();
      }
      EXPECT_FALSE(p.far.channel.active()) << n;
      EXPECT_LE(victim.open_descriptors(), open + 1) << n;
      // And it works again.
      p.near = Outcome();
      p.a().node->connect_to("b", 5s, "f", p.near.note());
      p.v.until([&] { return p.near.called == 1; });
      EXPECT_TRUE(p.near.ok) << n << p.near.reason << p.told();
      if (!refused) break;
      ASSERT_LT(n, 2000u);
    }
  }
}

}  // namespace
}  // namespace aemp::channels
