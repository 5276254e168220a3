// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "support/net_talk.h"

#include <cstdlib>

namespace aemp::remote {

Talker::Talker(Loop& loop, const Config& config) : node(loop, config) {
  sink = node.sink();
  node->define("work", [this](Port) {
    node.story.push_back("work");
    node->rcv(node->self(), [this](int n) { node.story.push_back("w " + std::to_string(n)); });
  });
}

void Talker::start(Talker& other) {
  peer = &other;
  watch();
  send();
  worker = node->spawn(other.node->id(), "work", sink);
  worker_monitor = node->mon(worker, [this](Message) { node.story.push_back("wmon"); });
  for (int i = 1; i <= 3; ++i) node->snd(worker, i);
  send();
  send();
}

void Talker::watch() {
  node->mon(peer->sink, [this](Message reason) {
    reasons.push_back(reason.json());
    node.story.push_back("mon");
    resumed.push_back(next);
    watch();
  });
}

void Talker::send() { node->snd(peer->sink, next++); }

bool Talker::told() const { return peer->node.find("[" + std::to_string(next - 1) + "]") >= 0; }

namespace {

// What `to` heard of `from`: runs of numbers that begin where a monitor of `from` was called, and
// only the run before such a call may be cut short.
void check_numbers(const Talker& from, const Talker& to) {
  std::vector<int> starts = {1};
  starts.insert(starts.end(), from.resumed.begin(), from.resumed.end());
  std::size_t run = 0;
  int expected = 1;
  std::size_t run_began = 0;
  const std::vector<std::string>& story = to.node.story;
  for (std::size_t i = 0; i < story.size(); ++i) {
    if (story[i][0] != '[') continue;
    const int n = std::atoi(story[i].c_str() + 1);
    while (run + 1 < starts.size() && n >= starts[run + 1]) {
      // What the other end saw of the lost link is over before the next one speaks.
      EXPECT_EQ(to.node.count("up "), to.node.count("down ") + 1);
      if (to.node.find("up ") < static_cast<std::ptrdiff_t>(i) && to.node.count("mon") > 0) {
        EXPECT_GE(to.node.find("mon", run_began), 0);
        EXPECT_LT(to.node.find("mon", run_began), static_cast<std::ptrdiff_t>(i));
      }
      expected = starts[++run];
      run_began = i;
    }
    EXPECT_EQ(n, expected);
    expected = n + 1;
  }
  EXPECT_EQ(expected, from.next) << "the last ones are missing";
  EXPECT_EQ(run, starts.size() - 1) << "nothing came after the last monitor";
}

void check_order(const Talker& t) {
  expect_alternating(t.node);
  const auto up = t.node.find("up ");
  ASSERT_EQ(up, 0) << "something came before the first up";
  const std::size_t downs = t.node.count("down ");
  EXPECT_LE(downs, 1u);
  EXPECT_EQ(t.resumed.size(), downs) << "once per lost link";
  EXPECT_LE(t.node.count("wmon"), 1u);
  if (downs == 0) return;
  const auto down = t.node.find("down ");
  EXPECT_EQ(t.node.count("wmon"), 1u);
  EXPECT_LT(t.node.find("mon"), down);
  EXPECT_LT(t.node.find("wmon"), down);
  EXPECT_GT(t.node.find("up ", 1), down);
  EXPECT_TRUE(t.reasons[0].starts_with("[\"transport_error\",\"" + t.peer->node->id() + "\",\""))
      << t.reasons[0];
}

// The messages to the port that `from` spawned: a prefix, all of them if no link was lost.
void check_worker(const Talker& from, const Talker& to) {
  int expected = 1;
  for (const std::string& line : to.node.story) {
    if (!line.starts_with("w ")) continue;
    EXPECT_GE(to.node.find("work"), 0);
    EXPECT_EQ(line, "w " + std::to_string(expected++));
  }
  EXPECT_LE(to.node.count("work"), 1u);
  if (from.resumed.empty()) {
    EXPECT_EQ(expected, 4);
  }
}

}  // namespace

void check_talk(const Talker& a, const Talker& b) {
  check_order(a);
  check_order(b);
  check_numbers(a, b);
  check_numbers(b, a);
  check_worker(a, b);
  check_worker(b, a);
}

void check_lossless(const Talker& a, const Talker& b) {
  check_talk(a, b);
  for (const Talker* t : {&a, &b}) {
    EXPECT_EQ(t->node.count("up "), 1u);
    EXPECT_EQ(t->node.count("down "), 0u);
    EXPECT_EQ(t->node.count("mon"), 0u);
    EXPECT_EQ(t->node.count("wmon"), 0u);
  }
}

}  // namespace aemp::remote
