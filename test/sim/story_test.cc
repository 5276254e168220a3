// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A few of the stories that `make sim` plays by the thousand.
#include "sim/story.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "support/sanitized.h"

namespace aemp::story {
namespace {

// Under sanitizers a story takes ten times as long.
constexpr std::uint64_t kStep = kSanitized ? 3 : 1;

class StoryTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(StoryTest, HoldsAllInvariants) {
  std::uint64_t events = 0;
  for (std::uint64_t seed = GetParam(); seed < GetParam() + 10; seed += kStep) {
    const Outcome outcome = play(seed);
    for (const std::string& violation : outcome.violations) {
      ADD_FAILURE() << "seed " << seed << ": " << violation << "\nreplay: SEED=" << seed
                    << " make sim";
    }
    events += outcome.events;
  }
  EXPECT_GT(events, 1000u) << "next to nothing happened";
}

INSTANTIATE_TEST_SUITE_P(Seeds, StoryTest, testing::Range<std::uint64_t>(1, 100, 10));

TEST(Story, SameSeedSameHistory) {
  for (std::uint64_t seed = 201; seed < (kSanitized ? 203 : 221); ++seed) {
    const Outcome once = play(seed);
    const Outcome twice = play(seed);
    EXPECT_EQ(once.history, twice.history) << seed;
    EXPECT_EQ(once.events, twice.events) << seed;
    EXPECT_EQ(once.totals.table(), twice.totals.table()) << seed;
  }
}

TEST(Story, BeingToldChangesNothing) {
  std::size_t lines = 0;
  const Outcome quiet = play(301);
  const Outcome told = play(301, [&](const std::string&) { ++lines; });
  EXPECT_EQ(quiet.history, told.history);
  EXPECT_EQ(quiet.totals.table(), told.totals.table());
  EXPECT_GT(lines, 100u);
}

}  // namespace
}  // namespace aemp::story
