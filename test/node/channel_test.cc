// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections in the simulator: who can make one to whom, and what they carry.
#include "mesh/village.h"
#include "node/channel_world.h"

namespace aemp::channels {
namespace {

using village::Resident;
using village::Village;

// Answers what it is told, and ends with the other end.
void serve_echo(Node& node, Ear& ear, int& calls) {
  node.define_channel("echo", [&](Channel c, std::string word, int n) {
    ++calls;
    c.write(word + std::to_string(n));
    ear.listen(c);
    c.on_data([c](Channel::Bytes bytes) { c.write(bytes); });
  });
}

void exchange(Village& v, Resident& from, Resident& to) {
  Ear far;
  int calls = 0;
  serve_echo(*to.node, far, calls);
  Outcome near;
  from.node->connect_to(to.node->id(), 10s, "echo", "hello", 7, near.note());
  ASSERT_TRUE(v.until([&] { return near.called == 1; })) << from.told() << to.told();
  ASSERT_TRUE(near.ok) << near.reason << from.told() << to.told();
  EXPECT_EQ(near.ear.channel.node(), to.node->id());
  near.ear.channel.write(", you");
  ASSERT_TRUE(v.until([&] { return near.ear.got == "hello7, you"; })) << near.ear.got << to.told();
  EXPECT_EQ(far.channel.node(), from.node->id());
  near.ear.channel.close();
  ASSERT_TRUE(v.until([&] { return !near.ear.closed.empty() && !far.closed.empty(); }))
      << from.told() << to.told();
  EXPECT_EQ(near.ear.end(), "[]");
  EXPECT_EQ(far.end(), "[]");
  EXPECT_FALSE(near.ear.channel.active());
  EXPECT_FALSE(near.ear.channel.write("x"));
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(near.called, 1);
}

TEST(Channel, ToAnotherNode) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  exchange(v, a, b);
  exchange(v, b, a);
  exchange(v, v["seed"], a);
}

TEST(Channel, FromAPrivateNodeAndToOneThatDialsBack) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& shy = v.settle_private("shy", {v.address(1)});
  exchange(v, shy, a);
  exchange(v, a, shy);
  EXPECT_EQ(a.node->stats().links_up, 2u);
}

TEST(Channel, ToOneself) {
  Village v;
  Resident& a = v.settle("a", {});
  exchange(v, a, a);
}

// What the caller hears, once; nothing is called there.
std::string refusal(Village& v, Resident& from, std::string_view node, std::string_view function,
                    auto... args) {
  Outcome near;
  from.node->connect_to(node, 5s, function, args..., near.note());
  EXPECT_TRUE(v.until([&] { return near.called == 1; })) << from.told();
  v.net.run_for(10s);
  EXPECT_EQ(near.called, 1);
  EXPECT_FALSE(near.ok);
  return near.reason;
}

TEST(Channel, IsCountedInTheFigures) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  EXPECT_EQ(a.node->stats().channels, 0u);
  Ear far;
  int calls = 0;
  serve_echo(*b.node, far, calls);
  Outcome near;
  a.node->connect_to("b", 10s, "echo", "hello", 7, near.note());
  ASSERT_TRUE(v.until([&] { return near.ok; }));
  near.ear.channel.write(", you");
  ASSERT_TRUE(v.until([&] { return near.ear.got == "hello7, you"; }));
  Stats of_a = a.node->stats(), of_b = b.node->stats();
  EXPECT_EQ(of_a.channels, 1u);
  EXPECT_EQ(of_b.channels, 1u);
  EXPECT_EQ(of_a.channel_bytes_out, 5u);
  EXPECT_EQ(of_a.channel_bytes_in, 11u);
  EXPECT_EQ(of_b.channel_bytes_out, 11u);
  EXPECT_EQ(of_b.channel_bytes_in, 5u);
  near.ear.channel.close();
  ASSERT_TRUE(v.until([&] { return !near.ear.closed.empty() && !far.closed.empty(); }));
  EXPECT_EQ(a.node->stats().channels, 0u);
  EXPECT_EQ(b.node->stats().channels, 0u);
  // Within one node: both ends.
  Outcome own;
  b.node->connect_to("b", 10s, "echo", "", 1, own.note());
  ASSERT_TRUE(v.until([&] { return own.ear.got == "1"; }));
  EXPECT_EQ(b.node->stats().channels, 2u);
  EXPECT_EQ(b.node->stats().channel_bytes_in, 6u);
  EXPECT_EQ(a.node->stats().channel_bytes_in, 11u);
}

TEST(Channel, WhatCannotBeCalledIsToldInASentence) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Resident& b = v.settle("b", {v.address(1)});
  // That node has nothing to do with channels yet.
  EXPECT_EQ(refusal(v, a, "b", "f"),
            R"(["die","channel 'f' of node b: that node has no functions for channels"])");
  int calls = 0;
  b.node->define_channel("f", [&](Channel, int, std::optional<std::string>) { ++calls; });
  EXPECT_EQ(refusal(v, a, "b", "g"), R"(["die","channel 'g' of node b is not defined"])");
  EXPECT_EQ(refusal(v, a, "b", "f", "text"),
            R"(["die","channel 'f' of node b does not take these arguments"])");
  EXPECT_EQ(refusal(v, a, "b", "f"),
            R"(["die","channel 'f' of node b does not take these arguments"])");
  EXPECT_EQ(refusal(v, b, "b", "f", 1, 2),
            R"(["die","channel 'f' of node b does not take these arguments"])");
  EXPECT_EQ(refusal(v, b, "b", "g"), R"(["die","channel 'g' of node b is not defined"])");
  EXPECT_EQ(refusal(v, a, "nobody", "f"),
            R"(["timeout","no data connection to node nobody within 5000 ms"])");
  EXPECT_EQ(calls, 0);
  Outcome fine;
  a.node->connect_to(b.port, 5s, "f", 1, "two", fine.note());
  ASSERT_TRUE(v.until([&] { return fine.ok && calls == 1; }));
}

