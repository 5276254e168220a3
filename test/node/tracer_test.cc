// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// AEMP_TRACE: the messages between nodes as lines.
#include <aemp/aemp.h>
#include <aemp/sim.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "os/host.h"
#include "support/node_fixture.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using test::contains;

struct Member {
  Member(sim::Network& net, std::string id, std::vector<std::string> seeds, std::string trace)
      : process(net, "of-" + id) {
    if (!trace.empty()) process.set_env("AEMP_TRACE", trace);
    node = std::make_unique<Node>(process.loop());
    node->on_log([this](int, std::string_view line) { log.append(line).append("\n"); });
    Config c;
    c.nodeid = id;
    c.binds = std::vector<std::string>{process.address() + ":4040"};
    c.seeds = std::move(seeds);
    c.secret = "aemp-s1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh_ZFwOk";
    node->configure(c);
    sink = node->port([this](Message m) { heard.push_back(m.json()); });
  }
  bool up(std::string_view id) const { return node->node_is_up(id).value_or(false); }
  std::string file(const std::string& path) {
    const auto text = process.host().files().read(path);
    return text.ok() ? text.value() : std::string();
  }
  std::string errors() const {
    std::string all;
    for (const std::string& line : process.error_lines()) all += line + "\n";
    return all;
  }

  sim::Process process;
  std::unique_ptr<Node> node;
  Port sink;
  std::vector<std::string> heard;
  std::string log;
};

struct TracerTest : testing::Test {
  explicit TracerTest(std::string trace_a = "-", std::string trace_b = "/run/trace")
      : a(net, "a", {}, trace_a), b(net, "b", {"10.0.0.1:4040"}, trace_b) {}
  ~TracerTest() override {
    a.node.reset();
    b.node.reset();
  }
  void SetUp() override {
    ASSERT_TRUE(net.run_until([&] { return a.up("b") && b.up("a"); }, 60s));
  }
  void send(auto&&... args) {
    a.node->snd(b.sink, args...);
    const std::size_t before = b.heard.size();
    ASSERT_TRUE(net.run_until([&] { return b.heard.size() > before; }, 10s));
  }

  sim::Network net{1};
  Member a, b;
};

TEST_F(TracerTest, AMessageIsALineAtBothEnds) {
  send("hello", 42, std::vector<int>{1, 2}, true, nullptr);
  const std::string tail = "snd " + b.sink.str() + " \"hello\", 42, [1, 2], true, null\n";
  EXPECT_TRUE(contains(a.errors(), " a > b " + tail)) << a.errors();
  EXPECT_TRUE(contains(b.file("/run/trace"), " b < a " + tail)) << b.file("/run/trace");
  EXPECT_EQ(b.errors(), "");
  std::uint32_t mode = 0;
  ASSERT_TRUE(b.process.host().files().read("/run/trace", &mode).ok());
  EXPECT_EQ(mode, 0600u);
  const std::string line = a.process.error_lines().front();
  EXPECT_EQ(line.substr(0, 2), "20");
  EXPECT_EQ(line.find('\n'), line.npos);
}

TEST_F(TracerTest, SoAreKillsCallsAndMessagesToTheNodePort) {
  b.node->define("work", [](int) { throw std::runtime_error("done"); });
  const Port made = a.node->spawn("b", "work", 5);
  a.node->snd(a.node->node_port("b"), "devnull", "x");
  const Port victim = b.node->port([] {});
  a.node->kil(victim, "because");
  net.run_for(1s);
  const std::string out = a.errors(), in = b.file("/run/trace");
  for (const std::string& tail :
       {"spawn " + made.str() + " \"work\", 5\n", std::string("snd b# \"devnull\", \"x\"\n"),
        "kil " + victim.str() + " \"because\"\n"}) {
    EXPECT_TRUE(contains(out, " a > b " + tail)) << tail << out;
    EXPECT_TRUE(contains(in, " b < a " + tail)) << tail << in;
  }
}

TEST_F(TracerTest, LongOnesAreCut) {
  send("long", std::string(5000, 'y'), 7);
  send("longer", std::string(500'000, 'z'), 8);
  const std::string out = a.errors();
  EXPECT_TRUE(contains(out, "\"long\", \"yyyy")) << out;
  EXPECT_TRUE(contains(out, "yyy... (5009 bytes in all)")) << out;
  EXPECT_TRUE(contains(out, "\"longer\", (500005 bytes), 8\n")) << out;
  for (const std::string& line : a.process.error_lines()) EXPECT_LT(line.size(), 1400u);
  EXPECT_TRUE(contains(b.file("/run/trace"), "\"longer\", (500005 bytes), 8\n"));
}

TEST_F(TracerTest, NothingInAMessageMakesAnotherLine) {
  send(std::string("a\nb\x1b[2J\xe2\x80\xae"));
  for (const std::string& line : a.process.error_lines()) {
    for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
    EXPECT_FALSE(contains(line, "\xe2\x80\xae")) << line;
  }
}

TEST_F(TracerTest, MessagesWithinTheNodeAreNotTraced) {
  const Port own = a.node->port([](std::string) {});
  a.node->snd(own, "private matter");
  net.run_for(1s);
  EXPECT_FALSE(contains(a.errors(), "private matter"));
}

struct UntracedTest : TracerTest {
  UntracedTest() : TracerTest("", "1") {}
};

TEST_F(UntracedTest, WithoutTheVariableNothingIsWritten) {
  send("hello");
  EXPECT_EQ(a.errors(), "");
  EXPECT_TRUE(contains(b.errors(), "\"hello\"")) << "1 is stderr too";
}

TEST_F(TracerTest, RefusedMemoryCostsALineAndNoMessage) {
  for (std::uint64_t after = 0; after < 30; ++after) {
    b.process.fail_allocations(after, 1);
    a.node->snd(b.sink, "hello", after);
    net.run_for(1s);
  }
  b.process.fail_allocations(0, 0);
  ASSERT_TRUE(net.run_until([&] { return a.up("b") && b.up("a"); }, 60s));
  send("still there");
  EXPECT_TRUE(contains(b.file("/run/trace"), "\"still there\""));
}

}  // namespace
}  // namespace aemp
