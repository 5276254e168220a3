// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What a careless operator does: addresses that cannot be used, and what must not be allowed.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <functional>

#include "node/hostile_world.h"
#include "os/temp_dir.h"

namespace aemp::raw {
namespace {

// The error of configure(), and that the node is as it was before.
struct Refusal {
  Errc code = Errc::busy;
  std::string text = "configure() did not throw";
};

Refusal refusal(Loop& loop, const Config& config) {
  Refusal out;
  Node node(loop);
  LogBook log(node);
  const std::string id = node.id();
  const std::size_t before = open_descriptors();
  try {
    node.configure(config);
  } catch (const Error& error) {
    out = {error.code(), error.what()};
    EXPECT_EQ(node.id(), id);
    EXPECT_TRUE(node.binds().empty());
  }
  EXPECT_EQ(open_descriptors(), before) << "something stayed bound";
  return out;
}

Config with_binds(std::vector<std::string> binds, bool insecure = false) {
  Config config;
  config.nodeid = "careless";
  config.binds = std::move(binds);
  if (insecure) config.insecure = true;
  return config;
}

bool says(const Refusal& refusal, std::string_view word) {
  return refusal.text.find(word) != std::string::npos;
}

class HostileConfig : public testing::Test {
 protected:
  // What the loop opens once and keeps, its timer and the spare descriptor of listeners, is open.
  HostileConfig() {
    loop.fd();
    Node(loop).configure(with_binds({abstract_address()}));
  }
  SkewedHost host;
  Loop loop{host};
  TempDir dir;
};

TEST_F(HostileConfig, AddressesInUse) {
  Node holder(loop);
  const std::string path = "unix:" + dir.file("socket");
  holder.configure(with_binds({"127.0.0.1:0", "[::1]:0", path, abstract_address()}, true));
  for (const std::string& taken : holder.binds()) {
    const std::string free = abstract_address();
    const Refusal r = refusal(loop, with_binds({free, taken}, true));
    EXPECT_EQ(r.code, Errc::address_in_use) << r.text;
    EXPECT_TRUE(says(r, taken)) << r.text;
    // What was bound before the bad one is free again, and so is the node.
    Node node(loop);
    EXPECT_THROW(node.configure(with_binds({free, taken}, true)), Error);
    node.configure(with_binds({free}));
    EXPECT_EQ(node.binds(), std::vector<std::string>{free});
  }
  EXPECT_TRUE(exists(dir.file("socket")));
  const Refusal twice =
      refusal(loop, with_binds({"unix:" + dir.file("a"), "unix:" + dir.file("a")}));
  EXPECT_EQ(twice.code, Errc::address_in_use) << twice.text;
  EXPECT_FALSE(exists(dir.file("a")));
}

TEST_F(HostileConfig, BindsThatNeedASecretNameTheToolThatMakesOne) {
  for (const bool insecure : {false, true}) {
    for (const char* bind : {"0.0.0.0:0", "*", "*:4040", "[::]:0", "192.0.2.1:4040", "8.8.8.8",
                             "[2001:db8::1]:1", "[::ffff:8.8.8.8]:0"}) {
      const Refusal r = refusal(loop, with_binds({bind}, insecure));
      EXPECT_EQ(r.code, Errc::bad_config) << bind << ": " << r.text;
      EXPECT_TRUE(says(r, "aemp gensecret")) << r.text;
      EXPECT_TRUE(says(r, bind)) << r.text;
    }
  }
  for (const char* bind : {"127.0.0.1:0", "[::1]:0", "localhost"}) {
    const Refusal r = refusal(loop, with_binds({bind}));
    EXPECT_EQ(r.code, Errc::bad_config) << bind << ": " << r.text;
    EXPECT_TRUE(says(r, "aemp gensecret") && says(r, "insecure")) << r.text;
  }
}

TEST_F(HostileConfig, SeedsThatNeedASecretNameTheToolThatMakesOne) {
  for (const char* seed : {"127.0.0.1:4040", "[::1]:4040", "*", "192.0.2.1", "8.8.8.8:4040"}) {
    Config config = with_binds({abstract_address()});
    config.seeds = {seed};
    const Refusal r = refusal(loop, config);
    EXPECT_EQ(r.code, Errc::bad_config) << seed << ": " << r.text;
    EXPECT_TRUE(says(r, "aemp gensecret")) << r.text;
  }
}

TEST_F(HostileConfig, WithoutBindsOrSecretItListensNowhereAndSaysSo) {
  Node node(loop);
  LogBook log(node);
  Config config;
  config.nodeid = "careless";
  node.configure(config);
  EXPECT_TRUE(node.binds().empty());
  EXPECT_TRUE(loop.run_until([&] { return log.count("aemp gensecret") == 1; }, kPatience))
      << log.all();
  EXPECT_EQ(log.lines[0].level, 1);
}

TEST_F(HostileConfig, OneEndInsecureOnly) {
  Config open = with_binds({"127.0.0.1:0", abstract_address()}, true);
  Node insecure(loop);
  LogBook log(insecure);
  insecure.configure(open);
  Config config = with_binds({abstract_address()});
  config.nodeid = "prudent";
  config.seeds = {insecure.binds()[0]};
  EXPECT_EQ(refusal(loop, config).code, Errc::bad_config);
  // Over the unix socket the two may talk; the address that the other end offers besides is never
  // dialled by the one that did not opt in.
  config.seeds = {insecure.binds()[1]};
  Node prudent(loop);
  LogBook prudent_log(prudent);
  prudent.configure(config);
  EXPECT_TRUE(
      loop.run_until([&] { return prudent.node_is_up("careless").value_or(false); }, kPatience));
  EXPECT_EQ(prudent.stats().peers[0].address, insecure.binds()[1]);
}

TEST_F(HostileConfig, NamesAndNumbersOutOfRange) {
  const auto wrong = [&](const std::function<void(Config&)>& change, Errc code,
                         std::string_view word) {
    Config config = with_binds({abstract_address()});
    change(config);
    const Refusal r = refusal(loop, config);
    EXPECT_EQ(r.code, code) << r.text;
    EXPECT_TRUE(says(r, word)) << r.text;
  };
  for (const std::string& id : {std::string("a b"), std::string("a#b"), std::string("\xff"),
                                std::string("tab\there"), std::string(256, 'a'), std::string()}) {
    wrong([&](Config& c) { c.nodeid = id; }, Errc::bad_name, "node ID");
  }
  for (const std::string& bind : {std::string("nonsense"), std::string("127.0.0.1:99999"),
                                  std::string("unix:"), "unix:/" + std::string(200, 'x'),
                                  std::string("[::1"), std::string("a b:1"), std::string()}) {
    wrong([&](Config& c) { c.binds = {bind}; }, Errc::bad_config, "binds");
    wrong([&](Config& c) { c.seeds = {bind}; }, Errc::bad_config, "seeds");
  }
  wrong([](Config& c) { c.secret = "hunter2"; }, Errc::bad_config, "secret");
  wrong([](Config& c) { c.secret = "hunter2", c.insecure = true; }, Errc::bad_config, "insecure");
  wrong([](Config& c) { c.max_message = 0; }, Errc::bad_config, "max_message");
  wrong([](Config& c) { c.max_message = ~std::uint64_t{0}; }, Errc::bad_config, "max_message");
  wrong([](Config& c) { c.queue_limit = 1000; }, Errc::bad_config, "queue_limit");
  wrong([](Config& c) { c.heartbeat_timeout = 1ms; }, Errc::bad_config, "heartbeat_timeout");
  wrong([](Config& c) { c.heartbeat_timeout = -1s; }, Errc::bad_config, "heartbeat_timeout");
  wrong([](Config& c) { c.heartbeat_timeout = std::chrono::nanoseconds::max(); }, Errc::bad_config,
        "heartbeat_timeout");
  wrong([](Config& c) { c.monitor_timeout = -1s; }, Errc::bad_config, "monitor_timeout");
  wrong([](Config& c) { c.connect_interval = 0s; }, Errc::bad_config, "connect_interval");
  wrong([](Config& c) { c.log_level = 10; }, Errc::bad_config, "log_level");
  wrong(
      [](Config& c) {
        c.drained_below = 5'000'000;
        c.congested_above = 1000;
      },
      Errc::bad_config, "congested_above");
}

TEST_F(HostileConfig, ConfiguredTwiceOrTooLate) {
  Node node(loop);
  node.configure(with_binds({abstract_address()}));
  EXPECT_THROW(node.configure(with_binds({abstract_address()})), Error);
  Node late(loop);
  late.port();
  EXPECT_THROW(late.configure(with_binds({abstract_address()})), Error);
}

TEST_F(HostileConfig, UnreachableSeedsDelayNobody) {
  Node seed(loop);
  seed.configure(with_binds({"unix:" + dir.file("seed"), "127.0.0.1:0"}, true));
  std::ofstream(dir.file("plain")) << "text";
  std::string closed_port;
  {
    const RawListener was_here(loop, "127.0.0.1:0");
    closed_port = was_here.address();
  }
  Config config = with_binds({abstract_address()}, true);
  config.nodeid = "hopeful";
  config.global = true;
  config.monitor_timeout = 80ms;
  config.seeds = {"unix:" + dir.file("missing"), "unix:" + dir.file("plain"), closed_port,
                  "unix:@aemp-nobody", "unix:" + dir.file("seed")};
  Node node(loop);
  LogBook log(node);
  node.configure(config);
  EXPECT_TRUE(
      loop.run_until([&] { return node.node_is_up("careless").value_or(false); }, kPatience));
  const auto failed = [&](const std::string& address) {
    return loop.run_until([&] { return log.count("dial failed: " + address) > 1; }, kPatience);
  };
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(failed((*config.seeds)[i])) << (*config.seeds)[i] << log.all();
  }
  std::vector<std::string> fired;
  node.mon(node.node_port("nowhere"), [&](Message reason) { fired.push_back(reason.json()); });
  node.snd(node.node_port("nowhere"), "devnull");
  EXPECT_TRUE(loop.run_until([&] { return !fired.empty(); }, kPatience));
  EXPECT_EQ(fired[0].find("[\"transport_error\",\"nowhere\","), 0u) << fired[0];
  std::ifstream plain(dir.file("plain"));
  std::string content;
  plain >> content;
  EXPECT_EQ(content, "text");
}

TEST_F(HostileConfig, ASeedThatIsTheNodeItself) {
  Node other(loop);
  other.configure(with_binds({abstract_address()}));
  Config config = with_binds({"unix:" + dir.file("self"), abstract_address()});
  config.nodeid = "narcissus";
  config.global = true;
  config.seeds = {(*config.binds)[0], (*config.binds)[1], other.binds()[0]};
  Node node(loop);
  LogBook log(node);
  node.configure(config);
  const auto settled = [&] {
    const Stats stats = node.stats();
    return stats.links_up == 1 && stats.dials == 0 && stats.half_open == 0 &&
           log.count("it is this node itself") >= 2;
  };
  EXPECT_TRUE(loop.run_until(settled, kPatience)) << log.all();
  const std::size_t lines = log.lines.size();
  host.skip(40s);
  node.snd(other.node_port(), "devnull");
  for (int i = 0; i < 20; ++i) loop.run_once(1ms);
  EXPECT_EQ(node.stats().dials, 0u);
  EXPECT_EQ(log.lines.size(), lines) << "it is not dialled again" << log.all();
}

TEST_F(HostileConfig, UnixPathsThatAreSomethingElse) {
  std::ofstream(dir.file("plain")) << "precious";
  ASSERT_EQ(symlink(dir.file("plain").c_str(), dir.file("link").c_str()), 0);
  for (const std::string& path : {dir.file("plain"), dir.file("link"), dir.path()}) {
    const Refusal r = refusal(loop, with_binds({"unix:" + path}));
    EXPECT_EQ(r.code, Errc::address_in_use) << r.text;
    EXPECT_TRUE(says(r, path)) << r.text;
    EXPECT_TRUE(exists(path));
  }
  std::ifstream plain(dir.file("plain"));
  std::string content;
  plain >> content;
  EXPECT_EQ(content, "precious");
  EXPECT_EQ(refusal(loop, with_binds({"unix:" + dir.file("no/such/dir")})).code, Errc::system);
}

TEST_F(HostileConfig, DirectoriesThatOthersMayWriteTo) {
  const std::string path = dir.file("socket");
  ASSERT_EQ(chmod(dir.path().c_str(), 0777), 0);
  const Refusal r = refusal(loop, with_binds({"unix:" + path}));
  EXPECT_EQ(r.code, Errc::bad_config) << r.text;
  EXPECT_TRUE(says(r, path)) << r.text;
  ASSERT_EQ(chmod(dir.path().c_str(), 01777), 0);
  Node node(loop);
  node.configure(with_binds({"unix:" + path}));
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

// Runs `body` in a child, which never returns to the test; gives its pid.
pid_t child(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  body();
  _exit(0);
}

int ended(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST_F(HostileConfig, ASocketLeftOverFromADeadProcess) {
  const std::string path = dir.file("socket");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t pid = child([&] {
    Loop own;
    Node node(own);
    node.configure(with_binds({"unix:" + path}));
    if (write(ready[1], "r", 1) != 1) _exit(1);
    own.run();
  });
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(refusal(loop, with_binds({"unix:" + path})).code, Errc::address_in_use);
  kill(pid, SIGKILL);
  EXPECT_EQ(ended(pid), 1000 + SIGKILL);
  EXPECT_TRUE(exists(path));
  close(ready[0]);
  close(ready[1]);
  {
    World world(victim_config("unix:" + path));
    world.expect_undisturbed();
  }
  EXPECT_FALSE(exists(path));
}

constexpr uid_t kSomebodyElse = 65534;

TEST_F(HostileConfig, AnotherUserDialsTheUnixSocket) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  World world;
  const std::string address = world.address();
  const pid_t pid = child([&] {
    if (setuid(kSomebodyElse) != 0) _exit(1);
    const int fd = dial(address);
    if (fd < 0) _exit(2);
    const Bytes hello = greeting() + packed(hello_of("intruder", 0x1111));
    send(fd, hello.data(), hello.size(), MSG_NOSIGNAL);
    fcntl(fd, F_SETFL, 0);
    char buffer[100];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    _exit(n <= 0 ? 0 : 3);  // not a byte
  });
  EXPECT_TRUE(world.loop.run_until([&] { return world.log.count("belongs to user 65534") > 0; },
                                   kPatience));
  EXPECT_EQ(ended(pid), 0);
  world.expect_line("belongs to user 65534, not 0");
  world.expect_undisturbed();
}

TEST_F(HostileConfig, AnotherUserAnswersAtTheUnixSocket) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to become another user";
  const std::string address = abstract_address();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t pid = child([&] {
    if (setuid(kSomebodyElse) != 0) _exit(1);
    Loop own;
    RawListener listener(own, address);
    if (write(ready[1], "r", 1) != 1) _exit(2);
    const auto peer = listener.accept();
    peer->wait_closed();
    _exit(peer->received() == 0 ? 0 : 3);  // not even the greeting
  });
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  Config config = with_binds({abstract_address()});
  config.seeds = {address};
  Node node(loop);
  LogBook log(node);
  node.configure(config);
  EXPECT_TRUE(loop.run_until([&] { return log.count("belongs to user 65534") > 0; }, kPatience));
  EXPECT_EQ(ended(pid), 0);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace aemp::raw
