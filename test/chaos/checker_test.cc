// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Histories with one thing wrong, each of which the checker must refuse; and the same histories
// without it.
#include "chaos/checker.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "chaos/history.h"
#include "os/temp_dir.h"

namespace aemp::chaos {
namespace {

// Nodes a (life 0) and b (life 1): a's port 1000001, b's ports 2000001 and 2000002. a monitors b's
// first port and sends to it, b kills it; then nothing is pending, and both leave.
const std::vector<std::string> kGood = {
    "life 0 |a",
    "life 1 |b",
    "port 0 1000001",
    "port 1 2000001",
    "port 1 2000002",
    "up 0 |b",
    "up 1 |a",
    "mon 0 2000001 1000002",
    "send 0 2000001 0",
    "send 0 2000001 1",
    "send 0 2000001 2",
    "recv 1 2000001 0 2000001 0",
    "recv 1 2000001 0 2000001 1",
    "recv 1 2000001 0 2000001 2",
    "call 0 1000003",
    "answer 1000003 1 |[]",
    "spawn 0 1000004 |b",
    "begun 1 1000004",
    "doomed 2000001 |[\"k\",\"by b\"]",
    "words 2000001 2000003 1000001 |[\"k\",\"by b\"]",
    "dies 2000001 |[\"k\",\"by b\"]",
    "heard 2000003",
    "fire 1000002 |[\"k\",\"by b\"]",
    "settled",
    "farewell 1 1000001 2000004",
    "end 1",
    "heard 2000004",
    "down 0 |b [\"transport_error\",\"b\",\"left the network\"]",
    "end 0",
};

std::vector<Record> records(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) text += std::to_string(i) + " " + lines[i] + "\n";
  std::string wrong;
  std::vector<Record> all = parse_history(text, wrong);
  EXPECT_EQ(wrong, "");
  EXPECT_EQ(all.size(), lines.size());
  return all;
}

std::size_t place(const std::string& line) {
  for (std::size_t i = 0; i < kGood.size(); ++i) {
    if (kGood[i] == line) return i;
  }
  ADD_FAILURE() << "no such line: " << line;
  return 0;
}

// What is done to the good history: `lines` instead of `count` lines from `line` on.
std::vector<std::string> changed(const std::string& line, std::size_t count,
                                 const std::vector<std::string>& lines) {
  std::vector<std::string> all = kGood;
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(place(line));
  all.insert(all.erase(at, at + static_cast<std::ptrdiff_t>(count)), lines.begin(), lines.end());
  return all;
}

void expect_refused(const std::vector<std::string>& lines, std::string_view sentence) {
  const Verdict verdict = check(records(lines));
  ASSERT_FALSE(verdict.violations.empty()) << "not refused: " << sentence;
  EXPECT_NE(verdict.violations[0].find(sentence), std::string::npos) << verdict.violations[0];
}

TEST(ChaosChecker, TakesAGoodHistory) {
  const Verdict verdict = check(records(kGood));
  EXPECT_TRUE(verdict.violations.empty()) << verdict.violations[0];
  EXPECT_EQ(verdict.totals.of("remote deliveries"), 3u);
  EXPECT_EQ(verdict.totals.of("fired: k"), 1u);
  EXPECT_EQ(verdict.totals.of("words heard"), 2u);
}

TEST(ChaosChecker, RefusesADroppedMessageInTheMiddle) {
  expect_refused(changed("recv 1 2000001 0 2000001 1", 1, {}), "no monitor fired");
}

TEST(ChaosChecker, RefusesTwoMessagesInTheWrongOrder) {
  expect_refused(changed("recv 1 2000001 0 2000001 1", 2,
                         {"recv 1 2000001 0 2000001 2", "recv 1 2000001 0 2000001 1"}),
                 "did not");
  expect_refused(changed("recv 1 2000001 0 2000001 0", 1,
                         {"recv 1 2000001 0 2000001 0", "recv 1 2000001 0 2000001 0"}),
                 "came after message 0");
}

TEST(ChaosChecker, RefusesAMessageThatNobodySent) {
  expect_refused(changed("recv 1 2000001 0 2000001 2", 1,
                         {"recv 1 2000001 0 2000001 2", "recv 1 2000001 0 2000001 3"}),
                 "came after message 2");
}

TEST(ChaosChecker, RefusesAMessageThatCameToAnotherPortOrLife) {
  expect_refused(changed("recv 1 2000001 0 2000001 0", 1, {"recv 1 2000002 0 2000001 0"}),
                 "came to port");
  expect_refused(changed("recv 1 2000001 0 2000001 0", 1, {"recv 0 2000001 0 2000001 0"}),
                 "came to life");
}

TEST(ChaosChecker, RefusesAMessageAfterTheDeathOfThePort) {
  const std::string late = "recv 1 2000001 0 2000001 3";
  expect_refused(changed("dies 2000001 |[\"k\",\"by b\"]", 1,
                         {"send 0 2000001 3", "dies 2000001 |[\"k\",\"by b\"]", late}),
                 "after the death of the port");
  expect_refused(changed("heard 2000004", 1, {"send 0 2000002 0", "recv 1 2000002 0 2000002 0"}),
                 "after the end of its life");
}

TEST(ChaosChecker, RefusesAMessageWhileTheNodeIsDown) {
  expect_refused(changed("up 1 |a", 1, {}), "while the node was down");
}

TEST(ChaosChecker, RefusesAMonitorThatFiresTwiceOrNever) {
  const std::string fire = "fire 1000002 |[\"k\",\"by b\"]";
  expect_refused(changed(fire, 1, {fire, fire}), "fires twice");
  expect_refused(changed(fire, 1, {}), "never fired");
  expect_refused(changed(fire, 1, {"unmon 1000002", fire}), "it was cancelled");
}

TEST(ChaosChecker, RefusesAReasonThatNobodyGave) {
  const std::string fire = "fire 1000002 |[\"k\",\"by b\"]";
  expect_refused(changed(fire, 1, {"fire 1000002 |[\"k\",\"by a\"]"}), "nobody said");
  expect_refused(changed(fire, 1, {"fire 1000002 |[\"transport_error\",\"c\",\"\"]"}),
                 "names another node");
  expect_refused(changed(fire, 1, {"fire 1000002 |[\"too_big\",1,2]"}), "nothing was");
  expect_refused(
      changed("doomed 2000001 |[\"k\",\"by b\"]", 1, {"fire 1000002 |[\"no_such_port\"]"}),
      "it lives");
}

TEST(ChaosChecker, RefusesAPortThatDiesUnasked) {
  expect_refused(changed("doomed 2000001 |[\"k\",\"by b\"]", 1, {}), "dies unasked");
}

TEST(ChaosChecker, RefusesNodesThatComeOrGoTwice) {
  expect_refused(changed("up 0 |b", 1, {"up 0 |b", "up 0 |b"}), "up twice in a row");
  const std::string down = "down 0 |b [\"transport_error\",\"b\",\"silent for 7 ms\"]";
  expect_refused(changed("heard 2000004", 1, {down, down}), "down twice in a row");
}

TEST(ChaosChecker, RefusesNewsThatOvertakeWords) {
  expect_refused(changed("heard 2000003", 1, {}), "before the last words");
  expect_refused(changed("heard 2000004", 1, {}), "before its farewell");
}

TEST(ChaosChecker, RefusesALinkThatEndsWithAProtocolError) {
  const std::string up = "up 0 |b";
  const std::string ended = "log 0 7 |link to b (1) at unix:@b is down: ended by ";
  expect_refused(changed(up, 1, {up, ended + "us: SPAWN with serial 1: expected more than 1"}),
                 "SPAWN with serial 1");
  expect_refused(changed(up, 1, {up, ended + "peer: DATA: malformed values; age 3 ms"}),
                 "malformed values");
  const Verdict honest =
      check(records(changed(up, 1, {up, ended + "peer: left the network; age 3 ms"})));
  EXPECT_TRUE(honest.violations.empty()) << honest.violations[0];
}

TEST(ChaosChecker, RefusesADownBeforeTheMonitorsFired) {
  expect_refused(changed("mon 0 2000001 1000002", 1,
                         {"mon 0 2000001 1000002", "mon 0 2000002 1000005",
                          "fire 1000005 |[\"transport_error\",\"b\",\"\"]",
                          "down 0 |b [\"transport_error\",\"b\",\"\"]"}),
                 "before its monitor");
}

TEST(ChaosChecker, RefusesTheNextLifeBeforeTheEndOfTheLast) {
  // b is killed and starts again; a hears from the new one without having seen the old one go.
  expect_refused(changed("send 0 2000001 0", 3,
                         {"send 1 1000001 0", "recv 0 1000001 1 1000001 0", "end 1", "life 2 |b",
                          "send 2 1000001 0", "recv 0 1000001 2 1000001 0"}),
                 "before the end of the life before");
}

TEST(ChaosChecker, RefusesCallsAnsweredTwiceOrNever) {
  const std::string answer = "answer 1000003 1 |[]";
  expect_refused(changed(answer, 1, {answer, answer}), "answered twice");
  expect_refused(changed(answer, 1, {}), "nobody answered");
}

TEST(ChaosChecker, RefusesASpawnThatBeginsTwiceOrElsewhere) {
  const std::string begun = "begun 1 1000004";
  expect_refused(changed(begun, 1, {begun, begun}), "spawned twice");
  expect_refused(changed(begun, 1, {"begun 0 1000004"}), "instead of b");
}

TEST(ChaosChecker, RefusesWhatIsNoHistory) {
  expect_refused(changed("recv 1 2000001 0 2000001 0", 1, {"recv 1 2000009 0 2000001 0"}),
                 "an unknown port");
  expect_refused(changed("up 0 |b", 1, {"upp 0 |b"}), "an unknown event");
  expect_refused(changed("up 0 |b", 1, {"up 0 1 |b"}), "a wrong number of numbers");
  expect_refused(changed("send 0 2000001 1", 1, {}), "sent as number 1");
  expect_refused(changed("answer 1000003 1 |[]", 1, {"answer 1000003 0 |[7"}), "no reason");
  expect_refused(changed("settled", 1, {"wrong 0 |it ended by itself"}), "it ended by itself");
}

TEST(ChaosChecker, ShowsTheLastEventsOfThoseConcerned) {
  const std::string fire = "fire 1000002 |[\"k\",\"by b\"]";
  const Verdict verdict = check(records(changed(fire, 1, {fire, fire})));
  std::string shown;
  for (const std::string& line : verdict.last_events) shown += line + "\n";
  EXPECT_NE(shown.find(" mon 0 2000001 1000002\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find(" dies 2000001"), std::string::npos) << shown;
  EXPECT_EQ(shown.find(" call "), std::string::npos) << shown;
}

TEST(ChaosHistory, ALineCutShortByAKillIsNoEvent) {
  std::string wrong;
  const std::vector<Record> all = parse_history("1 up 0 |b\n2 send 0 20000", wrong);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text, "b");
  EXPECT_EQ(wrong, "");
}

TEST(ChaosHistory, WhatIsNoEventIsTold) {
  for (const char* line : {"", "up 0 |b", "1", "1  2", "1 up x", "1 up 1 2 3 4 5 6", "1 up 0x"}) {
    std::string wrong;
    EXPECT_TRUE(parse_history(std::string(line) + "\n", wrong).empty()) << line;
    EXPECT_NE(wrong, "") << line;
  }
}

TEST(ChaosHistory, WrittenReadAndMergedInTime) {
  const TempDir directory;
  {
    History a(directory.file("a.history")), b(directory.file("b.history"));
    a.tell("port", {0, 1'000'001});
    b.tell("dies", {2'000'001}, "[\"k\",\"two\nlines\"]");
    a.tell("settled", {});
  }
  std::string wrong;
  const std::vector<Record> all = read_histories(directory.path(), wrong);
  EXPECT_EQ(wrong, "");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].word, "port");
  EXPECT_EQ(all[0].count, 2u);
  EXPECT_EQ(all[0].numbers[1], 1'000'001);
  EXPECT_EQ(all[1].text, "[\"k\",\"two lines\"]");
  EXPECT_EQ(all[2].word, "settled");
}

}  // namespace
}  // namespace aemp::chaos
