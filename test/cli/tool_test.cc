// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The tool as a process, against ports and functions of this one.
#include <aemp/aemp.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/raw_peer.h"

extern char** environ;

namespace aemp {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 120s;

// A process whose output is read by the loop, so that this process can talk to it meanwhile.
class Tool {
 public:
  Tool(Loop& loop, const std::vector<std::string>& args) : loop_(loop) {
    int out[2], err[2];
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(err, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    std::vector<char*> argv{const_cast<char*>("aemp")};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, std::getenv("AEMP"), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    read_into(out[0], out_);
    read_into(err[0], err_);
  }
  ~Tool() {
    if (pid_ <= 0 || waited_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    loop_.run_until([this] { return open_ == 0; }, kLong);
  }
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  bool ended() const { return open_ == 0; }
  // Lets the loop run until the process is gone; its exit code, or -1.
  int wait() {
    if (!loop_.run_until([this] { return open_ == 0; }, kLong)) return -1;
    int status = 0;
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    waited_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  void read_into(int fd, std::string& text) {
    ++open_;
    auto watch = std::make_shared<Watch>();
    *watch = loop_.io(fd, Readable, [this, fd, &text, watch] {
      char block[4096];
      const ssize_t n = read(fd, block, sizeof block);
      if (n > 0) {
        text.append(block, static_cast<std::size_t>(n));
        return;
      }
      Watch(*watch).cancel();
      close(fd);
      --open_;
    });
  }

  Loop& loop_;
  pid_t pid_ = 0;
  int open_ = 0;
  bool waited_ = false;
  std::string out_, err_;
};

class ToolTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("AEMP") == nullptr) GTEST_SKIP() << "AEMP does not name the tool";
    unsetenv("AEMP_LOG");
    const char* base = std::getenv("TMPDIR");
    directory_ = std::string(base != nullptr ? base : "/tmp") + "/tool.XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    bind_ = "unix:" + directory_ + "/s";
    Config config;
    config.nodeid = "ruth";
    config.binds = {bind_};
    node.configure(config);
    node.on_log([this](int level, std::string_view line) {
      if (level <= 2) log_.emplace_back(line);
    });
  }
  void TearDown() override {
    if (!directory_.empty())
      std::filesystem::remove_all(directory_);  // the socket is in there still
  }

  std::vector<std::string> with_seed(std::vector<std::string> args) const {
    args.insert(args.begin(), {"--seed", bind_});
    return args;
  }

  Loop loop;
  Node node{loop};
  std::string directory_, bind_;
  std::vector<std::string> log_;
};

TEST_F(ToolTest, SndExitsAfterTheMessageArrived) {
  std::vector<OwnedMessage> got;
  const Port port = node.port([&](Message m) { got.push_back(m.copy()); });
  Tool tool(loop, with_seed({"snd", port.str(), "hello", "42"}));
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].json(), R"(["hello",42])");
  EXPECT_EQ(tool.out(), "");
}

