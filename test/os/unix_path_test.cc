// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Who may listen on a path, and what becomes of the file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "os/temp_dir.h"
#include "os/unix_host.h"

namespace aemp {
namespace {

class UnixPathTest : public testing::Test {
 protected:
  Net& net() { return host_->net(); }
  // Leaves a socket file as a process does that was killed.
  void abandon(int type = SOCK_STREAM) {
    const int fd = socket(AF_UNIX, type, 0);
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path_.c_str());
    ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
    close(fd);
  }
  void expect_refused(Errc code) {
    const Result<int> fd = net().listen(at_);
    ASSERT_FALSE(fd.ok());
    EXPECT_EQ(fd.status().code(), code) << fd.status().text();
    EXPECT_NE(fd.status().text().find(path_), std::string::npos) << fd.status().text();
  }

  TempDir dir_;
  std::string path_ = dir_.file("sock");
  Address at_ = Address::local(path_);
  std::unique_ptr<Host> host_ = make_unix_host();
};

TEST_F(UnixPathTest, FileIsForTheOwnerOnlyWhateverTheUmask) {
  const mode_t old_mask = umask(0);
  const int fd = net().listen(at_).take();
  umask(old_mask);
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  net().close(fd);
}

TEST_F(UnixPathTest, FileGoesWithTheListener) {
  const int fd = net().listen(at_).take();
  EXPECT_TRUE(exists(path_));
  net().close(fd);
  EXPECT_FALSE(exists(path_));
}

TEST_F(UnixPathTest, FileGoesWithTheHost) {
  net().listen(at_).take();
  host_.reset();
  EXPECT_FALSE(exists(path_));
}

TEST_F(UnixPathTest, ForkedChildLeavesTheFile) {
  const int fd = net().listen(at_).take();
  const pid_t pid = fork();
  if (pid == 0) {
    net().close(fd);
    host_.reset();
    _exit(0);
  }
  waitpid(pid, nullptr, 0);
  EXPECT_TRUE(exists(path_));
  EXPECT_TRUE(net().connect(at_).ok());
  net().close(fd);
}

TEST_F(UnixPathTest, SocketOfADeadProcessIsReplaced) {
  abandon();
  const Result<int> fd = net().listen(at_);
  ASSERT_TRUE(fd.ok()) << fd.status().text();
  EXPECT_TRUE(net().connect(at_).ok());
  net().close(*fd);
}

TEST_F(UnixPathTest, LivingSocketIsLeftAlone) {
  const int fd = net().listen(at_).take();
  const auto other = make_unix_host();
  const Result<int> second = other->net().listen(at_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Errc::address_in_use);
  EXPECT_TRUE(net().connect(at_).ok());
  net().close(fd);
}

TEST_F(UnixPathTest, LivingSocketIsNotDisturbedByTheQuestion) {
  const int fd = net().listen(at_).take();
  expect_refused(Errc::address_in_use);
  EXPECT_EQ(net().accept(fd, nullptr), -EAGAIN) << "nobody came";
  net().close(fd);
}

TEST_F(UnixPathTest, LivingSocketThatTakesNoMoreIsLeftAlone) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, path_.c_str());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  // Whoever connects now is told what the BSDs say of a full backlog as well.
  EXPECT_FALSE(net().connect(at_).ok());
  expect_refused(Errc::address_in_use);
  EXPECT_TRUE(exists(path_));
  close(fd);
}

TEST_F(UnixPathTest, LivingSocketOfAnotherKindIsLeftAlone) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, path_.c_str());
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  expect_refused(Errc::address_in_use);
  EXPECT_TRUE(exists(path_));
  close(fd);
}

TEST_F(UnixPathTest, PlainFileIsLeftAlone) {
  ASSERT_TRUE(host_->files().write_atomic(path_, "precious", 0640).ok());
  expect_refused(Errc::address_in_use);
  EXPECT_EQ(host_->files().read(path_).take(), "precious");
}

TEST_F(UnixPathTest, DirectoryAndSymbolicLinkAreLeftAlone) {
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  expect_refused(Errc::address_in_use);
  ASSERT_EQ(rmdir(path_.c_str()), 0);
  ASSERT_EQ(symlink("nowhere", path_.c_str()), 0);
  expect_refused(Errc::address_in_use);
  EXPECT_TRUE(exists(path_));
}

TEST_F(UnixPathTest, DirectoryThatOthersMayWriteToMustBeSticky) {
  ASSERT_EQ(chmod(dir_.path().c_str(), 0777), 0);
  expect_refused(Errc::bad_config);
  EXPECT_FALSE(exists(path_));
  ASSERT_EQ(chmod(dir_.path().c_str(), 01777), 0);
  const Result<int> fd = net().listen(at_);
  EXPECT_TRUE(fd.ok()) << fd.status().text();
  net().close(*fd);
}

TEST_F(UnixPathTest, MissingDirectoryIsAnError) {
  const Result<int> fd = net().listen(Address::local(dir_.file("none/sock")));
  ASSERT_FALSE(fd.ok());
  EXPECT_EQ(fd.status().sys_errno(), ENOENT);
}

TEST_F(UnixPathTest, FileThatSomebodyElsePutThereIsNotRemoved) {
  const int fd = net().listen(at_).take();
  ASSERT_EQ(unlink(path_.c_str()), 0);
  ASSERT_TRUE(host_->files().write_atomic(path_, "not ours", 0600).ok());
  net().close(fd);
  EXPECT_EQ(host_->files().read(path_).take(), "not ours");
}

TEST_F(UnixPathTest, LongestPathWorks) {
  const std::string path = dir_.file(std::string(kMaxUnixPath - dir_.path().size() - 1, 'x'));
  ASSERT_EQ(path.size(), kMaxUnixPath);
  const Result<int> fd = net().listen(Address::local(path));
  ASSERT_TRUE(fd.ok()) << fd.status().text();
  EXPECT_EQ(net().local_address(*fd).take().path, path);
  net().close(*fd);
}

TEST(UnixPathThread, OfManyThatComeForAnAbandonedPathExactlyOneGetsIt) {
  TempDir dir;
  for (int round = 0; round < 20; ++round) {
    const std::string path = dir.file("sock" + std::to_string(round));
    {
      const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
      sockaddr_un name{};
      name.sun_family = AF_UNIX;
      std::strcpy(name.sun_path, path.c_str());
      ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
      close(fd);
    }
    std::atomic<int> winners{0}, finished{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        const auto host = make_unix_host();
        const Result<int> fd = host->net().listen(Address::local(path));
        if (fd.ok()) ++winners;
        ++finished;
        while (finished.load() < 4) std::this_thread::yield();
        if (fd.ok()) host->net().close(*fd);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners.load(), 1);
  }
}

}  // namespace
}  // namespace aemp
