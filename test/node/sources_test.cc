// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What is remembered of the sources of connections.
#include "node/sources.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "node/token_bucket.h"

namespace aemp {
namespace {

using Verdict = Sources::Verdict;

Source source(const std::string& address) { return Source::of(*parse_address(address, 1)); }
Source numbered(unsigned n) {
  return Source::of(Address::tcp4(10, static_cast<std::uint8_t>(n >> 16),
                                  static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n),
                                  1));
}

TEST(TokenBucket, HoldsABurstAndFillsAtItsRate) {
  const auto rate = TokenBucket::Rate::of(10, kSecond, 3);
  TokenBucket bucket;
  Nanos now = 1000 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(rate, now)) << i;
  EXPECT_FALSE(bucket.take(rate, now));
  EXPECT_FALSE(bucket.take(rate, now + kSecond / 10 - 1));
  EXPECT_TRUE(bucket.take(rate, now + kSecond / 10));
  EXPECT_FALSE(bucket.take(rate, now + kSecond / 10));
  // However long nothing was taken, it holds no more than the burst.
  now += 3600 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(rate, now)) << i;
  EXPECT_FALSE(bucket.take(rate, now));
}

TEST(TokenBucket, WhatIsGivenBackCanBeTakenAgainButDoesNotOverflow) {
  const auto rate = TokenBucket::Rate::of(1, kSecond, 2);
  TokenBucket bucket;
  const Nanos now = kSecond;
  EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_TRUE(bucket.take(rate, now));
  bucket.give(rate);
  EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_FALSE(bucket.take(rate, now));
  for (int i = 0; i < 5; ++i) bucket.give(rate);
  EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_FALSE(bucket.take(rate, now));
}

TEST(TokenBucket, TakesTheLargestAndTheSmallestLimits) {
  const auto slow = TokenBucket::Rate::of(1, 60 * kSecond, 1'000'000);
  TokenBucket bucket;
  const Nanos now = 1'000'000 * kSecond;
  int taken = 0;
  while (taken < 2'000'000 && bucket.take(slow, now)) ++taken;
  EXPECT_EQ(taken, 1'000'000);
  const auto fast = TokenBucket::Rate::of(1'000'000, kSecond, 1);
  TokenBucket other;
  EXPECT_TRUE(other.take(fast, now));
  EXPECT_FALSE(other.take(fast, now + 999));
  EXPECT_TRUE(other.take(fast, now + 1000));
}

TEST(Sources, AreAddressesAndNetworksOfIpv6) {
  EXPECT_EQ(source("10.1.2.3:1"), source("10.1.2.3:2"));
  EXPECT_FALSE(source("10.1.2.3:1") == source("10.1.2.4:1"));
  EXPECT_EQ(source("[2001:db8:0:1::1]:1"), source("[2001:db8:0:1:ffff::2]:1"));
  EXPECT_FALSE(source("[2001:db8:0:1::1]:1") == source("[2001:db8:0:2::1]:1"));
  EXPECT_EQ(source("[::ffff:10.1.2.3]:1"), source("10.1.2.3:1"));
  EXPECT_EQ(source("unix:/a"), source("unix:@b"));
  EXPECT_EQ(source("10.1.2.3:7").str(), "10.1.2.3");
  EXPECT_EQ(source("[2001:db8:0:1::1]:7").str(), "[2001:db8:0:1::]/64");
  EXPECT_EQ(source("unix:/a").str(), "unix sockets");
  for (const char* nearby : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "unix:/a"}) {
    EXPECT_TRUE(source(nearby).nearby) << nearby;
  }
  EXPECT_FALSE(source("10.1.2.3:1").nearby);
}

class SourcesLimits : public testing::Test {
 protected:
  Verdict arrive(const Source& source, bool blocks = true) {
    return sources().arrived(source, blocks, now);
  }
  Sources& sources() {
    if (!made) made.emplace(limits, 42);
    return *made;
  }
  LinkLimits limits;
  std::optional<Sources> made;
  Nanos now = 1000 * kSecond;
  const Source one = numbered(1), two = numbered(2);
};

TEST_F(SourcesLimits, ARateForEach) {
  for (int i = 0; i < 200; ++i) EXPECT_EQ(arrive(one), Verdict::welcome) << i;
  EXPECT_EQ(arrive(one), Verdict::over_rate);
  EXPECT_EQ(arrive(two), Verdict::welcome);
  now += kSecond;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(arrive(one), Verdict::welcome) << i;
  EXPECT_EQ(arrive(one), Verdict::over_rate);
}

TEST_F(SourcesLimits, OtherRatesAreObeyed) {
  limits.accept_rate = 2;
  limits.accept_burst = 3;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(arrive(one), Verdict::welcome) << i;
  EXPECT_EQ(arrive(one), Verdict::over_rate);
  now += kSecond / 2;
  EXPECT_EQ(arrive(one), Verdict::welcome);
  EXPECT_EQ(arrive(one), Verdict::over_rate);
}