TEST_F(ToolTest, SndExitsAfterALargeMessageArrived) {
  std::size_t got = 0;
  const Port port = node.port([&](Message m) { got = m.size_bytes(); });
  std::vector<std::string> args = with_seed({"snd", port.str()});
  for (int i = 0; i < 10; ++i) args.emplace_back(100'000, 'x');
  Tool tool(loop, args);
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  EXPECT_GT(got, 1'000'000u);
}

TEST_F(ToolTest, SndTakesManyArguments) {
  std::size_t got = 0;
  const Port port = node.port([&](Message m) { got = m.size(); });
  std::vector<std::string> args = with_seed({"snd", port.str()});
  for (int i = 0; i < 20'000; ++i) args.push_back(std::to_string(i));
  Tool tool(loop, args);
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  EXPECT_EQ(got, 20'000u);
}

TEST_F(ToolTest, ArgumentsBecomeValuesOfTheirKinds) {
  OwnedMessage got;
  const Port port = node.port([&](Message m) { got = m.copy(); });
  Tool tool(loop, with_seed({"snd", port.str(), "text", "1", "1.0", "[true]", R"({"a":null})",
                             R"("1")", port.str(), "ruth", "ruth#"}));
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  std::string kinds;
  for (Value v : got) kinds.append(word(v.kind())).append(" ");
  EXPECT_EQ(kinds, "text integer floating array map text port text port ");
  EXPECT_EQ(got.as<Port>(6), port);
  EXPECT_EQ(got.as<Port>(8), node.node_port());
}

TEST_F(ToolTest, AJsonArrayIsTheWholeMessage) {
  OwnedMessage got;
  const Port port = node.port([&](Message m) { got = m.copy(); });
  Tool tool(loop, with_seed({"snd", port.str(), R"([1, ["x"], null])"}));
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  EXPECT_EQ(got.json(), R"([1,["x"],null])");
}

TEST_F(ToolTest, CalPrintsTheReply) {
  const Port port = node.port();
  node.rcv(port, "add", [&](int a, int b, Port reply) { node.snd(reply, "sum", a + b); });
  Tool plain(loop, with_seed({"cal", port.str(), "add", "2", "40"}));
  EXPECT_EQ(plain.wait(), 0) << plain.err();
  EXPECT_EQ(plain.out(), "sum\t42\n");
  Tool json(loop, with_seed({"cal", port.str(), "add", "2", "40", "--json"}));
  EXPECT_EQ(json.wait(), 0) << json.err();
  EXPECT_EQ(json.out(), "[\"sum\",42]\n");
}

TEST_F(ToolTest, AReplyCannotDriveTheTerminal) {
  const Port port = node.port();
  node.rcv(port, "ask",
           [&](Port reply) { node.snd(reply, "a\x1b[2J\x7f\xc2\x9b\u202e b", 1.0, port); });
  const std::string text = "\"a\\u001b[2J\\u007f\\u009b\\u202e b\"";
  Tool plain(loop, with_seed({"cal", port.str(), "ask"}));
  EXPECT_EQ(plain.wait(), 0) << plain.err();
  EXPECT_EQ(plain.out(), text + "\t1.0\t" + port.str() + "\n");
  Tool json(loop, with_seed({"cal", port.str(), "ask", "--json"}));
  EXPECT_EQ(json.wait(), 0) << json.err();
  EXPECT_EQ(json.out(), "[" + text + ",1.0,\"" + port.str() + "\"]\n");
}

TEST_F(ToolTest, CalTellsWhyThePortDied) {
  const Port port = node.port([](Message) { throw std::runtime_error("all is\nlost"); });
  Tool tool(loop, with_seed({"cal", port.str(), "hello"}));
  EXPECT_EQ(tool.wait(), 1);
  EXPECT_EQ(tool.out(), "");
  EXPECT_EQ(tool.err(), "aemp: " + port.str() + ": die: \"all is\\nlost\"\n");
}

TEST_F(ToolTest, CalSaysThatThePortEndedNormally) {
  const Port port = node.port();
  node.rcv(port, [&](Message) { node.kil(port); });
  Tool tool(loop, with_seed({"cal", port.str(), "hello"}));
  EXPECT_EQ(tool.wait(), 1);
  EXPECT_EQ(tool.err(), "aemp: " + port.str() + ": it ended normally\n");
}

TEST_F(ToolTest, CallPrintsWhatTheFunctionReplies) {
  node.define("greet", [&](std::string name, Port reply) { node.snd(reply, "hello " + name); });
  Tool tool(loop, with_seed({"call", "ruth", "greet", "world"}));
  EXPECT_EQ(tool.wait(), 0) << tool.err();
  EXPECT_EQ(tool.out(), "hello world\n");
}

TEST_F(ToolTest, CallTimesOutWhenTheFunctionDoesNotReply) {
  int calls = 0;
  node.define("mute", [&](Port) { ++calls; });
  Tool tool(loop, with_seed({"call", "ruth", "mute", "--timeout", "0.5"}));
  EXPECT_EQ(tool.wait(), 1);
  EXPECT_NE(tool.err().find("timed out after 0.5 s"), std::string::npos) << tool.err();
}

// A seed that takes the connection and says nothing: it is named, and nobody waits for its goodbye.
TEST_F(ToolTest, ASilentSeedIsNamed) {
  const raw::RawListener mute(loop, "unix:" + directory_ + "/mute");
  Tool tool(loop, {"cal", "bert", "time", "--timeout", "0.2", "--seed", mute.address()});
  EXPECT_EQ(tool.wait(), 1);
  EXPECT_EQ(tool.err(), "aemp: timed out after 0.2 s: no link to node bert: no answer from " +
                            mute.address() + "\n");
}

TEST_F(ToolTest, CallSaysAtOnceWhatIsWrong) {
  node.define("typed", [](int, Port) {});
  Tool undefined(loop, with_seed({"call", "ruth", "nothing"}));
  EXPECT_EQ(undefined.wait(), 1);
  EXPECT_EQ(undefined.err(),
            "aemp: node ruth: die: function 'nothing' of node ruth: it is not defined\n");
  Tool misfit(loop, with_seed({"call", "ruth", "typed", "text"}));
  EXPECT_EQ(misfit.wait(), 1);
  EXPECT_EQ(misfit.err(),
            "aemp: node ruth: die: function 'typed' of node ruth: it does not take these "
            "arguments\n");
}

TEST_F(ToolTest, MonPrintsTheReason) {
  struct {
    const char* option;
    const char* out;
  } const cases[] = {{"--insecure", "my_error\tall is lost\n"},
                     {"--json", "[\"my_error\",\"all is lost\"]\n"}};
  for (const auto& c : cases) {
    const Port port = node.port([](Message) {});
    Tool tool(loop, with_seed({"mon", port.str(), c.option}));
    ASSERT_TRUE(loop.run_until([&] { return node.stats().watchers == 1; }, kLong));
    node.kil(port, "my_error", "all is lost");
    EXPECT_EQ(tool.wait(), 0) << tool.err();
    EXPECT_EQ(tool.out(), c.out);
    EXPECT_TRUE(loop.run_until([&] { return node.stats().watchers == 0; }, kLong));
  }
}

TEST_F(ToolTest, MonPrintsThatAPortEndedNormally) {
  struct {
    const char* option;
    const char* out;
  } const cases[] = {{"--insecure", "normal\n"}, {"--json", "[]\n"}};
  for (const auto& c : cases) {
    const Port port = node.port([](Message) {});
    Tool tool(loop, with_seed({"mon", port.str(), c.option}));
    ASSERT_TRUE(loop.run_until([&] { return node.stats().watchers == 1; }, kLong));
    node.kil(port);
    EXPECT_EQ(tool.wait(), 0) << tool.err();
    EXPECT_EQ(tool.out(), c.out);
    EXPECT_TRUE(loop.run_until([&] { return node.stats().watchers == 0; }, kLong));
  }
}

// A link that does not come up in time is none of this test's business: it is given more time.
TEST_F(ToolTest, MonHasNoLimitOnceTheLinkIsUp) {
  for (auto limit = 250ms; limit <= 64s; limit *= 4) {
    const Port port = node.port([](Message) {});
    const std::string seconds = std::to_string(static_cast<double>(limit.count()) / 1e3);
    Tool tool(loop, with_seed({"mon", port.str(), "--timeout", seconds}));
    ASSERT_TRUE(loop.run_until([&] { return tool.ended() || node.stats().watchers == 1; }, kLong));
    if (tool.ended()) continue;
    loop.run_for(limit + 50ms);
    node.kil(port, "done");
    EXPECT_EQ(tool.wait(), 0) << tool.err();
    EXPECT_EQ(tool.out(), "done\n");
    return;
  }
  FAIL() << "no link, whatever the time";
}

}  // namespace
}  // namespace aemp
