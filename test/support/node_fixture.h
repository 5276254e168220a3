// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What tests of nodes share: one loop with one node whose log lines are kept, and short ways to
// say what is expected.
#ifndef AEMP_TEST_SUPPORT_NODE_FIXTURE_H
#define AEMP_TEST_SUPPORT_NODE_FIXTURE_H

#include <aemp/aemp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/sanitized.h"

namespace aemp::test {

// How long a test waits for what must come, on however slow a machine.
inline constexpr auto kPatience = std::chrono::seconds(120);

// A number of rounds, a twentieth of it under sanitizers.
constexpr int scaled(int rounds) { return kSanitized ? rounds / 20 : rounds; }

// Runs what is ready until nothing is. Timers that are not due stay.
inline void settle(Loop& loop) {
  while (loop.run_once(std::chrono::nanoseconds(0))) {
  }
}

// The word of the aemp::Error that f() throws; empty when it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    EXPECT_GT(std::string_view(error.what()).size(), 8u);
    return std::string(word(error.code()));
  }
  return std::string();
}

template <class F>
std::string error_text(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return std::string();
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

struct LogLine {
  int level;
  std::string text;
};

class NodeLog {
 public:
  explicit NodeLog(Node& node)
      : sink_(node.on_log([this](int level, std::string_view line) {
          lines.push_back({level, std::string(line)});
        })) {}
  ~NodeLog() { sink_.cancel(); }
  NodeLog(const NodeLog&) = delete;
  NodeLog& operator=(const NodeLog&) = delete;

  // Lines of this level that contain the text.
  auto count(int level, std::string_view part = {}) const {
    return std::count_if(lines.begin(), lines.end(), [&](const LogLine& line) {
      return line.level == level && contains(line.text, part);
    });
  }
  std::string all() const {
    std::string text;
    for (const LogLine& line : lines) text += std::to_string(line.level) + " " + line.text + "\n";
    return text;
  }

  std::vector<LogLine> lines;

 private:
  Registration sink_;
};

class LocalNode : public testing::Test {
 protected:
  void settle() { test::settle(loop); }
  template <class Pred>
  bool run_until(Pred&& pred) {
    return loop.run_until(pred, kPatience);
  }
  // A port whose messages are kept as JSON.
  Port collector(std::vector<std::string>& to) {
    return node.port([&to](Message m) { to.push_back(m.json()); });
  }
  // Keeps the reason of p's end as JSON.
  Monitor watch(const Port& p, std::vector<std::string>& to) {
    return node.mon(p, [&to](Message reason) { to.push_back(reason.json()); });
  }
  // A port that is dead.
  Port dead_port() {
    const Port p = node.port();
    node.kil(p);
    settle();
    return p;
  }

  Loop loop;
  Node node{loop};
  NodeLog log{node};
};

using Texts = std::vector<std::string>;

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_NODE_FIXTURE_H