TEST(Channel, ASecureNodeRefusesOthersButNotItself) {
  Village v;
  v.settle("seed", {});
  Resident& a = v.settle("a", {v.address(1)});
  Config c = Village::config("b", {v.address(1)});
  c.secure = true;
  Resident& b = v.settle(c);
  int calls = 0;
  b.node->define_channel("f", [&](Channel) { ++calls; });
  EXPECT_EQ(refusal(v, a, "b", "f"),
            R"(["refused","channel 'f' of node b may not be made from other nodes"])");
  EXPECT_EQ(calls, 0);
  Outcome own;
  b.node->connect_to("b", 5s, "f", own.note());
  ASSERT_TRUE(v.until([&] { return own.ok && calls == 1; }));
}

TEST(Channel, MisuseThrowsAndChangesNothing) {
  Village v;
  Resident& a = v.settle("a", {});
  const auto code = [](auto&& f) {
    try {
      f();
    } catch (const Error& e) {
      return e.code();
    }
    return Errc::system;
  };
  Node& n = *a.node;
  const auto f = [](Channel) {};
  const auto cb = [](Result<Channel>) { ADD_FAILURE(); };
  EXPECT_EQ(code([&] { n.define_channel("aemp.x", f); }), Errc::reserved_name);
  EXPECT_EQ(code([&] { n.define_channel("snd", f); }), Errc::reserved_name);
  EXPECT_EQ(code([&] { n.define_channel("", f); }), Errc::bad_name);
  EXPECT_EQ(code([&] { n.define_channel("f", std::function<void(Channel)>()); }), Errc::bad_value);
  EXPECT_EQ(code([&] { n.connect_to("a", 1s, "", cb); }), Errc::bad_name);
  EXPECT_EQ(code([&] { n.connect_to("not a name", 1s, "f", cb); }), Errc::bad_name);
  EXPECT_EQ(code([&] { n.connect_to("a", 1s, "f", std::function<void(Result<Channel>)>()); }),
            Errc::bad_value);
  EXPECT_EQ(code([&] { n.connect_to("b", 1s, "f", std::string(17 << 20, 'x'), cb); }),
            Errc::too_big);
  EXPECT_EQ(code([&] { Channel().fd({}); }), Errc::bad_value);
  v.net.run_for(5s);
  EXPECT_EQ(n.stats().ports, 1u);
}

// In both directions at once, over a slow path, read and written in pieces of any size.
void transfer(Village& v, Resident& a, Resident& b, std::uint64_t bytes) {
  Mouth there, here;
  Ear far, near;
  b.node->define_channel("pour", [&](Channel c, std::uint64_t n) {
    far.listen(c, true);
    far.listen_to_end();
    there.pour(c, n);
  });
  a.node->connect_to(b.node->id(), 10s, "pour", bytes, [&](Result<Channel> r) {
    ASSERT_TRUE(r.ok()) << r.reason().json();
    near.listen(*r, true);
    near.listen_to_end();
    here.pour(*r, bytes);
  });
  ASSERT_TRUE(v.until([&] { return !near.closed.empty() && !far.closed.empty(); }, 300s))
      << near.count << " " << far.count << a.told() << b.told();
  for (const Ear* ear : {&near, &far}) {
    EXPECT_EQ(ear->count, bytes);
    EXPECT_TRUE(ear->right);
    EXPECT_EQ(ear->ends, 1);
    EXPECT_EQ(ear->end(), "[]");
  }
  // 1 MiB, the mark, and a piece and a block more.
  for (const Mouth* mouth : {&here, &there}) EXPECT_LT(mouth->most, (1u << 20) + 250'000);
}

TEST(Channel, MuchInBothDirectionsArrivesAsItWasWritten) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Village v(seed);
    v.settle("seed", {});
    Resident& a = v.settle("a", {v.address(1)});
    Resident& b = v.settle("b", {v.address(1)});
    transfer(v, a, b, 5'000'000);
    transfer(v, a, a, 5'000'000);
  }
}

TEST(Channel, ASlowReaderHoldsTheWriter) {
  for (const char* target : {"b", "a"}) {
    Village v;
    v.settle("seed", {});
    Resident& a = v.settle("a", {v.address(1)});
    v.settle("b", {v.address(1)});
    Mouth mouth;
    Ear near;
    v[target].node->define_channel("pour", [&](Channel c) { mouth.pour(c, 20'000'000); });
    a.node->connect_to(target, 10s, "pour", [&](Result<Channel> r) {
      near.listen(*r, true);
      r->pause();
    });
    ASSERT_TRUE(v.until([&] { return mouth.said > 0; }));
    v.net.run_for(60s);
    EXPECT_EQ(near.count, 0u);
    const std::uint64_t stuck = mouth.said;
    EXPECT_LT(stuck, 8'000'000u) << "the network's buffers, and 1 MiB";
    EXPECT_TRUE(near.channel.active());
    near.channel.resume();
    v.net.run_for(10ms);
    near.channel.pause();
    v.net.run_for(60s);
    near.channel.resume();
    ASSERT_TRUE(v.until([&] { return !near.closed.empty(); }, 300s)) << a.told();
    EXPECT_EQ(near.count, 20'000'000u);
    EXPECT_TRUE(near.right);
    EXPECT_EQ(near.end(), "[]");
  }
}

}  // namespace
}  // namespace aemp::channels
