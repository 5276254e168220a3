// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Bytes that change on their way: that they do, what they do to links that are not encrypted, and
// that they do nothing to links that are, but end them.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "support/sanitized.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Pair(std::uint64_t seed, std::string bind, const std::string& secret)
      : net(seed), p(net), q(net), a(p.loop()), b(q.loop()) {
    const auto hear = [this](int, std::string_view line) { log.emplace_back(line); };
    logs[0] = a.on_log(hear);
    logs[1] = b.on_log(hear);
    a.configure(config("a", bind, {}, secret));
    b.configure(config("b", "unix:@b", {bind}, secret));
    EXPECT_TRUE(net.run_until([this] { return both_up(); }, 10s));
  }
  static Config config(std::string id, std::string bind, std::vector<std::string> seeds,
                       const std::string& secret) {
    Config c;
    c.nodeid = std::move(id);
    c.binds = std::vector<std::string>{std::move(bind)};
    c.seeds = std::move(seeds);
    c.connect_interval = 100ms;
    c.heartbeat_timeout = 2s;
    if (secret.empty()) {
      c.insecure = true;
    } else {
      c.secret = secret;
    }
    return c;
  }
  bool both_up() { return a.node_is_up("b").value_or(false) && b.node_is_up("a").value_or(false); }
  bool said(std::string_view part) const {
    return std::any_of(log.begin(), log.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  }

  sim::Network net;
  sim::Process p, q;
  Node a, b;
  std::vector<std::string> log;
  Registration logs[2];
};

// 32 zeros, as `aemp gensecret` prints them.
const std::string kSecret = "aemp-s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACm3h3a";
const std::string kBody(20'000, 'x');

// How many messages arrive as they were sent, and how many do not.
std::pair<int, int> arrivals(Pair& pair, std::uint64_t one_in, int messages) {
  int whole = 0, wrong = 0;
  const Port sink = pair.b.port([&](Message m) {
    const bool same = m.size() == 1 && m[0].get<std::string_view>() == kBody;
    ++(same ? whole : wrong);
  });
  pair.net.alter(pair.p, pair.q, one_in);
  for (int i = 0; i < messages; ++i) {
    pair.a.snd(sink, kBody);
    pair.net.run_for(1s);
  }
  return {whole, wrong};
}

TEST(SimAlter, WrongMessagesArriveOverPlainTcp) {
  Pair pair(1, "127.0.0.1:4001", "");
  const auto [whole, wrong] = arrivals(pair, 30'000, 100);
  EXPECT_GT(pair.net.counts().altered, 10u);
  EXPECT_GT(whole, 0);
  EXPECT_GT(wrong, 0);
}

TEST(SimAlter, NoWrongMessageArrivesOverEncryptedTcp) {
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 1 : 5); ++seed) {
    Pair pair(seed, "127.0.0.1:4001", kSecret);
    const auto [whole, wrong] = arrivals(pair, 30'000, 100);
    EXPECT_GT(pair.net.counts().altered, 10u);
    EXPECT_GT(whole, 0);
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(pair.a.stats().links_taken, 5u) << "links end when that happens, and others come";
    EXPECT_TRUE(pair.said("altered on its way"));
    pair.net.heal_all();
    EXPECT_TRUE(pair.net.run_until([&] { return pair.both_up(); }, 20s));
    const std::uint64_t before = pair.net.counts().altered;
    EXPECT_EQ(arrivals(pair, 0, 10).first, 10);
    EXPECT_EQ(pair.net.counts().altered, before);
  }
}

TEST(SimAlter, UnixSocketsAndTheOtherDirectionAreLeftAlone) {
  Pair local(1, "unix:@a", "");
  EXPECT_EQ(arrivals(local, 10, 20).first, 20);
  Pair tcp(1, "127.0.0.1:4001", "");
  tcp.net.alter(tcp.q, tcp.p, 1'000'000);
  EXPECT_EQ(arrivals(tcp, 0, 20).first, 20);
  EXPECT_EQ(local.net.counts().altered, 0u);
}

TEST(SimAlter, TheSeedSaysWhichBytes) {
  const auto history = [](std::uint64_t seed) {
    Pair pair(seed, "127.0.0.1:4001", kSecret);
    arrivals(pair, 5'000, 10);
    return pair.net.history();
  };
  EXPECT_EQ(history(3), history(3));
  EXPECT_NE(history(3), history(4));
}

}  // namespace
}  // namespace aemp
