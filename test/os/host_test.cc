// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "os/fork_guard.h"
#include "os/temp_dir.h"
#include "os/unix_host.h"

namespace aemp {
namespace {

class HostTest : public testing::Test {
 protected:
  std::unique_ptr<Host> host_ = make_unix_host();
  TempDir dir_;
};

TEST_F(HostTest, MonotonicClockDoesNotGoBack) {
  Nanos last = host_->clock().monotonic();
  for (int i = 0; i < 1000; ++i) {
    const Nanos now = host_->clock().monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(host_->clock().wall(), 1700000000 * kSecond);
}

TEST_F(HostTest, RandomFillsEverything) {
  std::vector<std::uint8_t> a(100000), b(100000);
  ASSERT_TRUE(host_->random().fill(a));
  ASSERT_TRUE(host_->random().fill(b));
  EXPECT_NE(a, b);
  EXPECT_TRUE(std::any_of(a.end() - 16, a.end(), [](auto x) { return x != 0; }));
  EXPECT_TRUE(host_->random().fill({}));
}

TEST_F(HostTest, EnvironmentTellsUnsetFromEmpty) {
  setenv("AEMP_TEST_ENV", "", 1);
  EXPECT_EQ(host_->env().get("AEMP_TEST_ENV"), "");
  unsetenv("AEMP_TEST_ENV");
  EXPECT_EQ(host_->env().get("AEMP_TEST_ENV"), std::nullopt);
}

TEST_F(HostTest, IdentityIsThatOfTheProcess) {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  EXPECT_EQ(host_->identity().nodename(), name);
  EXPECT_EQ(host_->identity().pid(), getpid());
  EXPECT_EQ(host_->identity().uid(), geteuid());
}

TEST_F(HostTest, InterfacesIncludeLoopback) {
  const std::vector<Address> found = host_->identity().interfaces();
  EXPECT_NE(std::find(found.begin(), found.end(), Address::tcp4(127, 0, 0, 1, 0)), found.end());
}

TEST_F(HostTest, ForkIsNoticedInTheChildOnly) {
  EXPECT_FALSE(host_->identity().forked());
  const pid_t pid = fork();
  if (pid == 0) {
    const bool old_one = host_->identity().forked();
    const bool new_one = make_unix_host()->identity().forked();
    _exit(old_one && !new_one ? 0 : 1);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(host_->identity().forked());
}

TEST_F(HostTest, FilesAreReplacedInOneStepWithTheirMode) {
  const std::string path = dir_.file("conf");
  EXPECT_EQ(host_->files().read(path).status().sys_errno(), ENOENT);
  ASSERT_TRUE(host_->files().write_atomic(path, "one", 0600).ok());
  const std::string large(200000, 'x');
  ASSERT_TRUE(host_->files().write_atomic(path, large, 0644).ok());
  EXPECT_EQ(host_->files().read(path).take(), large);
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0644u);
  EXPECT_EQ(dir_.names(), std::vector<std::string>{"conf"});
}

TEST_F(HostTest, ReplacingASymbolicLinkReplacesWhatItPointsTo) {
  const std::string path = dir_.file("link"), target = dir_.file("target");
  ASSERT_TRUE(host_->files().write_atomic(target, "old", 0600).ok());
  ASSERT_EQ(symlink("target", path.c_str()), 0);
  ASSERT_TRUE(host_->files().write_atomic(path, "new", 0600).ok());
  struct stat info {};
  ASSERT_EQ(lstat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
  EXPECT_EQ(host_->files().read(target).take(), "new");
}

TEST_F(HostTest, WritingThroughALinkToNothingMakesWhatItPointsTo) {
  const std::string path = dir_.file("link"), target = dir_.file("target");
  ASSERT_EQ(symlink(target.c_str(), path.c_str()), 0);
  ASSERT_TRUE(host_->files().write_atomic(path, "new", 0640).ok());
  std::uint32_t mode = 0;
  EXPECT_EQ(host_->files().read(target, &mode).take(), "new");
  EXPECT_EQ(mode, 0640u);
  struct stat info {};
  ASSERT_EQ(lstat(path.c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
}

TEST_F(HostTest, FailedWriteLeavesTheOldFileAndNothingElse) {
  const Status status = host_->files().write_atomic(dir_.file("no/conf"), "x", 0600);
  EXPECT_EQ(status.sys_errno(), ENOENT);
  EXPECT_NE(status.text().find("no/conf"), std::string::npos);
  const std::string path = dir_.file("dir");
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  EXPECT_FALSE(host_->files().write_atomic(path, "x", 0600).ok());
  EXPECT_EQ(dir_.names(), std::vector<std::string>{"dir"});
  rmdir(path.c_str());
}

TEST_F(HostTest, AppendingMakesTheFileOnceAndKeepsItsMode) {
  const std::string path = dir_.file("lines");
  ASSERT_TRUE(host_->files().append(path, "one\n", 0600).ok());
  std::uint32_t mode = 0;
  EXPECT_EQ(host_->files().read(path, &mode).take(), "one\n");
  EXPECT_EQ(mode, 0600u);
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_TRUE(host_->files().append(path, "two\n", 0600).ok());
  EXPECT_EQ(host_->files().read(path, &mode).take(), "one\ntwo\n");
  EXPECT_EQ(mode, 0640u);
  EXPECT_EQ(dir_.names(), std::vector<std::string>{"lines"});
}

TEST_F(HostTest, AppendingFailsWhereThereIsNoFileToBeAndDoesNotWaitForAReader) {
  EXPECT_EQ(host_->files().append(dir_.file("no/lines"), "x", 0600).sys_errno(), ENOENT);
  EXPECT_EQ(host_->files().append(dir_.file("."), "x", 0600).sys_errno(), EISDIR);
  const std::string path = dir_.file("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(host_->files().append(path, "x", 0600).sys_errno(), ENXIO);
  unlink(path.c_str());
}

TEST_F(HostTest, ReadingADirectoryFails) {
  EXPECT_EQ(host_->files().read(dir_.path()).status().sys_errno(), EISDIR);
}

TEST_F(HostTest, ConsoleWritesALine) {
  testing::internal::CaptureStderr();
  host_->console().error_line("a line");
  host_->console().error_line("");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "a line\n\n");
}

TEST(Status, RaisesWhatItSays) {
  const Status status(Errc::address_in_use, "taken", EADDRINUSE);
  try {
    status.raise();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::address_in_use);
    EXPECT_STREQ(error.what(), "taken");
  }
  EXPECT_THROW(Result<int>(status).take(), Error);
  EXPECT_EQ(Result<int>(5).take(), 5);
  EXPECT_NO_THROW(Status().raise_if_failed());
  EXPECT_EQ(errno_text(ECONNREFUSED), "Connection refused");
}

}  // namespace
}  // namespace aemp
