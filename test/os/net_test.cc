// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What every kind of stream socket must do, and what only some do.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <numeric>
#include <string>
#include <vector>

#include "os/temp_dir.h"
#include "os/unix_host.h"

namespace aemp {
namespace {

using Bytes = std::vector<std::uint8_t>;

bool wait_for(int fd, short events) {
  pollfd entry{fd, events, 0};
  return poll(&entry, 1, 60000) == 1;
}

enum class Transport { tcp4, tcp6, path, abstract };

class NetTest : public testing::TestWithParam<Transport> {
 protected:
  void SetUp() override {
    if (GetParam() == Transport::tcp6 && !net().listen(address()).ok()) {
      GTEST_SKIP() << "no IPv6 here";
    }
  }
  Address address() {
    static int count = 0;
    switch (GetParam()) {
      case Transport::tcp4:
        return Address::tcp4(127, 0, 0, 1, 0);
      case Transport::tcp6:
        return parse_address("[::1]:0", 0).take();
      case Transport::path:
        return Address::local(dir_.file("s" + std::to_string(++count)));
      case Transport::abstract:
        break;
    }
    return Address::local("@aemp-test-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  }
  bool is_local() const { return address_is_local(GetParam()); }
  static bool address_is_local(Transport t) {
    return t == Transport::path || t == Transport::abstract;
  }
  Net& net() { return host_->net(); }

  struct Pair {
    int listener = -1, client = -1, server = -1;
  };
  Pair connected() {
    Pair pair;
    pair.listener = net().listen(address()).take();
    const Address at = net().local_address(pair.listener).take();
    pair.client = net().connect(at).take();
    EXPECT_TRUE(wait_for(pair.listener, POLLIN));
    pair.server = net().accept(pair.listener, &accepted_from_);
    EXPECT_GE(pair.server, 0);
    EXPECT_TRUE(wait_for(pair.client, POLLOUT));
    EXPECT_EQ(net().error(pair.client), 0);
    return pair;
  }
  void close(const Pair& pair) {
    for (int fd : {pair.client, pair.server, pair.listener}) net().close(fd);
  }
  IoResult write(int fd, const Bytes& bytes) {
    const Slice slice{bytes.data(), bytes.size()};
    return net().write(fd, {&slice, 1});
  }

  TempDir dir_;
  std::unique_ptr<Host> host_ = make_unix_host();
  Address accepted_from_;
};

std::string name_of(const testing::TestParamInfo<Transport>& info) {
  const char* const names[] = {"Tcp4", "Tcp6", "Path", "Abstract"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, NetTest,
                         testing::Values(Transport::tcp4, Transport::tcp6, Transport::path,
                                         Transport::abstract),
                         name_of);

TEST_P(NetTest, CarriesBytesBothWaysAndTellsTheEnd) {
  const Pair pair = connected();
  std::uint8_t buffer[100];
  EXPECT_TRUE(net().read(pair.server, buffer).again());
  EXPECT_EQ(write(pair.client, {1, 2, 3}).n, 3);
  ASSERT_TRUE(wait_for(pair.server, POLLIN));
  EXPECT_EQ(net().read(pair.server, buffer).n, 3);
  EXPECT_EQ(buffer[2], 3);
  EXPECT_EQ(write(pair.server, {9}).n, 1);
  net().shutdown_write(pair.server);
  ASSERT_TRUE(wait_for(pair.client, POLLIN));
  EXPECT_EQ(net().read(pair.client, buffer).n, 1);
  ASSERT_TRUE(wait_for(pair.client, POLLIN));
  EXPECT_EQ(net().read(pair.client, buffer).n, 0);
  EXPECT_EQ(write(pair.client, {4}).n, 1) << "the other direction is still open";
  close(pair);
}

TEST_P(NetTest, GathersSlicesAndSkipsEmptyOnes) {
  const Pair pair = connected();
  Bytes bytes(200);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::vector<Slice> slices;
  for (const std::uint8_t& byte : bytes) {
    slices.push_back({&byte, 1});
    slices.push_back({nullptr, 0});
  }
  EXPECT_EQ(net().write(pair.client, {}).n, 0);
  EXPECT_EQ(net().write(pair.client, std::span(slices).subspan(1, 1)).n, 0);
  Bytes got;
  std::span<const Slice> rest(slices);
  while (got.size() < bytes.size()) {
    const IoResult written = net().write(pair.client, rest);
    ASSERT_GT(written.n, 0);
    rest = rest.subspan(2 * static_cast<std::size_t>(written.n));
    for (std::ptrdiff_t n = 0; n < written.n;) {
      std::uint8_t buffer[64];
      ASSERT_TRUE(wait_for(pair.server, POLLIN));
      const IoResult read = net().read(pair.server, buffer);
      ASSERT_GT(read.n, 0);
      got.insert(got.end(), buffer, buffer + read.n);
      n += read.n;
    }
  }
  EXPECT_EQ(got, bytes);
  close(pair);
}

TEST_P(NetTest, WritesInPartWhenThePeerDoesNotRead) {
  const Pair pair = connected();
  const Bytes block(1 << 20, 7);
  std::size_t written = 0;
  IoResult result{0, 0};
  while ((result = write(pair.client, block)).n > 0) written += static_cast<std::size_t>(result.n);
  EXPECT_TRUE(result.again());
  Bytes buffer(1 << 16);
  std::size_t read = 0;
  while (read < written) {
    ASSERT_TRUE(wait_for(pair.server, POLLIN));
    const IoResult part = net().read(pair.server, buffer);
    ASSERT_GT(part.n, 0);
    read += static_cast<std::size_t>(part.n);
  }
  EXPECT_EQ(read, written);
  EXPECT_TRUE(wait_for(pair.client, POLLOUT));
  close(pair);
}

TEST_P(NetTest, WritingToAClosedPeerFailsWithoutASignal) {
  const Pair pair = connected();
  net().close(pair.server);
  IoResult result{0, 0};
  for (int i = 0; i < 1000 && result.n >= 0; ++i) {
    ASSERT_TRUE(wait_for(pair.client, POLLOUT));
    result = write(pair.client, Bytes(1000));
  }
  EXPECT_EQ(result.n, -1);
  EXPECT_TRUE(result.err == EPIPE || result.err == ECONNRESET) << result.err;
  net().close(pair.client);
  net().close(pair.listener);
}

TEST_P(NetTest, ConnectingWhereNobodyListensIsRefused) {
  const int listener = net().listen(address()).take();
  const Address at = net().local_address(listener).take();
  net().close(listener);
  const Result<int> fd = net().connect(at);
  if (is_local()) {
    ASSERT_FALSE(fd.ok());
    EXPECT_EQ(fd.status().sys_errno(), GetParam() == Transport::path ? ENOENT : ECONNREFUSED);
    EXPECT_NE(fd.status().text().find(at.str()), std::string::npos);
    return;
  }
  ASSERT_TRUE(fd.ok());
  ASSERT_TRUE(wait_for(*fd, POLLOUT));
  EXPECT_EQ(net().error(*fd), ECONNREFUSED);
  net().close(*fd);
}

TEST_P(NetTest, AnAddressCanBeListenedOnOnce) {
  const int listener = net().listen(address()).take();
  const Address at = net().local_address(listener).take();
  EXPECT_TRUE(is_local() || at.port != 0);
  const Result<int> second = net().listen(at);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), Errc::address_in_use);
  EXPECT_NE(second.status().text().find(at.str()), std::string::npos);
  net().close(listener);
  const Result<int> third = net().listen(at);
  ASSERT_TRUE(third.ok()) << third.status().text();
  net().close(*third);
}

TEST_P(NetTest, AcceptSaysThatNobodyIsWaiting) {
  const int listener = net().listen(address()).take();
  EXPECT_EQ(net().accept(listener, nullptr), -EAGAIN);
  net().close(listener);
}

TEST_P(NetTest, ConnectionThatDiedWhileWaitingIsAcceptedOrSkippedWithoutError) {
  const int listener = net().listen(address()).take();
  const int client = net().connect(net().local_address(listener).take()).take();
  ASSERT_TRUE(wait_for(listener, POLLIN));
  const linger reset{1, 0};
  setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  net().close(client);
  const int fd = net().accept(listener, nullptr);
  EXPECT_TRUE(fd >= 0 || fd == -EAGAIN) << fd;
  if (fd >= 0) net().close(fd);
  net().close(listener);
}

TEST_P(NetTest, BothEndsAgreeOnTheirAddresses) {
  const Pair pair = connected();
  const Address at = net().local_address(pair.listener).take();
  EXPECT_EQ(net().peer_address(pair.client).take(), at);
  EXPECT_EQ(net().local_address(pair.server).take(), at);
  EXPECT_EQ(net().peer_address(pair.server).take(), accepted_from_);
  EXPECT_EQ(net().local_address(pair.client).take(), accepted_from_);
  EXPECT_EQ(accepted_from_.is_loopback(), !is_local());
  close(pair);
}

TEST_P(NetTest, CredentialsAreKnownOnUnixSocketsOnly) {
  const Pair pair = connected();
  for (int fd : {pair.client, pair.server}) {
    const PeerCred cred = net().peer_cred(fd);
    EXPECT_EQ(cred.known, is_local());
    if (!cred.known) continue;
    EXPECT_EQ(cred.uid, geteuid());
    EXPECT_EQ(cred.pid, getpid());
  }
  close(pair);
}

TEST_P(NetTest, DescriptorsDoNotBlockAndAreNotInherited) {
  const Pair pair = connected();
  for (int fd : {pair.listener, pair.client, pair.server}) {
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  close(pair);
}

TEST_P(NetTest, TuningIsHarmlessWhereItMeansNothing) {
  const Pair pair = connected();
  net().tune(pair.client, true, 5 * kSecond);
  net().tune(pair.client, false, 0);
  EXPECT_EQ(write(pair.client, {1}).n, 1);
  close(pair);
}

TEST_P(NetTest, ExhaustedDescriptorsAreReportedAndConnectionsCanBeShed) {
  // In a child of its own, whose limit it may lower.
  const pid_t pid = fork();
  if (pid == 0) {
    host_ = make_unix_host();
    const int listener = net().listen(address()).take();
    const Address at = net().local_address(listener).take();
    const int first = net().connect(at).take();
    const int second = net().connect(at).take();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit lowered{static_cast<rlim_t>(second) + 1, limit.rlim_max};
    int failed = 0;
    const auto check = [&](bool ok, int bit) { failed |= ok ? 0 : 1 << bit; };
    check(setrlimit(RLIMIT_NOFILE, &lowered) == 0, 0);
    while (dup(0) >= 0) {
    }
    check(wait_for(listener, POLLIN), 1);
    check(net().accept(listener, nullptr) == -EMFILE, 2);
    check(net().shed(listener), 3);
    check(net().accept(listener, nullptr) == -EMFILE, 4);
    std::uint8_t byte;
    check(wait_for(first, POLLIN) && net().read(first, {&byte, 1}).n <= 0, 5);
    setrlimit(RLIMIT_NOFILE, &limit);
    check(net().accept(listener, nullptr) >= 0, 6);
    net().close(listener);
    _exit(failed);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_P(NetTest, ForkedChildCannotUseTheParentsConnections) {
  const Pair pair = connected();
  const pid_t pid = fork();
  if (pid == 0) {
    std::uint8_t byte = 0;
    int failed = 0;
    failed |= write(pair.client, {1}).n == -1 ? 0 : 1;
    failed |= net().read(pair.server, {&byte, 1}).err == ESHUTDOWN ? 0 : 2;
    failed |= net().accept(pair.listener, nullptr) == -ESHUTDOWN ? 0 : 4;
    failed |= !net().connect(Address::tcp4(127, 0, 0, 1, 1)).ok() ? 0 : 8;
    net().shutdown_write(pair.client);
    close(pair);
    host_.reset();
    _exit(failed);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  std::uint8_t buffer[10];
  EXPECT_TRUE(net().read(pair.server, buffer).again()) << "shut down or written to by the child";
  EXPECT_EQ(write(pair.client, {1, 2}).n, 2);
  ASSERT_TRUE(wait_for(pair.server, POLLIN));
  EXPECT_EQ(net().read(pair.server, buffer).n, 2);
  if (GetParam() == Transport::path) {
    EXPECT_TRUE(exists(net().local_address(pair.listener).take().path));
  }
  close(pair);
}

TEST(Net, ErrorsOfListenNameTheAddress) {
  const auto host = make_unix_host();
  const Result<int> fd = host->net().listen(Address::tcp4(192, 0, 2, 1, 5));
  ASSERT_FALSE(fd.ok());
  EXPECT_EQ(fd.status().code(), Errc::system);
  EXPECT_EQ(fd.status().sys_errno(), EADDRNOTAVAIL);
  EXPECT_NE(fd.status().text().find("192.0.2.1:5"), std::string::npos);
}

TEST(Net, TcpConnectedToItselfCountsAsRefused) {
  const auto host = make_unix_host();
  // What the kernel does by chance when a free ephemeral port is dialled, done on purpose.
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int probe = host->net().listen(Address::tcp4(127, 0, 0, 1, 0)).take();
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  getsockname(probe, reinterpret_cast<sockaddr*>(&name), &size);
  host->net().close(probe);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&name), size), 0);
  EXPECT_EQ(host->net().error(fd), ECONNREFUSED);
  close(fd);
}

}  // namespace
}  // namespace aemp
