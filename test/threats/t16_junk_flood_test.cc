// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T16: a flood of first messages of the right form that were made without the secret. Each is
// turned away before anything is computed with curves, and a link that exists does not notice.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "os/unix_host.h"
#include "support/cluster.h"
#include "support/message1.h"
#include "threats/crowd.h"

namespace aemp::threats {
namespace {

using namespace std::chrono_literals;
using remote::Member;
using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;

// Counts how often it is asked.
class CountedRandom final : public Random {
 public:
  explicit CountedRandom(Random& real) : real_(real) {}
  bool fill(std::span<std::uint8_t> out) override {
    ++asked;
    return real_.fill(out);
  }
  int asked = 0;

 private:
  Random& real_;
};

class ThreatT16JunkFlood : public testing::Test {
 protected:
  Config config(const std::string& id) const {
    Config c = remote::config(id, {"127.0.0.1:0"});
    c.insecure.reset();
    c.secret = secret;
    return c;
  }
  // Right but for its last bit.
  Bytes junk() {
    Bytes bytes = test::message1(config("stranger"), host->random());
    bytes.back() ^= 1;
    return bytes;
  }
  std::unique_ptr<SecureHandshake> handshake(Handshake::Role role, std::string id, Random& random) {
    HandshakeSetup setup;
    setup.own.node_id = std::move(id);
    setup.own.incarnation = role == Handshake::Role::initiator ? 1 : 2;
    return std::make_unique<SecureHandshake>(role, std::move(setup), credentials, random);
  }

  const std::string secret = generate_secret();
  const CredentialsRef credentials = credentials_of(config("any"));
  std::unique_ptr<Host> host = make_unix_host();
};

TEST_F(ThreatT16JunkFlood, NoCurveNoRandomByteAndNoAnswerIsSpentOnJunk) {
  CountedRandom random(host->random());
  Bytes out;
  for (int i = 0; i < 100; ++i) {
    const auto r = handshake(Handshake::Role::responder, "r", random);
    r->feed(junk());
    EXPECT_EQ(r->state(), Handshake::State::failed);
    r->take_output(out);
  }
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(random.asked, 0) << "an ephemeral key is made for those only that are answered";
  const auto r = handshake(Handshake::Role::responder, "r", random);
  r->feed(test::message1(config("honest"), host->random()));
  r->take_output(out);
  EXPECT_FALSE(out.empty());
  EXPECT_EQ(random.asked, 1);
}

// Figures only: what one junk message costs, beside the responder's side of a handshake.
TEST_F(ThreatT16JunkFlood, CostsAFractionOfAHandshake) {
  constexpr int kRounds = 200;
  Clock::duration rejecting{}, answering{};
  const Bytes bytes = junk();
  for (int i = 0; i < kRounds; ++i) {
    const auto begin = Clock::now();
    const auto r = handshake(Handshake::Role::responder, "r", host->random());
    r->feed(bytes);
    rejecting += Clock::now() - begin;
    ASSERT_EQ(r->state(), Handshake::State::failed);
  }
  for (int i = 0; i < kRounds; ++i) {
    Bytes first, second, third;
    const auto initiator = handshake(Handshake::Role::initiator, "i", host->random());
    initiator->take_output(first);
    const auto begin = Clock::now();
    const auto r = handshake(Handshake::Role::responder, "r", host->random());
    r->feed(first);
    r->take_output(second);
    answering += Clock::now() - begin;
    initiator->feed(second);
    ASSERT_EQ(initiator->state(), Handshake::State::hello);
    initiator->proceed(0);
    initiator->take_output(third);
    const auto again = Clock::now();
    r->feed(third);
    ASSERT_EQ(r->state(), Handshake::State::hello);
    r->accept(1);
    answering += Clock::now() - again;
  }
  const double junk_us = std::chrono::duration<double, std::micro>(rejecting).count() / kRounds;
  const double side_us = std::chrono::duration<double, std::micro>(answering).count() / kRounds;
  std::printf("T16: a junk message costs %.1f us, a handshake's side %.1f us: 1/%.1f\n", junk_us,
              side_us, side_us / junk_us);
}

TEST_F(ThreatT16JunkFlood, ALinkGoesOnAndEachIsCounted) {
  const ManyDescriptors many;
  Loop loop;
  Config c = config("server");
  c.limits.accept_rate = 50;
  c.limits.half_open_per_source = 16;
  Member server(loop, c);
  Config h = config("honest");
  h.seeds = server->binds();
  Member honest(loop, h);
  ASSERT_TRUE(loop.run_until([&] { return server.up("honest") && honest.up("server"); },
                             remote::kPatience));
  const Port echo = server->port([](Message) {});
  server->rcv(echo, "ping", [&](Port from, std::int64_t n) { server->snd(from, "pong", n); });
  std::int64_t sent = 0, heard = 0;
  const Port replies = honest->port([](Message) {});
  honest->rcv(replies, "pong", [&](std::int64_t n) { heard = n; });
  std::vector<double> quiet, flooded;
  const auto exchange = [&](std::vector<double>& times) {
    const auto begin = Clock::now();
    honest->snd(echo, "ping", replies, ++sent);
    ASSERT_TRUE(loop.run_until([&] { return heard == sent; }, remote::kPatience));
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  };
  constexpr int kRounds = 500, kPerRound = 10;
  for (int i = 0; i < kRounds; ++i) exchange(quiet);
  Crowd crowd(server->binds()[0]);
  const Bytes bytes = junk();
  std::uint32_t source = 0;
  const auto begin = Clock::now();
  for (int i = 0; i < kRounds; ++i) {
    for (int j = 0; j < kPerRound; ++j) {
      ASSERT_TRUE(crowd.add(source++ / 50, bytes)) << std::strerror(errno);
      if (crowd.size() > 200) crowd.drop_oldest();
    }
    exchange(flooded);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  EXPECT_TRUE(loop.run_until([&] { return server->stats().refused_failed == kRounds * kPerRound; },
                             remote::kPatience))
      << server->stats().refused_failed;
  const Stats stats = server->stats();
  EXPECT_EQ(stats.refused, stats.refused_failed);
  EXPECT_EQ(stats.links_lost, 0u);
  EXPECT_EQ(stats.links_up, 1u);
  const auto at = [](std::vector<double>& times, std::size_t percent) {
    std::sort(times.begin(), times.end());
    return times[times.size() * percent / 100];
  };
  std::printf(
      "T16: %.0f junk messages per second; echo p50 %.0f us, p99 %.0f us (quiet %.0f, %.0f)\n",
      kRounds * kPerRound / seconds, at(flooded, 50), at(flooded, 99), at(quiet, 50),
      at(quiet, 99));
}

}  // namespace
}  // namespace aemp::threats
