// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "mesh/claims.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <tuple>

#include "mesh/budgets.h"

namespace aemp {
namespace {

Claim claim(std::uint64_t incarnation, std::uint64_t attach, std::string bind = "10.0.0.1:1") {
  return Claim{incarnation, attach, false, list(bind)};
}

TEST(Claims, TheLatestAttachmentCounts) {
  Claims claims;
  EXPECT_EQ(claims.latest("n"), nullptr);
  EXPECT_TRUE(claims.put("g1", "n", claim(5, 1)));
  EXPECT_TRUE(claims.put("g2", "n", claim(5, 2)));
  std::string_view author;
  EXPECT_EQ(claims.latest("n", &author)->attach, 2u);
  EXPECT_EQ(author, "g2");
  EXPECT_EQ(claims.find("g1", "n")->attach, 1u);
  EXPECT_TRUE(claims.remove("g2", "n"));
  EXPECT_FALSE(claims.remove("g2", "n"));
  EXPECT_EQ(claims.latest("n", &author)->attach, 1u);
  EXPECT_EQ(author, "g1");
  claims.remove_all("g1");
  EXPECT_EQ(claims.latest("n"), nullptr);
  EXPECT_EQ(claims.nodes(), 0u);
}

TEST(Claims, OfTwoThatAreEquallyLateTheSmallerIncarnationCounts) {
  Claims claims;
  claims.put("g1", "n", claim(9, 1));
  claims.put("g2", "n", claim(4, 1));
  EXPECT_EQ(claims.latest("n")->incarnation, 4u);
}

TEST(Claims, TheSameOnceMoreIsNoChange) {
  Claims claims;
  EXPECT_TRUE(claims.put("g", "n", claim(1, 1)));
  EXPECT_FALSE(claims.put("g", "n", claim(1, 1)));
  EXPECT_TRUE(claims.put("g", "n", claim(1, 1, "10.0.0.2:2")));
  EXPECT_TRUE(claims.put("g", "n", claim(2, 1, "10.0.0.2:2")));
  EXPECT_EQ(claims.nodes(), 1u);
}

TEST(Claims, OneAuthorHasALimitThatOthersDoNotFeel) {
  Claims claims;
  for (std::size_t i = 0; i < kMaxClaims; ++i) {
    ASSERT_TRUE(claims.put("g", "n" + std::to_string(i), claim(1, 1)));
  }
  EXPECT_FALSE(claims.put("g", "one more", claim(1, 1)));
  EXPECT_EQ(claims.latest("one more"), nullptr);
  EXPECT_TRUE(claims.put("g", "n0", claim(1, 2)));
  EXPECT_TRUE(claims.put("h", "one more", claim(1, 1)));
  EXPECT_TRUE(claims.remove("g", "n0"));
  EXPECT_TRUE(claims.put("g", "one more", claim(1, 1)));
}

TEST(Claims, OneAuthorHasALimitOfBytesThatOthersDoNotFeel) {
  Claims claims;
  const std::string bind(250'000, 'x');
  std::size_t kept = 0;
  while (claims.put("g", "n" + std::to_string(kept), claim(1, 1, bind))) ++kept;
  EXPECT_EQ(claims.refused(), 1u);
  EXPECT_EQ(kept, kMaxClaimBytes / (bind.size() + kClaimOverhead + 10));
  EXPECT_FALSE(claims.put("g", "n0", claim(1, 1, bind + std::string(300'000, 'x'))));
  EXPECT_TRUE(claims.put("h", "one more", claim(1, 1, bind)));
  EXPECT_TRUE(claims.remove("g", "n0"));
  EXPECT_TRUE(claims.put("g", "one more", claim(1, 1, bind)));
  EXPECT_FALSE(claims.put("g", "another", claim(1, 1, bind)));
  claims.remove_all("g");
  std::size_t again = 0;
  while (claims.put("g", "n" + std::to_string(again), claim(1, 1, bind))) ++again;
  EXPECT_EQ(again, kept);
}

// Against a table that is searched from end to end.
TEST(Claims, AgreeWithAListOfAll) {
  std::mt19937 dice(7);
  Claims claims;
  std::map<std::pair<std::string, std::string>, std::pair<std::uint64_t, std::uint64_t>> all;
  for (int step = 0; step < 20'000; ++step) {
    const std::string author = "g" + std::to_string(dice() % 5);
    const std::string node = "n" + std::to_string(dice() % 12);
    const auto what = static_cast<unsigned>(dice() % 40);
    if (what == 0) {
      claims.remove_all(author);
      std::erase_if(all, [&](const auto& entry) { return entry.first.first == author; });
    } else if (what < 12) {
      EXPECT_EQ(claims.remove(author, node), all.erase({author, node}) == 1);
    } else {
      const std::uint64_t incarnation = dice() % 3, attach = dice() % 4;
      const auto place = all.find({author, node});
      const bool same = place != all.end() && place->second == std::pair{incarnation, attach};
      EXPECT_EQ(claims.put(author, node, claim(incarnation, attach)), !same);
      all[{author, node}] = {incarnation, attach};
    }
    const auto latest = [&] {
      const std::pair<std::uint64_t, std::uint64_t>* best = nullptr;
      for (const auto& [key, c] : all) {
        if (key.second != node) continue;
        if (best == nullptr || c.second > best->second ||
            (c.second == best->second && c.first < best->first)) {
          best = &c;
        }
      }
      return best;
    }();
    const Claim* found = claims.latest(node);
    ASSERT_EQ(found == nullptr, latest == nullptr);
    if (found != nullptr) {
      EXPECT_EQ(found->attach, latest->second);
      EXPECT_EQ(found->incarnation, latest->first);
    }
    std::size_t count = 0;
    claims.each([&](std::string_view by, const std::string& of, const Claim& c) {
      ++count;
      const auto place = all.find({std::string(by), of});
      ASSERT_NE(place, all.end());
      EXPECT_EQ(place->second, (std::pair{c.incarnation, c.attach}));
    });
    ASSERT_EQ(count, all.size());
  }
}

}  // namespace
}  // namespace aemp
