// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <set>

#include "mesh/village.h"

namespace aemp::village {
namespace {

struct LogCatcher : testing::Test {
  LogCatcher() {
    v.settle("s", {});
    v.settle("a", {v.address(1)});
    v.settle("b", {v.address(1)});
    v.until([&] { return v["s"].knows("a") && v["s"].knows("b"); });
  }
  Registration catch_at(const std::string& id, int level) {
    return v[id].node->catch_log(
        level, [this](std::string_view node, std::chrono::system_clock::time_point when, int at,
                      std::string_view line) {
          const auto age = std::chrono::system_clock::time_point() - when;
          EXPECT_NE(age.count(), 0);
          lines.push_back(std::string(node) + "<" + std::to_string(at) + ">" + std::string(line));
        });
  }
  std::size_t caught(std::string_view part) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](const std::string& line) { return line.find(part) != line.npos; }));
  }
  // Something that is logged at level 1.
  void complain(const std::string& id) {
    v[id].node->after(0s, [] { throw std::runtime_error("complaint"); });
  }
  Village v;
  std::vector<std::string> lines;
};

TEST_F(LogCatcher, SeesTheLinesOfAllNodesThoseThatJoinLaterToo) {
  complain("b");
  v.net.run_for(1s);
  const Registration caught_at_a = catch_at("a", 2);
  v.net.run_for(1s);
  EXPECT_EQ(lines.size(), 0u);
  for (const char* id : {"s", "a", "b"}) complain(id);
  EXPECT_TRUE(v.until([&] { return lines.size() == 3; })) << lines.size();
  for (const char* id : {"s", "a", "b"}) EXPECT_EQ(caught(std::string(id) + "<1>"), 1u);
  v.settle("late", {v.address(1)});
  v.net.run_for(3s);
  complain("late");
  EXPECT_TRUE(v.until([&] { return caught("late<1>") == 1; }));
  EXPECT_EQ(caught("<7>"), 0u) << "links are not of that level";
  caught_at_a.cancel();
  v.net.run_for(1s);
  lines.clear();
  for (const char* id : {"s", "a", "b"}) complain(id);
  v.net.run_for(2s);
  EXPECT_EQ(lines.size(), 0u);
  EXPECT_EQ(v["a"].node->stats().ports, 1u) << "that of the resident alone";
  EXPECT_EQ(v["b"].logged("complaint"), 3u) << "and they are logged where they arise as before";
}

TEST_F(LogCatcher, SeveralWithLevelsOfTheirOwn) {
  const Registration first = catch_at("a", 1);
  std::size_t links = 0;
  const Registration second = v["s"].node->catch_log(
      7,
      [&](std::string_view, auto, int level, std::string_view) { links += level == 7 ? 1u : 0u; });
  v.net.run_for(1s);
  v.settle("late", {v.address(1)});
  v.net.run_for(2s);
  EXPECT_GT(links, 0u);
  EXPECT_EQ(lines.size(), 0u);
}

TEST_F(LogCatcher, LinesAboutLinesComeToAnEnd) {
  // A callback that logs, at the level that it catches, whenever it is called.
  std::size_t calls = 0;
  const Registration caught = v["a"].node->catch_log(9, [&](auto, auto, int, auto) {
    ++calls;
    v["a"].node->snd_to_func("a", "nobody");
  });
  v.net.run_for(10s);
  EXPECT_LT(calls, 3000u);
  caught.cancel();
  v.net.run_for(1s);
  const std::size_t before = calls;
  v.net.run_for(5s);
  EXPECT_EQ(calls, before);
}

TEST_F(LogCatcher, GoesWithItsNode) {
  catch_at("a", 5);
  v.net.run_for(1s);
  v["a"].node->leave();
  v.net.run_for(1s);
  const std::uint64_t before = v["b"].node->stats().links_taken;
  for (int i = 0; i < 10; ++i) {
    complain("b");
    v.net.run_for(1s);
  }
  EXPECT_EQ(v["b"].node->stats().links_taken, before) << "nobody is dialled for it any more";
}

TEST_F(LogCatcher, AFloodIsCutAndWhoIsSecureTellsNothing) {
  Config c = Village::config("secret", {v.address(1)});
  c.secure = true;
  v.settle(c);
  const Registration caught_at_a = catch_at("a", 5);
  v.net.run_for(1s);
  for (int i = 0; i < 1000; ++i) complain("b");
  complain("secret");
  v.net.run_for(900ms);
  EXPECT_EQ(caught("b<1>"), 100u);
  EXPECT_EQ(caught("secret<"), 0u);
  EXPECT_EQ(v["b"].logged("complaint"), 1000u);
  v.net.run_for(1s);
  complain("b");
  EXPECT_TRUE(v.until([&] { return caught("b<1>") == 101; }));
  EXPECT_THROW(catch_at("a", 10), Error);
  EXPECT_THROW(catch_at("a", -1), Error);
}

}  // namespace
}  // namespace aemp::village
