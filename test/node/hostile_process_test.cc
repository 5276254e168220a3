// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Signals and forks.
#include <sys/wait.h>

#include <csignal>
#include <functional>

#include "node/hostile_world.h"
#include "os/temp_dir.h"

namespace aemp::raw {
namespace {

void expect_default_sigpipe() {
  struct sigaction action {};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &action), 0);
  EXPECT_EQ(action.sa_handler, SIG_DFL);
}

class HostilePipe : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Over, HostilePipe, testing::Values("", "127.0.0.1:0"),
                         [](const auto& info) {
                           return std::string(info.index == 0 ? "Unix" : "Tcp");
                         });

TEST_P(HostilePipe, APeerThatGoesWhileItIsWrittenToRaisesNoSignal) {
  expect_default_sigpipe();
  World world(victim_config(GetParam()[0] == '\0' ? abstract_address() : GetParam()));
  const Port there = *Port::parse("intruder#000000004fB.1");
  for (int round = 0; round < 20; ++round) {
    const auto peer = world.intruder("intruder", 0x1111);
    peer->answer_pings = false;
    peer->read(false);
    for (int i = 0; i < 200; ++i) world.node.snd(there, std::string(10'000, 'x'));
    world.loop.run_once(0ms);
    if (round % 2 == 0) {
      peer->reset();
    } else {
      peer->close();
    }
    for (int i = 0; i < 10; ++i) {
      world.node.snd(there, "more");
      world.loop.run_once(0ms);
    }
    const auto gone = [&] { return world.node.stats().links_up == 1; };
    ASSERT_TRUE(world.loop.run_until(gone, kPatience));
  }
  expect_default_sigpipe();
  world.expect_undisturbed();
}

int in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// Everything that a program could do with nodes that it inherited, and what must come of it.
int misuse_in_child(std::unique_ptr<World>& world) {
  const Port there = world->echo;
  for (int i = 0; i < 100; ++i) world->honest.snd(there, "ping", world->replies, -1);
  world->node.snd(world->replies, "pong", -2);
  world->node.kil(world->replies, "killed by the child");
  world->node.kil(world->echo, "killed by the child");
  world->honest.mon(there, [](Message) {});
  world->honest.spawn("victim", "anything");
  world->node.snd(*Port::parse("nowhere#000000004fB.1"), "hello");
  const std::string payload(1'000'000, 'x');
  while (world->node.stats().overruns == 0) world->node.snd(world->replies, "pong", payload);
  int thrown = 0;
  const auto expect_throw = [&](auto call) {
    try {
      call();
    } catch (const Error& error) {
      thrown += error.code() == Errc::system;
    }
  };
  expect_throw([&] { world->loop.run_once(0ms); });
  expect_throw([&] { world->loop.run_for(1ms); });
  expect_throw([&] { world->loop.run_until([] { return false; }, 1ms); });
  expect_throw([&] { world->loop.run(); });
  world->node.leave();
  world.reset();
  // And then a life of its own.
  World own;
  own.exchange();
  return thrown == 4 && own.downs == 0 ? 7 : 8;
}

TEST(HostileFork, TheChildIsInertAndTheParentDoesNotNotice) {
  const TempDir dir;
  const std::string path = dir.file("socket");
  Config config = victim_config("unix:" + path);
  config.max_message = 2u << 20;
  config.queue_limit = 4u << 20;
  auto world = std::make_unique<World>(config);
  EXPECT_EQ(in_child([&] { return misuse_in_child(world); }), 7);
  EXPECT_TRUE(exists(path));
  const auto peer = world->intruder();
  EXPECT_TRUE(world->answers(*peer));
  peer->close();
  world->expect_undisturbed();
  EXPECT_NE(world->last_reply, -2);
  world.reset();
  EXPECT_FALSE(exists(path));
}

TEST(HostileFork, FromWithinACallback) {
  const TempDir dir;
  const std::string path = dir.file("socket");
  World world(victim_config("unix:" + path));
  int status = -1;
  pid_t pid = -1;
  world.node.rcv(world.target, [&](Message) {
    pid = fork();
    if (pid != 0) return;
    world.node.kil(world.echo, "killed by the child");
    world.node.snd(world.replies, "pong", -2);
  });
  world.honest.snd(world.target, "now");
  try {
    world.loop.run_until([&] { return pid >= 0; }, kPatience);
  } catch (const Error&) {
    if (pid != 0) throw;
    _exit(9);
  }
  if (pid == 0) _exit(10);
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 9);
  world.expect_undisturbed();
  EXPECT_TRUE(exists(path));
}

// A peer process that is killed in the middle of everything.
TEST(HostileFork, APeerKilledWhileItWrites) {
  World world;
  world.node.rcv(world.target, [](Message) {});
  const std::string address = world.address();
  const Bytes to_target = home(world.target.serial());
  for (int round = 0; round < 5; ++round) {
    const pid_t pid = fork();
    if (pid == 0) {
      Loop own;
      RawPeer peer(own, address);
      if (!peer.join(hello_of("mayfly", 0x1000u + static_cast<unsigned>(round)))) _exit(1);
      for (;;) {
        peer.send(frame(kFrameData, to_target + values(std::string(1000, 'x'))));
        own.run_once(0ms);
      }
    }
    const auto before = world.node.stats().remote_messages;
    EXPECT_TRUE(world.loop.run_until(
        [&] { return world.node.stats().remote_messages > before + 100; }, kPatience));
    kill(pid, SIGKILL);
    ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
    EXPECT_TRUE(world.loop.run_until([&] { return world.node.stats().links_up == 1; }, kPatience));
  }
  world.expect_undisturbed();
}

}  // namespace
}  // namespace aemp::raw
