// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What every kind of stream socket must do, and what only some do.
#include <aemp/sim.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "os/temp_dir.h"
#include "os/unix_host.h"

namespace aemp {
namespace {

using Bytes = std::vector<std::uint8_t>;

enum class Transport { tcp4, tcp6, path, abstract };
enum class System { real, simulated };

class NetTest : public testing::TestWithParam<std::tuple<System, Transport>> {
 protected:
  void SetUp() override {
    if (transport() == Transport::tcp6 && !net().listen(address()).ok()) {
      GTEST_SKIP() << "no IPv6 here";
    }
  }
  Transport transport() const { return std::get<Transport>(GetParam()); }
  bool is_real() const { return std::get<System>(GetParam()) == System::real; }
  Address address() {
    static int count = 0;
    switch (transport()) {
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
  bool is_local() const {
    return transport() == Transport::path || transport() == Transport::abstract;
  }
  Host& host() { return is_real() ? *host_ : process_.host(); }
  Net& net() { return host().net(); }

  // The descriptor became ready for that, in time.
  bool wait_for(int fd, std::uint8_t events) {
    Poller& poller = host().poller();
    const std::uint64_t token = std::uint64_t{1} << 32 | static_cast<unsigned>(fd);
    if (!poller.watch(fd, token, events).ok()) return false;
    const Nanos end = host().clock().monotonic() + 60 * kSecond;
    bool ready = false;
    while (!ready && host().clock().monotonic() < end) {
      Ready found[4];
      const int count = poller.wait(kSecond, found);
      for (int i = 0; i < count; ++i) {
        ready |= found[i].token == token && (found[i].events & (events | kHangup | kError)) != 0;
      }
    }
    poller.unwatch(fd);
    return ready;
  }

  struct Pair {
    int listener = -1, client = -1, server = -1;
  };
  Pair connected() {
    Pair pair;
    pair.listener = net().listen(address()).take();
    const Address at = net().local_address(pair.listener).take();
    pair.client = net().connect(at).take();
    EXPECT_TRUE(wait_for(pair.listener, kReadable));
    pair.server = net().accept(pair.listener, &accepted_from_);
    EXPECT_GE(pair.server, 0);
    EXPECT_TRUE(wait_for(pair.client, kWritable));
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
  // Any part of it may be taken at once.
  void write_all(int fd, const Bytes& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      ASSERT_TRUE(wait_for(fd, kWritable));
      const Slice slice{bytes.data() + done, bytes.size() - done};
      const IoResult result = net().write(fd, {&slice, 1});
      ASSERT_TRUE(result.n > 0 || result.again());
      if (result.n > 0) done += static_cast<std::size_t>(result.n);
    }
  }
  Bytes read_all(int fd, std::size_t size) {
    Bytes got;
    while (got.size() < size) {
      std::uint8_t buffer[4096];
      EXPECT_TRUE(wait_for(fd, kReadable));
      const IoResult result =
          net().read(fd, std::span(buffer).first(std::min(sizeof buffer, size - got.size())));
      if (result.again()) continue;
      EXPECT_GT(result.n, 0);
      if (result.n <= 0) break;
      got.insert(got.end(), buffer, buffer + result.n);
    }
    return got;
  }
  // What read() says once it says something.
  IoResult read_one(int fd) {
    std::uint8_t byte;
    IoResult result{-1, EAGAIN};
    while (result.again() && wait_for(fd, kReadable)) result = net().read(fd, {&byte, 1});
    return result;
  }

  TempDir dir_;
  std::unique_ptr<Host> host_ = make_unix_host();
  sim::Network network_{1};
  sim::Process process_{network_, "sim", static_cast<std::uint32_t>(geteuid())};
  Address accepted_from_;
};

std::string name_of(const testing::TestParamInfo<std::tuple<System, Transport>>& info) {
  const char* const names[] = {"Tcp4", "Tcp6", "Path", "Abstract"};
  const bool real = std::get<System>(info.param) == System::real;
  return (real ? std::string("Real") : std::string("Simulated")) +
         names[static_cast<int>(std::get<Transport>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(All, NetTest,
                         testing::Combine(testing::Values(System::real, System::simulated),
                                          testing::Values(Transport::tcp4, Transport::tcp6,
                                                          Transport::path, Transport::abstract)),
                         name_of);

// What takes a real process to find out.
class RealNetTest : public NetTest {};

INSTANTIATE_TEST_SUITE_P(All, RealNetTest,
                         testing::Combine(testing::Values(System::real),
                                          testing::Values(Transport::tcp4, Transport::tcp6,
                                                          Transport::path, Transport::abstract)),
                         name_of);

TEST_P(NetTest, CarriesBytesBothWaysAndTellsTheEnd) {
  const Pair pair = connected();
  std::uint8_t buffer[100];
  EXPECT_TRUE(net().read(pair.server, buffer).again());
  write_all(pair.client, {1, 2, 3});
  EXPECT_EQ(read_all(pair.server, 3), (Bytes{1, 2, 3}));
  write_all(pair.server, {9});
  net().shutdown_write(pair.server);
  EXPECT_EQ(read_all(pair.client, 1), Bytes{9});
  EXPECT_EQ(read_one(pair.client).n, 0);
  EXPECT_EQ(write(pair.client, {4}).n, 1) << "the other direction is still open";
  EXPECT_EQ(read_all(pair.server, 1), Bytes{4});
  EXPECT_EQ(write(pair.server, {4}).err, EPIPE);
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
    const Bytes part = read_all(pair.server, static_cast<std::size_t>(written.n));
    got.insert(got.end(), part.begin(), part.end());
  }
  EXPECT_EQ(got, bytes);
  close(pair);
}

TEST_P(NetTest, ClosingWithUnreadInputIsAnErrorAtTheOtherEnd) {
  const Pair pair = connected();
  write_all(pair.client, {1, 2, 3});
  ASSERT_TRUE(wait_for(pair.server, kReadable));
  if (!is_real()) network_.run_for(std::chrono::seconds(1));
  net().close(pair.server);
  const IoResult result = read_one(pair.client);
  EXPECT_EQ(result.n, -1);
  EXPECT_EQ(result.err, ECONNRESET);
  net().close(pair.client);
  net().close(pair.listener);
}

TEST_P(NetTest, ClosingAListenerEndsWhoWaitsThere) {
  const int listener = net().listen(address()).take();
  const int client = net().connect(net().local_address(listener).take()).take();
  ASSERT_TRUE(wait_for(listener, kReadable));
  net().close(listener);
  EXPECT_LE(read_one(client).n, 0);
  net().close(client);
}

TEST_P(NetTest, WritesInPartWhenThePeerDoesNotRead) {
  const Pair pair = connected();
  const Bytes block(1 << 20, 7);
  std::size_t written = 0;
  IoResult result{0, 0};
  while ((result = write(pair.client, block)).n > 0) written += static_cast<std::size_t>(result.n);
  EXPECT_TRUE(result.again());
  EXPECT_EQ(read_all(pair.server, written), Bytes(written, 7));
  EXPECT_TRUE(wait_for(pair.client, kWritable));
  close(pair);
}

TEST_P(NetTest, WritingToAClosedPeerFailsWithoutASignal) {
  const Pair pair = connected();
  net().close(pair.server);
  IoResult result{0, 0};
  for (int i = 0; i < 1000 && result.n >= 0; ++i) {
    ASSERT_TRUE(wait_for(pair.client, kWritable));
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
    EXPECT_EQ(fd.status().sys_errno(), transport() == Transport::path ? ENOENT : ECONNREFUSED);
    EXPECT_NE(fd.status().text().find(at.str()), std::string::npos);
    return;
  }
  ASSERT_TRUE(fd.ok());
  ASSERT_TRUE(wait_for(*fd, kWritable));
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
  ASSERT_TRUE(wait_for(listener, kReadable));
  if (is_real()) {
    const linger reset{1, 0};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
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
    EXPECT_EQ(cred.pid, host().identity().pid());
  }
  close(pair);
}

TEST_P(RealNetTest, DescriptorsDoNotBlockAndAreNotInherited) {
  const Pair pair = connected();
  for (int fd : {pair.listener, pair.client, pair.server}) {
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  close(pair);
}

TEST_P(RealNetTest, MovesDownToTheLowestNumber) {
  const int low = dup(0);
  Pair pair = connected();
  EXPECT_EQ(net().move_down(pair.server), pair.server);
  ::close(low);
  pair.server = net().move_down(pair.server);
  EXPECT_EQ(pair.server, low);
  EXPECT_NE(fcntl(low, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(low, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(write(pair.server, {1}).n, 1);
  close(pair);
}

TEST_P(NetTest, TuningIsHarmlessWhereItMeansNothing) {
  const Pair pair = connected();
  net().tune(pair.client, true, 5 * kSecond);
  net().tune(pair.client, false, 0);
  EXPECT_EQ(write(pair.client, {1}).n, 1);
  close(pair);
}

TEST_P(RealNetTest, ExhaustedDescriptorsAreReportedAndConnectionsCanBeShed) {
  // In a child of its own, whose limit it may lower.
  const pid_t pid = fork();
  if (pid == 0) {
    host_ = make_unix_host();
    const int listener = net().listen(address()).take();
    const Address at = net().local_address(listener).take();
    const int first = net().connect(at).take();
    const int second = net().connect(at).take();
    // A listener may be told of those only that have something to say.
    for (const int fd : {first, second}) {
      if (!wait_for(fd, kWritable) || write(fd, {1}).n != 1) _exit(200);
    }
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlimit lowered{static_cast<rlim_t>(second) + 1, limit.rlim_max};
    int failed = 0;
    const auto check = [&](bool ok, int bit) { failed |= ok ? 0 : 1 << bit; };
    check(setrlimit(RLIMIT_NOFILE, &lowered) == 0, 0);
    while (dup(0) >= 0) {
    }
    check(wait_for(listener, kReadable), 1);
    check(net().accept(listener, nullptr) == -EMFILE, 2);
    check(net().shed(listener), 3);
    check(net().accept(listener, nullptr) == -EMFILE, 4);
    std::uint8_t byte;
    check(wait_for(first, kReadable) && net().read(first, {&byte, 1}).n <= 0, 5);
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

TEST_P(RealNetTest, ForkedChildCannotUseTheParentsConnections) {
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
  ASSERT_TRUE(wait_for(pair.server, kReadable));
  EXPECT_EQ(net().read(pair.server, buffer).n, 2);
  if (transport() == Transport::path) {
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
