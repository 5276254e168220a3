// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Too much of everything: connections, messages, requests; and peers that do not read.
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

constexpr std::size_t kQueueLimit = 8u << 20;

Config limited() {
  Config config = victim_config();
  config.max_message = 2u << 20;
  config.queue_limit = kQueueLimit;
  config.heartbeat_timeout = 1h;  // nobody is called silent here
  return config;
}

// The same again and again, `size` bytes or a little more.
Bytes repeated(const Bytes& one, std::size_t size) {
  Bytes out;
  out.reserve(size + one.size());
  while (out.size() < size) out.insert(out.end(), one.begin(), one.end());
  return out;
}

TEST(HostileOverload, HalfOpenConnectionsMakeRoomOldestFirst) {
  World world;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 300; ++i) {
    peers.push_back(std::make_unique<RawPeer>(world.loop, world.address()));
    world.exchange(1);
    EXPECT_LE(world.node.stats().half_open, 256u);
  }
  EXPECT_EQ(world.node.stats().half_open, 256u);
  for (int i = 0; i < 44; ++i) EXPECT_TRUE(peers[static_cast<std::size_t>(i)]->wait_closed()) << i;
  for (std::size_t i = 44; i < 300; ++i) EXPECT_FALSE(peers[i]->closed()) << i;
  EXPECT_EQ(world.log.count("made room"), 44) << world.log.all();
  // An honest node is in before the next stranger could push it out.
  Node newcomer(world.loop);
  Config config;
  config.nodeid = "newcomer";
  config.private_node();
  config.seeds = world.node.binds();
  newcomer.configure(config);
  EXPECT_TRUE(world.loop.run_until(
      [&] { return world.node.node_is_up("newcomer").value_or(false); }, kPatience));
  newcomer.leave();
  peers.clear();
  world.expect_undisturbed();
}

// Of an intruder of that name with incarnation 0x1111.
Port port_of_sloth() { return *Port::parse("sloth#000000004fB.1"); }

class HostileReader : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Of, HostileReader,
                         testing::Values(16, 1024, 40'000, 45'000, 67'000, 1'000'000),
                         [](const auto& info) { return std::to_string(info.param) + "Bytes"; });

TEST_P(HostileReader, ThatStopsCostsNoMoreThanTheQueueLimit) {
  World world(limited());
  const auto peer = world.intruder("sloth", 0x1111);
  peer->answer_pings = false;
  peer->read(false);
  std::vector<std::string> fired;
  const Port there = port_of_sloth();
  world.node.mon(there, [&](Message reason) { fired.push_back(reason.json()); });
  const std::string payload(GetParam(), 'x');
  world.loop.run_once(0ms);
  const std::size_t before = resident_bytes();
  std::size_t most = 0, most_queued = 0;
  for (int i = 0; i < 20'000'000 && world.node.stats().overruns == 0; ++i) {
    for (std::size_t n = 0; n < 100'000; n += GetParam()) {
      world.node.snd(there, payload);
    }
    // A turn now and then; the honest link goes on all the while.
    world.exchange(1);
    most = std::max(most, resident_bytes());
    for (const PeerStats& stats : world.node.stats().peers) {
      most_queued = std::max<std::size_t>(most_queued, stats.queued_bytes);
    }
  }
  EXPECT_EQ(world.node.stats().overruns, 1u);
  EXPECT_GT(most_queued, kQueueLimit * 7 / 10);
  EXPECT_LE(most_queued, kQueueLimit);
  EXPECT_LE(most, before + kQueueLimit * 11 / 10 + (1u << 20) + 3 * GetParam());
  ASSERT_TRUE(world.loop.run_until([&] { return !fired.empty(); }, kPatience));
  EXPECT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].find("[\"overrun\",\"sloth\","), 0u) << fired[0];
  world.expect_line("expected at most queue_limit");
  peer->close();
  world.expect_undisturbed();
}

