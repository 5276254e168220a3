// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// After a fork the child's loop is inert and the parent's goes on.
#include <aemp/error.h>
#include <aemp/loop.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>

#include "loop/pipes.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;

// The exit code of `body` in a child.
int in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(LoopFork, ChildCannotRunTheLoop) {
  Loop loop;
  loop.defer([] { _exit(99); });
  EXPECT_EQ(in_child([&] {
              try {
                loop.run_once(0ms);
              } catch (const Error& error) {
                return error.code() == Errc::system ? 7 : 8;
              }
              return 9;
            }),
            7);
}

TEST(LoopFork, NothingTheChildDoesReachesTheParent) {
  auto loop = std::make_unique<Loop>();
  Pipe pipe;
  int calls = 0;
  Watch watch = loop->io(pipe.read_end(), Readable, [&] {
    ++calls;
    pipe.take();
  });
  Watch signal_watch = loop->signal(SIGUSR1, [&] { calls += 10; });
  const int fd = loop->fd();
  EXPECT_EQ(in_child([&] {
              loop->post([] {});
              loop->defer([] {});
              loop->timer(0ms, [] {});
              raise(SIGUSR1);
              watch.cancel();
              signal_watch.cancel();
              loop.reset();
              return 5;
            }),
            5);
  EXPECT_FALSE(readable(fd)) << "the child woke the parent";
  EXPECT_FALSE(loop->run_once(0ms));
  pipe.put();
  EXPECT_TRUE(loop->run_once(60s));
  EXPECT_EQ(calls, 1);
  raise(SIGUSR1);
  EXPECT_TRUE(loop->run_once(60s));
  EXPECT_EQ(calls, 11);
}

TEST(LoopFork, ChildThatReturnsFromTheCallbackLeavesTheLoopWithAnError) {
  Loop loop;
  pid_t pid = -1;
  bool second = false;
  loop.timer(0ms, [&] { pid = fork(); });
  loop.timer(0ms, [&] { second = true; });
  try {
    while (!second) loop.run_once(60s);
  } catch (const Error&) {
    if (pid == 0) _exit(second ? 1 : 6);
    throw;
  }
  if (pid == 0) _exit(2);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 6);
}

TEST(LoopFork, ChildCanMakeALoopOfItsOwn) {
  Loop loop;
  Watch watch = loop.signal(SIGUSR1, [] {});
  EXPECT_EQ(in_child([&] {
              Loop own;
              int seen = 0;
              own.signal(SIGUSR1, [&] { ++seen; });
              own.timer(1ms, [&] { raise(SIGUSR1); });
              return own.run_until([&] { return seen == 1; }, 60s) ? 4 : 5;
            }),
            4);
  EXPECT_FALSE(loop.run_once(0ms));
}

}  // namespace
}  // namespace aemp