TEST_F(SourcesLimits, WhoBelongsHereDoesNotCount) {
  limits.accept_burst = 1;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(arrive(one), Verdict::welcome) << i;
    sources().succeeded(one);
  }
  EXPECT_EQ(arrive(one), Verdict::welcome);
  EXPECT_EQ(arrive(one), Verdict::over_rate);
}

TEST_F(SourcesLimits, TooManyFailuresBlockForAWhile) {
  limits.accept_burst = 1000;
  arrive(one);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(sources().failed(one, now)) << i;
  EXPECT_EQ(arrive(one), Verdict::welcome);
  EXPECT_TRUE(sources().failed(one, now));
  EXPECT_FALSE(sources().failed(one, now)) << "told once";
  EXPECT_EQ(arrive(one), Verdict::blocked);
  EXPECT_EQ(arrive(one, false), Verdict::welcome) << "where blocks do not count";
  EXPECT_EQ(arrive(two), Verdict::welcome);
  now += 10 * kSecond - 1;
  EXPECT_EQ(arrive(one), Verdict::blocked);
  now += 1;
  EXPECT_EQ(arrive(one), Verdict::welcome);
}

TEST_F(SourcesLimits, FailuresThatAreRareEnoughDoNotBlock) {
  limits.failures_per_minute = 6;
  arrive(one);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_FALSE(sources().failed(one, now)) << i;
    now += 10 * kSecond;
  }
}

TEST_F(SourcesLimits, OtherBlocksAreObeyed) {
  limits.failures_per_minute = 2;
  limits.block_time = 3 * kSecond;
  arrive(one);
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(sources().failed(one, now));
  EXPECT_TRUE(sources().failed(one, now));
  now += 3 * kSecond - 1;
  EXPECT_EQ(arrive(one), Verdict::blocked);
  now += 1;
  EXPECT_EQ(arrive(one), Verdict::welcome);
}

TEST_F(SourcesLimits, NearbySourcesHaveNoneUnlessSet) {
  for (const char* address : {"127.0.0.1:1", "[::1]:1", "unix:/a"}) {
    const Source nearby = source(address);
    for (int i = 0; i < 1000; ++i) {
      ASSERT_EQ(arrive(nearby), Verdict::welcome);
      ASSERT_FALSE(sources().failed(nearby, now));
    }
    EXPECT_FALSE(sources().limits_half_open(nearby));
  }
  EXPECT_TRUE(sources().limits_half_open(one));
}

TEST_F(SourcesLimits, NearbySourcesHaveThoseThatAreSet) {
  limits.local_accept = limits.local_failures = limits.local_half_open = true;
  limits.accept_burst = 2;
  limits.failures_per_minute = 1;
  const Source nearby = source("127.0.0.1:1");
  EXPECT_EQ(arrive(nearby), Verdict::welcome);
  EXPECT_EQ(arrive(nearby), Verdict::welcome);
  EXPECT_EQ(arrive(nearby), Verdict::over_rate);
  EXPECT_FALSE(sources().failed(nearby, now));
  EXPECT_TRUE(sources().failed(nearby, now));
  EXPECT_EQ(arrive(nearby), Verdict::blocked);
  EXPECT_TRUE(sources().limits_half_open(nearby));
}

// A whole network of sources: the table does not grow, and whoever is blocked is forgotten last.
TEST_F(SourcesLimits, VeryManySourcesPushOutTheSilentOnesFirst) {
  limits.failures_per_minute = 1;
  limits.block_time = 3600 * kSecond;
  arrive(one);
  sources().failed(one, now);
  EXPECT_TRUE(sources().failed(one, now));
  for (unsigned i = 0; i < 100 * Sources::kEntries; ++i) {
    now += kMicrosecond;
    ASSERT_EQ(arrive(numbered(1000 + i)), Verdict::welcome);
  }
  EXPECT_EQ(arrive(one), Verdict::blocked);
  limits.accept_burst = 1;
  made.emplace(limits, 42);
  EXPECT_EQ(arrive(two), Verdict::welcome);
  EXPECT_EQ(arrive(two), Verdict::over_rate);
  for (unsigned i = 0; i < 100 * Sources::kEntries; ++i) {
    now += 1;
    arrive(numbered(1000 + i));
  }
  EXPECT_EQ(arrive(two), Verdict::welcome) << "forgotten";
}

TEST_F(SourcesLimits, MostOfAThousandSourcesAreRemembered) {
  limits.accept_burst = 1;
  for (unsigned i = 0; i < Sources::kEntries / 2; ++i) arrive(numbered(i));
  unsigned remembered = 0;
  for (unsigned i = 0; i < Sources::kEntries / 2; ++i) {
    remembered += arrive(numbered(i)) == Verdict::over_rate;
  }
  EXPECT_GT(remembered, Sources::kEntries / 2 * 9 / 10);
}

}  // namespace
}  // namespace aemp