// Without a turn of the loop. Returns how many bytes of payload that took.
std::size_t send_until_overrun(World& world, std::size_t size) {
  const Port there = port_of_sloth();
  const std::string payload(size, 'x');
  world.loop.run_once(0ms);
  std::size_t sent = 0;
  for (; world.node.stats().overruns == 0; sent += size) world.node.snd(there, payload);
  return sent;
}

// Two messages of this size leave a third of their block empty: memory is what counts.
TEST(HostileOverload, MemoryIsBoundedWhereMessagesFillItBadly) {
  World world(limited());
  const auto peer = world.intruder("sloth", 0x1111);
  const std::size_t sent = send_until_overrun(world, 45'000);
  // Two thirds of a block.
  EXPECT_LE(sent * 3 / 2, kQueueLimit * 12 / 10);
  EXPECT_GE(sent * 3 / 2, kQueueLimit);
  world.expect_refused(*peer, CloseCode::overrun, "bytes of memory: expected at most queue_limit");
  world.expect_undisturbed();
}

TEST(HostileOverload, WhoIsOverrunHearsItWhereTheSocketTakesIt) {
  World world(limited());
  const auto peer = world.intruder("sloth", 0x1111);
  send_until_overrun(world, 60'000);
  world.expect_refused(*peer, CloseCode::overrun, "expected at most queue_limit");
  world.expect_undisturbed();
}

TEST(HostileOverload, MessagesForANodeThatIsNotThereAreBoundedToo) {
  World world(limited());
  std::vector<std::string> fired;
  const Port there = *Port::parse("nowhere#000000004fB.1");
  world.node.mon(there, [&](Message reason) { fired.push_back(reason.json()); });
  const std::string payload(10'000, 'x');
  std::size_t most = 0;
  for (int i = 0; i < 2000; ++i) {
    world.node.snd(there, payload);
    for (const PeerStats& stats : world.node.stats().peers) {
      most = std::max<std::size_t>(most, stats.queued_bytes);
    }
  }
  ASSERT_TRUE(world.loop.run_until([&] { return !fired.empty(); }, kPatience));
  EXPECT_EQ(fired[0].find("[\"overrun\",\"nowhere\","), 0u) << fired[0];
  EXPECT_EQ(fired.size(), 1u);
  EXPECT_LE(most, kQueueLimit);
  world.expect_undisturbed();
}

TEST(HostileOverload, AnswersToNodesThatAreNotThereAreBounded) {
  World world;
  const auto peer = world.intruder();
  std::size_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Port back = *Port::parse("node" + std::to_string(i) + "#000000004fB.1");
    peer->send(frame(kFrameData, node_port() + values("time", back)));
    if (i % 500 != 499) continue;
    EXPECT_TRUE(world.answers(*peer));
    most = std::max(most, world.node.stats().peers.size());
  }
  EXPECT_GT(most, 200u) << "or the test shows nothing";
  EXPECT_LT(most, 2000u);
  EXPECT_GT(world.log.count("too many such nodes are waited for"), 0);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileOverload, MonitorsOfVeryManyNodesThatAreNotThereFireOnceAndInTime) {
  World world;
  constexpr int kNodes = 3000;
  std::vector<int> fired(kNodes);
  int all = 0;
  for (int i = 0; i < kNodes; ++i) {
    const Port there = world.node.node_port("node" + std::to_string(i));
    world.node.mon(there, [&fired, &all, i](std::string_view word, std::string_view, Message) {
      EXPECT_EQ(word, "transport_error");
      ++fired[static_cast<std::size_t>(i)];
      ++all;
    });
    world.node.snd(there, "devnull");
    if (i % 100 == 0) world.loop.run_once(0ms);
  }
  world.exchange();
  EXPECT_EQ(all, 0) << "those that are monitored are waited for";
  world.host.skip(31s);
  EXPECT_TRUE(world.loop.run_until([&] { return all == kNodes; }, kPatience)) << all;
  EXPECT_EQ(std::count(fired.begin(), fired.end(), 1), kNodes);
}

// Requests whose answers nobody reads.
struct Request {
  const char* name;
  Bytes (*make)(World& world);
};

class HostileAsker : public testing::TestWithParam<Request> {};
INSTANTIATE_TEST_SUITE_P(
    For, HostileAsker,
    testing::Values(Request{"MissingPorts",
                            [](World&) { return frame(kFrameMon, home(0x777777)); }},
                    Request{"Pongs", [](World&) { return frame(kFramePing, be64(1)); }},
                    Request{"Idleness", [](World&) { return frame(kFrameIdleAsk, {}); }},
                    Request{"TheTime",
                            [](World& world) {
                              const Port back = *Port::parse("glutton#000000004fB.1");
                              return frame(kFrameData, node_port() + values("time", back)) +
                                     frame(kFrameData, home(world.target.serial()));
                            }}),
    [](const auto& info) { return info.param.name; });

TEST_P(HostileAsker, ThatDoesNotReadTheAnswers) {
  World world(limited());
  world.node.kil(world.target);  // its log of messages would grow
  world.ports = 1;
  const auto peer = world.intruder("glutton", 0x1111);
  peer->answer_pings = false;
  peer->read(false);
  const Bytes burst = repeated(GetParam().make(world), 200'000);
  const std::size_t before = resident_bytes();
  std::size_t most = 0;
  for (int i = 0; i < 150 && world.node.stats().overruns == 0; ++i) {
    peer->send(burst);
    ASSERT_TRUE(world.loop.run_until(
        [&] { return peer->all_sent() || world.node.stats().overruns != 0; }, kPatience));
    world.exchange(1);
    most = std::max(most, resident_bytes());
    for (const PeerStats& stats : world.node.stats().peers) {
      EXPECT_LE(stats.queued_bytes, kQueueLimit);
    }
  }
  EXPECT_LE(most, before + kQueueLimit * 11 / 10 + (2u << 20));
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileOverload, AFloodLeavesRoomForOthers) {
  World world;
  std::size_t flooded = 0;
  world.node.rcv(world.target, [&](Message) { ++flooded; });
  const auto peer = world.intruder();
  const Bytes one = frame(kFrameData, home(world.target.serial()) + values("flood", 12345));
  const Bytes burst = repeated(one, 1'000'000);
  for (int i = 0; i < 20; ++i) peer->send(burst);
  // Far fewer turns than the flood needs.
  world.exchange(50);
  EXPECT_FALSE(peer->all_sent());
  EXPECT_GT(flooded, 0u);
  peer->close();
  world.expect_undisturbed();
}

TEST(HostileOverload, AFloodThatIsPassedOnDoesNotPileUp) {
  World world;
  std::size_t passed = 0, most = 0;
  const Port worker = world.node.port([&](Message) { ++passed; });
  world.node.rcv(world.target, [&](Message m) { world.node.snd(worker, m); });
  world.ports = 3;
  const auto peer = world.intruder();
  const Bytes one = frame(kFrameData, home(world.target.serial()) + values("flood", 12345));
  const std::size_t wanted = 300'000;
  const Bytes flood = repeated(one, wanted * one.size());
  peer->send(flood);
  while (passed < wanted && world.loop.run_once(1s)) {
    most = std::max(most, world.node.stats().run_queue_bytes);
  }
  EXPECT_EQ(passed, wanted);
  EXPECT_GT(most, 1u << 20) << "or the test shows nothing";
  EXPECT_LE(most, 2u << 20);
  peer->close();
  world.expect_undisturbed();
}

// The node lives in a child that may open only a few descriptors more; this process attacks it.
class HostileDescriptors : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(to_child_), 0);
    ASSERT_EQ(pipe(to_parent_), 0);
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      close(to_child_[1]);
      close(to_parent_[0]);
      _exit(serve());
    }
    close(to_child_[0]);
    close(to_parent_[1]);
    char buffer[200];
    const ssize_t n = ::read(to_parent_[0], buffer, sizeof buffer);
    ASSERT_GT(n, 0);
    address_.assign(buffer, static_cast<std::size_t>(n));
  }
  void TearDown() override {
    close(to_child_[1]);
    close(to_parent_[0]);
    int status = 0;
    EXPECT_EQ(waitpid(child_, &status, 0), child_);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }

  int serve() {
    World world;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = open_descriptors() + 8;
    setrlimit(RLIMIT_NOFILE, &limit);
    const std::string address = world.address();
    if (::write(to_parent_[1], address.data(), address.size()) < 0) return 2;
    bool over = false;
    world.loop.io(to_child_[0], Readable, [&] { over = true; });
    // Strangers leave some; so it is somebody else in the process who takes them all for a while.
    std::vector<int> taken;
    for (int fd; (fd = dup(0)) >= 0;) taken.push_back(fd);
    while (!over) {
      world.exchange(1);
      world.loop.run_once(1ms);
      if (world.log.count("Too many open files") == 0) continue;
      for (const int fd : taken) close(fd);
      taken.clear();
    }
    if (world.log.count("Too many open files") == 0) return 3;
    if (world.downs != 0 || !world.alarms.empty()) return 4;
    return testing::Test::HasFailure() ? 5 : 0;
  }

  int to_child_[2], to_parent_[2];
  pid_t child_ = -1;
  std::string address_;
};

