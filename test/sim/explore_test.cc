// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/explore.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/sanitized.h"

namespace aemp::story {
namespace {

TEST(Explore, MeetingOfTwoNodesInEveryOrder) {
  std::size_t smaller = 0;
  for (const std::uint64_t seed : {1u, 5u}) {
    Exploration what;
    what.seed = seed;
    if (kSanitized) what.depth = 8;
    const Explored found = explore(what);
    for (const std::string& violation : found.violations) ADD_FAILURE() << violation;
    EXPECT_TRUE(found.complete);
    EXPECT_GT(found.runs, kSanitized ? 100u : 1000u);
    smaller += found.a_smaller ? 1 : 0;
  }
  EXPECT_EQ(smaller, 1u) << "each must have the smaller incarnation once";
}

class ExploreFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(ExploreFaultTest, AtAnyPointOfTheMeeting) {
  for (const std::uint64_t seed : {1u, 5u}) {
    Exploration what;
    what.fault = GetParam();
    what.seed = seed;
    what.depth = 6;
    const Explored found = explore(what);
    for (const std::string& violation : found.violations) ADD_FAILURE() << violation;
    EXPECT_TRUE(found.complete);
    EXPECT_GT(found.runs, 100u);
  }
}

std::string name_of(const testing::TestParamInfo<Fault>& info) {
  const char* const names[] = {"None", "Reset", "OneWayReset", "Crash", "Vanish", "Cut", "Leave"};
  return names[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, ExploreFaultTest,
                         testing::Values(Fault::reset, Fault::one_way_reset, Fault::crash,
                                         Fault::vanish, Fault::cut, Fault::leave),
                         name_of);

}  // namespace
}  // namespace aemp::story
