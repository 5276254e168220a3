// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What strangers may cost a node: rates, blocks, X25519, and where they do not hold.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node/strangers.h"

namespace aemp::strangers {
namespace {

class StrangerRates : public World {};

TEST_F(StrangerRates, WithASecretAnHonestNodeGetsInWhereItsSourceIsOverTheRate) {
  limits.accept_rate = 1;
  limits.accept_burst = 5;
  start();
  Stranger bad(net, "site");
  dial(bad, 50);
  EXPECT_GT(stats().refused_rate, 40u);
  EXPECT_LE(stats().half_open, 5u);
  join("site");
  EXPECT_TRUE(comes_up());
  expect_sums();
}

TEST_F(StrangerRates, SuccessDoesNotCountAgainstTheRate) {
  with_key = true;
  limits.accept_rate = 1;
  limits.accept_burst = 1;
  start();
  for (int i = 0; i < 20; ++i) {
    join();
    ASSERT_TRUE(comes_up()) << i;
    honest.reset();
    ASSERT_TRUE(net.run_until([&] { return !up(); }, 1s));
  }
  EXPECT_EQ(stats().refused, 0u);
  Stranger bad(net, "home");
  dial(bad, 3);
  EXPECT_EQ(stats().refused_rate, 2u);
}

TEST_F(StrangerRates, WithoutASecretWhatIsOverTheRateIsClosedAtOnce) {
  with_key = true;
  limits.half_open_per_source = 1000;
  start();
  Stranger stranger(net);
  come_and_go(stranger, 210);
  EXPECT_EQ(stats().refused_rate, 10u);
  net.run_for(1s);
  come_and_go(stranger, 60);
  EXPECT_EQ(stats().refused_rate, 20u);
  EXPECT_EQ(stats().refused_lost, 250u);
  expect_sums();
}

TEST_F(StrangerRates, WithoutASecretASourceThatFailsTooOftenIsBlocked) {
  with_key = true;
  start();
  Stranger bad(net), other(net);
  dial(bad, 20, kJunk);
  EXPECT_EQ(stats().refused_failed, 20u);
  dial(bad, 1, kJunk);
  EXPECT_EQ(stats().refused_failed, 21u);
  const int fd = bad.dial(at);
  settle();
  EXPECT_TRUE(bad.closed(fd));
  EXPECT_EQ(stats().refused_blocked, 1u);
  const int of_other = other.dial(at);
  settle();
  EXPECT_FALSE(other.closed(of_other));
  net.run_for(9900ms);
  come_and_go(bad, 1);
  EXPECT_EQ(stats().refused_blocked, 2u);
  net.run_for(200ms);
  const int later = bad.dial(at);
  settle();
  EXPECT_FALSE(bad.closed(later));
  EXPECT_EQ(lines_with("are closed at once for 10000 ms"), 1);
  expect_sums();
}

TEST_F(StrangerRates, BlocksOfVeryManySourcesAreAFewLinesPerSecond) {
  with_key = true;
  limits.failures_per_minute = 2;
  start();
  for (int i = 0; i < 50; ++i) {
    Stranger bad(net);
    dial(bad, 4, kJunk);
  }
  EXPECT_EQ(stats().refused_blocked, 50u);
  EXPECT_EQ(lines_with("are closed at once for"), 10);
}

TEST_F(StrangerRates, BlocksAreAsSet) {
  with_key = true;
  limits.failures_per_minute = 2;
  limits.block_time = 1s;
  start();
  Stranger bad(net);
  dial(bad, 3, kJunk);
  bad.dial(at);
  settle();
  EXPECT_EQ(stats().refused_blocked, 1u);
  net.run_for(1s);
  bad.dial(at);
  settle();
  EXPECT_EQ(stats().refused_blocked, 1u);
}

TEST_F(StrangerRates, WithASecretNobodyIsBlocked) {
  start();
  Stranger bad(net, "site");
  dial(bad, 100, kJunk);
  EXPECT_EQ(stats().refused_failed, 100u);
  EXPECT_EQ(stats().refused_blocked, 0u);
  join("site");
  EXPECT_TRUE(comes_up());
}

TEST_F(StrangerRates, WithoutASecretTheNodeComputesForStrangersOnlySoMuch) {
  with_key = true;
  limits.x25519_rate = 3;
  start();
  std::vector<std::unique_ptr<Stranger>> strangers;
  for (int i = 0; i < 5; ++i) {
    strangers.push_back(std::make_unique<Stranger>(net));
    const int fd = dial(*strangers.back(), 1, message1())[0];
    EXPECT_EQ(strangers.back()->hear(fd).empty(), i >= 3) << i;
    EXPECT_EQ(strangers.back()->closed(fd), i >= 3) << i;
  }
  EXPECT_EQ(stats().refused_x25519, 2u);
  net.run_for(1s);
  join();
  EXPECT_TRUE(comes_up());
  expect_sums();
}

TEST_F(StrangerRates, TheBudgetIs500) {
  with_key = true;
  limits.accept_burst = 1000;
  limits.half_open = 1000;
  limits.half_open_per_source = 1000;
  start();
  Stranger stranger(net);
  const Bytes words = message1();
  std::vector<int> fds;
  for (int i = 0; i < 520; ++i) fds.push_back(stranger.dial(at));
  settle();
  for (const int fd : fds) stranger.say(fd, words);
  settle();
  EXPECT_GE(stats().refused_x25519, 15u);
  EXPECT_LE(stats().refused_x25519, 20u);
}

// A recorded first message, again and again.
TEST_F(StrangerRates, WithASecretReplaysCostOnlySoMuchToo) {
  limits.accept_burst = 2;
  limits.accept_rate = 1;
  limits.x25519_rate = 3;
  start();
  Stranger replayer(net);
  dial(replayer, 8, message1());
  EXPECT_EQ(stats().refused_x25519, 3u) << "two within the rate, three of the budget";
  EXPECT_EQ(stats().half_open, 5u);
}

TEST_F(StrangerRates, LoopbackAndUnixSocketsHaveNoneOfTheirOwn) {
  with_key = true;
  start({"127.0.0.1:4040", "unix:@server"});
  Stranger here(net, "server");
  dial(here, 40);
  EXPECT_EQ(stats().half_open, 40u);
  dial(here, 210, kJunk);
  at = node->binds()[1];
  dial(here, 40);
  dial(here, 210, kJunk);
  EXPECT_EQ(stats().refused, 420u);
  EXPECT_EQ(stats().refused_failed, 420u) << "they are counted";
  EXPECT_EQ(stats().half_open, 80u);
}

TEST_F(StrangerRates, LoopbackAndUnixSocketsHaveThoseThatAreSet) {
  with_key = true;
  for (const char* bind : {"127.0.0.1:4040", "unix:@server"}) {
    Stranger here(net, "server");
    limits = Limits();
    limits.half_open_per_source = 2;
    start({bind});
    dial(here, 5);
    EXPECT_EQ(stats().refused_source, 3u);
    limits = Limits();
    limits.accept_burst = 3;
    start({bind});
    come_and_go(here, 5);
    EXPECT_EQ(stats().refused_rate, 2u);
    limits = Limits();
    limits.failures_per_minute = 2;
    start({bind});
    dial(here, 3, kJunk);
    here.dial(at);
    settle();
    EXPECT_EQ(stats().refused_blocked, 1u);
    node.reset();
  }
}

TEST_F(StrangerRates, WhoHangsUpIsCountedApartAndNoFailure) {
  with_key = true;
  limits.failures_per_minute = 1;
  start();
  Stranger stranger(net);
  for (const int fd : dial(stranger, 10)) stranger.close(fd);
  settle();
  EXPECT_EQ(stats().refused_lost, 10u);
  EXPECT_EQ(stats().refused, 10u);
  stranger.dial(at);
  settle();
  EXPECT_EQ(stats().half_open, 1u);
}

TEST_F(StrangerRates, WhoIsNotNeededIsCountedApart) {
  start();
  sim::Process twin(net, "twin");
  join();
  ASSERT_TRUE(comes_up());
  Node second(twin.loop());
  const Registration quiet = second.on_log([](int, std::string_view) {});
  Config c = config("honest");
  c.seeds = {{at}};
  second.configure(c);
  EXPECT_TRUE(net.run_until([&] { return stats().refused_declined > 0; }, 10s));
  EXPECT_EQ(stats().refused, stats().refused_declined);
  expect_sums();
}

}  // namespace
}  // namespace aemp::strangers