TEST_F(HostileDescriptors, WhenTheyRunOutTheListenerPausesAndRecovers) {
  Loop loop;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < 60; ++i) peers.push_back(std::make_unique<RawPeer>(loop, address_));
  // Some of them are shed, for there is no room.
  const auto shed = [&] {
    return std::any_of(peers.begin(), peers.end(), [](const auto& p) { return p->closed(); });
  };
  EXPECT_TRUE(loop.run_until(shed, kPatience));
  peers.clear();
  bool joined = false;
  for (int i = 0; i < 100 && !joined; ++i) {
    RawPeer peer(loop, address_);
    joined = peer.join(hello_of("late", 0x1111));
  }
  EXPECT_TRUE(joined);
}

// Takes all descriptors that this process may still open, and gives them back.
class AllDescriptors {
 public:
  AllDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = 200;
    setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = dup(0)) >= 0;) taken_.push_back(fd);
  }
  ~AllDescriptors() {
    for (const int fd : taken_) close(fd);
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

int dial_without_descriptors() {
  World world;
  Config config;
  config.nodeid = "late";
  config.private_node();
  config.seeds = world.node.binds();
  Node late(world.loop);
  LogBook log(late);
  auto all = std::make_unique<AllDescriptors>();
  late.configure(config);
  EXPECT_TRUE(world.loop.run_until([&] { return log.count("Too many open files") > 1; }, kPatience))
      << log.all();
  EXPECT_THROW(Loop(), Error);
  Node listener(world.loop);
  EXPECT_THROW(listener.configure(victim_config()), Error);
  EXPECT_TRUE(listener.binds().empty());
  world.exchange();
  all.reset();
  const auto up = [&] { return late.node_is_up("victim").value_or(false); };
  EXPECT_TRUE(world.loop.run_until(up, kPatience)) << log.all();
  listener.configure(victim_config());
  late.leave();
  EXPECT_TRUE(world.loop.run_until([&] { return world.node.stats().links_up == 1; }, kPatience));
  EXPECT_EQ(world.downs, 0);
  return testing::Test::HasFailure() ? 1 : 0;
}

TEST(HostileDescriptor, WhenThereIsNoneDialsAreTriedAgainAndErrorsAreThrown) {
  const pid_t pid = fork();
  if (pid == 0) _exit(dial_without_descriptors());
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status)) << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace aemp::raw
