// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Nodes that leave while a lot is under way in both directions, over real sockets.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "support/cluster.h"

namespace aemp::remote {
namespace {

// Together more than the sockets take ahead of their readers.
constexpr int kMessages = 400;
constexpr std::size_t kBytes = 20'000;

class RemoteLeave : public testing::TestWithParam<const char*> {
 protected:
  std::string bind() const { return GetParam()[0] == '\0' ? unix_name() : GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Over, RemoteLeave, testing::Values("", "127.0.0.1:0"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Unix" : "Tcp4");
                         });

// A port of b for numbered messages, and whether they came whole and in order.
struct Receiver {
  explicit Receiver(Member& b)
      : port(b->port([this](int n, std::string_view text) {
          good = good && n == next++ && text.size() == kBytes;
        })) {}
  int next = 0;
  bool good = true;
  Port port;
};

TEST_P(RemoteLeave, UnreadInputOnBothSidesLosesNothingThatWasSentBefore) {
  Loop loop;
  Member b(loop, config("b", {bind()}));
  Member a(loop, config("a", {}, {b->binds()[0]}));
  ASSERT_TRUE(loop.run_until([&] { return a.up("b") && b.up("a"); }, kPatience));
  Receiver at_b(b), at_c(b);
  const Port home = a->port([](Message) {});
  b.watch(home, "mon");
  const std::string text(kBytes, 'x');
  for (int i = 0; i < kMessages; ++i) {
    b->snd(home, i, text);
    a->snd(at_b.port, i, text);
    // So that the sockets are full in both directions when it leaves.
    if (i == kMessages / 2) loop.run_once(0ms);
  }
  a.leave();
  b->snd(home, "in vain");
  ASSERT_TRUE(loop.run_until([&] { return b.count("down") == 1; }, kPatience)) << b.told();
  EXPECT_EQ(at_b.next, kMessages);
  EXPECT_TRUE(at_b.good);
  EXPECT_EQ(b.count("mon [\"transport_error\",\"a\",\"left the network\"]"), 1u) << b.told();
  EXPECT_EQ(b.count("down a [\"transport_error\",\"a\",\"left the network\"]"), 1u) << b.told();
  EXPECT_LT(b.find("mon"), b.find("down"));
}

// Neither waits for the other, and a third one gets what both of them sent.
TEST_P(RemoteLeave, OfBothEndsAtOnceLosesNothingElsewhere) {
  Loop loop;
  Member c(loop, config("c", {bind()}));
  Member b(loop, config("b", {bind()}, {c->binds()[0]}));
  Config all = config("a", {bind()}, {b->binds()[0], c->binds()[0]});
  all.global = true;
  Member a(loop, all);
  ASSERT_TRUE(
      loop.run_until([&] { return a.up("b") && b.up("a") && c.up("a") && c.up("b"); }, kPatience));
  Receiver of_a(c), of_b(c);
  const Port at_a = a->port([](Message) {}), at_b = b->port([](Message) {});
  const std::string text(kBytes, 'x');
  for (int i = 0; i < kMessages / 4; ++i) {
    a->snd(at_b, i, text), b->snd(at_a, i, text);
    a->snd(of_a.port, i, text), b->snd(of_b.port, i, text);
  }
  a.leave();
  b.leave();
  ASSERT_TRUE(loop.run_until([&] { return c.count("down") == 2; }, kPatience)) << c.told();
  EXPECT_EQ(of_a.next, kMessages / 4);
  EXPECT_EQ(of_b.next, kMessages / 4);
  EXPECT_TRUE(of_a.good && of_b.good);
}

class RemoteLeaveThread : public RemoteLeave {};
INSTANTIATE_TEST_SUITE_P(Over, RemoteLeaveThread, testing::Values("", "127.0.0.1:0"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Unix" : "Tcp4");
                         });

// As a program does that sends something and ends: node and loop go right after the last send.
TEST_P(RemoteLeaveThread, AProgramThatSendsAndEndsLosesNothing) {
  Loop loop;
  Member b(loop, config("b", {bind()}));
  Receiver at_b(b);
  const std::string name = at_b.port.str(), seed = b->binds()[0];
  std::thread program([&] {
    Loop own;
    Node a(own);
    a.configure(config("a", {}, {seed}));
    const Port to = *Port::parse(name);
    const std::string text(kBytes, 'x');
    const auto up = [&] { return a.node_is_up("b").value_or(false); };
    EXPECT_TRUE(own.run_until(up, kPatience));
    for (int i = 0; i < kMessages; ++i) a.snd(to, i, text);
  });
  const bool down = loop.run_until([&] { return b.count("down") == 1; }, kPatience);
  program.join();
  EXPECT_TRUE(down) << b.told();
  EXPECT_EQ(at_b.next, kMessages);
  EXPECT_TRUE(at_b.good);
  EXPECT_EQ(b.count("down a [\"transport_error\",\"a\",\"left the network\"]"), 1u) << b.told();
}

}  // namespace
}  // namespace aemp::remote
