// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// T15: thousands of connections that say nothing, or next to nothing, and go on coming; an honest
// node gets in among them, and they cost next to no memory.
#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "support/cluster.h"
#include "threats/child.h"
#include "threats/crowd.h"

namespace aemp::threats {
namespace {

using namespace std::chrono_literals;
using remote::Member;

constexpr std::size_t kWanted = 5000;
constexpr std::uint32_t kPerSource = 20;
constexpr std::uint8_t kWord[] = {'A'};

class ThreatT15SilentConnections : public testing::TestWithParam<bool> {
 protected:
  bool with_key() const { return GetParam(); }
  Config config(const std::string& id) {
    Config c = remote::config(id, {"127.0.0.1:0"});
    c.insecure.reset();
    if (with_key()) {
      c.key = id == "server" ? server_key : honest_key;
      c.allow = {{public_key(server_key) + " server", public_key(honest_key) + " honest"}};
    } else {
      c.secret = secret;
    }
    return c;
  }
  // Every second one is not even heard of by the node where the kernel waits for a first byte.
  bool add(Crowd& crowd) {
    const std::uint32_t i = next++;
    return crowd.add(i / kPerSource, std::span(kWord).first(i % 2));
  }

  const std::string secret = generate_secret();
  const std::string server_key = generate_key(), honest_key = generate_key();
  std::uint32_t next = 0;
};

INSTANTIATE_TEST_SUITE_P(With, ThreatT15SilentConnections, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Keys" : "Secret"; });

TEST_P(ThreatT15SilentConnections, AnHonestNodeJoinsAmongThem) {
  const ManyDescriptors many;
  const std::size_t count = std::min(kWanted, many.count() - many.count() / 4 - 600);
  Loop loop;
  Config c = config("server");
  c.limits.half_open_per_source = 16;
  c.limits.accept_rate = 50;
  c.limits.failures_per_minute = 20;
  Member server(loop, c);
  remote::settle(loop);
  const std::size_t before = remote::resident_bytes();
  Crowd crowd(server->binds()[0]);
  std::size_t most = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASSERT_TRUE(add(crowd)) << i << ": " << std::strerror(errno);
    if (i % 50 == 0) remote::settle(loop);
    most = std::max<std::size_t>(most, server->stats().half_open);
  }
  remote::settle(loop);
  most = std::max<std::size_t>(most, server->stats().half_open);
  const std::size_t after = remote::resident_bytes();

  // It knocks while the others go on.
  const auto begin = std::chrono::steady_clock::now();
  Config h = config("honest");
  h.seeds = server->binds();
  Member honest(loop, h);
  const bool joined = loop.run_until(
      [&] {
        if (server.up("honest") && honest.up("server")) return true;
        for (int i = 0; i < 5; ++i) {
          crowd.drop_oldest();
          add(crowd);
        }
        return false;
      },
      remote::kPatience);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(joined) << honest.log.all();
  const Stats stats = server->stats();
  EXPECT_LE(most, 256u);
  EXPECT_GT(stats.refused_crowded + stats.refused_source, count / 4);
  EXPECT_EQ(stats.accepted, stats.refused + stats.half_open + stats.links_taken);
  EXPECT_EQ(stats.links_lost, 0u);
  const std::size_t growth = after > before ? after - before : 0;
  if (!kSanitized) {
    EXPECT_LT(growth, 8u << 20);
  }
  std::printf(
      "T15 %s: %zu silent connections, at most %zu half open; joined in %.1f ms; RSS grew by %zu "
      "KiB\n",
      with_key() ? "keys" : "secret", count, most, took.count(), growth >> 10);
}

// The strangers are another process, and this one has few descriptors; whoever is closed for a new
// one leaves a low number free.
TEST(ThreatT15Descriptors, AQuarterIsLeft) {
  Loop loop;
  const std::string secret = generate_secret();
  const auto config = [&](const std::string& id) {
    Config c = remote::config(id, {"127.0.0.1:0"});
    c.insecure.reset();
    c.secret = secret;
    return c;
  };
  Member server(loop, config("server"));
  const std::string address = server->binds()[0];
  threat::Child crowd([&] {
    Crowd silent(address);
    for (std::uint32_t i = 0; i < 200 && silent.add(i, kWord); ++i) {
    }
    pause();
    return std::string();
  });
  const FewDescriptors few(80);
  EXPECT_TRUE(loop.run_until([&] { return server->stats().accepted == 200; }, remote::kPatience));
  EXPECT_EQ(few.open(), few.count() - few.count() / 4);
  EXPECT_EQ(server.log.count(2, "cannot accept"), 0) << server.log.all();
  Config h = config("honest");
  h.private_node();
  h.seeds = {{address}};
  Member honest(loop, h);
  EXPECT_TRUE(loop.run_until([&] { return honest.up("server"); }, remote::kPatience));
  kill(crowd.pid(), SIGTERM);
}

}  // namespace
}  // namespace aemp::threats
