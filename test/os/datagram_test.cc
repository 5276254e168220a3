// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What datagram sockets must do, on the system and on the simulated network.
#include <aemp/sim.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "os/unix_host.h"
#include "support/datagram_server.h"

namespace aemp {
namespace {

using namespace std::chrono_literals;
using Bytes = DatagramServer::Bytes;

enum class System { real, simulated };

class DatagramTest : public testing::TestWithParam<std::tuple<System, bool>> {
 protected:
  void SetUp() override {
    server_ = DatagramServer::open(host(), address());
    if (server_ == nullptr) GTEST_SKIP() << "no IPv6 here";
  }
  Address address() const {
    return std::get<bool>(GetParam()) ? parse_ip("::1")->at(0) : Address::tcp4(127, 0, 0, 1, 0);
  }
  bool is_real() const { return std::get<System>(GetParam()) == System::real; }
  Host& host() { return is_real() ? *host_ : process_.host(); }
  Net& net() { return host().net(); }

  // What the descriptor became ready for, or 0 if it did not.
  std::uint8_t wait_for(int fd, std::uint8_t interest, Nanos limit = 60 * kSecond) {
    Poller& poller = host().poller();
    const std::uint64_t token = std::uint64_t{1} << 32 | static_cast<unsigned>(fd);
    if (!poller.watch(fd, token, interest).ok()) return 0;
    const Nanos end = host().clock().monotonic() + limit;
    std::uint8_t events = 0;
    while (events == 0 && host().clock().monotonic() < end) {
      Ready found[4];
      const int count = poller.wait(std::min<Nanos>(limit, kSecond), found);
      for (int i = 0; i < count; ++i) {
        if (found[i].token == token) events |= found[i].events;
      }
    }
    poller.unwatch(fd);
    return events;
  }
  int connected() { return net().connect_datagrams(server_->address()).take(); }
  IoResult write(int fd, const Bytes& bytes) {
    const Slice slice{bytes.data(), bytes.size()};
    return net().write(fd, {&slice, 1});
  }
  Bytes read(int fd, std::size_t most = 65536) {
    Bytes bytes(most);
    IoResult result{-1, EAGAIN};
    while (result.again() && wait_for(fd, kReadable) != 0) result = net().read(fd, bytes);
    EXPECT_GE(result.n, 0) << errno_text(result.err);
    bytes.resize(static_cast<std::size_t>(std::max<std::ptrdiff_t>(result.n, 0)));
    return bytes;
  }
  std::pair<Bytes, Address> take() {
    std::optional<std::pair<Bytes, Address>> taken;
    while (!(taken = server_->take()) && wait_for(server_->fd(), kReadable) != 0) {
    }
    EXPECT_TRUE(taken.has_value());
    return taken.value_or(std::pair<Bytes, Address>());
  }

  std::unique_ptr<Host> host_ = make_unix_host();
  sim::Network network_{1};
  sim::Process process_{network_};
  std::unique_ptr<DatagramServer> server_;
};

std::string name_of(const testing::TestParamInfo<std::tuple<System, bool>>& info) {
  const bool real = std::get<System>(info.param) == System::real;
  return (real ? std::string("Real") : std::string("Simulated")) +
         (std::get<bool>(info.param) ? "V6" : "V4");
}

INSTANTIATE_TEST_SUITE_P(All, DatagramTest,
                         testing::Combine(testing::Values(System::real, System::simulated),
                                          testing::Bool()),
                         name_of);

// What takes a real process to find out.
class RealDatagramTest : public DatagramTest {};

INSTANTIATE_TEST_SUITE_P(All, RealDatagramTest,
                         testing::Combine(testing::Values(System::real), testing::Bool()), name_of);

TEST_P(DatagramTest, GoThereAndBackWholeEachByItself) {
  const int fd = connected();
  EXPECT_NE(wait_for(fd, kWritable) & kWritable, 0);
  EXPECT_EQ(write(fd, {1, 2, 3}).n, 3);
  const auto first = take();
  EXPECT_EQ(first.first, (Bytes{1, 2, 3}));
  EXPECT_EQ(first.second, net().local_address(fd).take());
  EXPECT_EQ(net().peer_address(fd).take(), server_->address());
  EXPECT_EQ(write(fd, Bytes(500, 7)).n, 500);
  EXPECT_EQ(take().first, Bytes(500, 7));
  std::uint8_t byte;
  EXPECT_TRUE(net().read(fd, {&byte, 1}).again());
  server_->send(first.second, Bytes(400, 9));
  EXPECT_EQ(read(fd), Bytes(400, 9));
  server_->send(first.second, {4, 5, 6});
  EXPECT_EQ(read(fd), (Bytes{4, 5, 6}));
  EXPECT_EQ(net().error(fd), 0);
  net().close(fd);
}

TEST_P(DatagramTest, WhatDoesNotFitIntoTheReadIsLost) {
  const int fd = connected();
  const Address here = net().local_address(fd).take();
  server_->send(here, {1, 2, 3, 4});
  EXPECT_EQ(read(fd, 2), (Bytes{1, 2}));
  server_->send(here, {5});
  EXPECT_EQ(read(fd, 2), Bytes{5});
  net().close(fd);
}

TEST_P(DatagramTest, ThoseFromOthersDoNotComeIn) {
  const int fd = connected();
  const Address here = net().local_address(fd).take();
  const auto stranger = DatagramServer::open(host(), address());
  ASSERT_NE(stranger, nullptr);
  stranger->send(here, {6, 6, 6});
  server_->send(here, {1});
  if (!is_real()) network_.run_for(1s);  // there they may overtake each other
  EXPECT_EQ(read(fd), Bytes{1});
  std::uint8_t byte;
  EXPECT_TRUE(net().read(fd, {&byte, 1}).again());
  net().close(fd);
}

TEST_P(DatagramTest, EachSocketHasAPortOfItsOwn) {
  const int one = connected();
  const int two = connected();
  EXPECT_NE(net().local_address(one).take().port, net().local_address(two).take().port);
  for (const int fd : {one, two}) {
    EXPECT_EQ(write(fd, {static_cast<std::uint8_t>(fd)}).n, 1);
    const auto [bytes, from] = take();
    server_->send(from, bytes);
  }
  EXPECT_EQ(read(two), Bytes{static_cast<std::uint8_t>(two)});
  EXPECT_EQ(read(one), Bytes{static_cast<std::uint8_t>(one)});
  net().close(one);
  net().close(two);
}

TEST_P(DatagramTest, NobodyWhoTakesThemIsTold) {
  const int fd = connected();
  server_.reset();
  EXPECT_EQ(write(fd, {1}).n, 1);
  EXPECT_NE(wait_for(fd, kReadable), 0);
  std::uint8_t byte;
  const IoResult result = net().read(fd, {&byte, 1});
  EXPECT_EQ(result.n, -1);
  EXPECT_EQ(result.err, ECONNREFUSED);
  EXPECT_TRUE(net().read(fd, {&byte, 1}).again()) << "told once";
  EXPECT_EQ(write(fd, {1}).n, 1);
  EXPECT_NE(wait_for(fd, kReadable), 0);
  EXPECT_EQ(net().error(fd), ECONNREFUSED);
  EXPECT_EQ(net().error(fd), 0);
  net().close(fd);
}

TEST_P(RealDatagramTest, AForkedChildCannotUseThem) {
  const int fd = connected();
  const pid_t pid = fork();
  if (pid == 0) {
    std::uint8_t byte;
    int failed = 0;
    failed |= write(fd, {1}).err == ESHUTDOWN ? 0 : 1;
    failed |= net().read(fd, {&byte, 1}).err == ESHUTDOWN ? 0 : 2;
    failed |= net().connect_datagrams(server_->address()).ok() ? 4 : 0;
    _exit(failed);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  net().close(fd);
}

struct Crossing {
  explicit Crossing(std::uint64_t seed) : net(seed) {
    EXPECT_TRUE(server != nullptr);
    fd = sender.host().net().connect_datagrams(server->address()).take();
  }
  void write(std::uint8_t number) {
    const Slice slice{&number, 1};
    EXPECT_EQ(sender.host().net().write(fd, {&slice, 1}).n, 1);
  }
  std::string taken() {
    net.run_for(1s);
    std::string text;
    while (const auto datagram = server->take()) {
      text += static_cast<char>(datagram->first.at(0));
    }
    return text;
  }

  sim::Network net;
  sim::Process sender{net, "sender"}, taker{net, "taker"};
  Address at = parse_ip(taker.address())->at(53);
  std::unique_ptr<DatagramServer> server = DatagramServer::open(taker.host(), at);
  int fd = -1;
};

TEST(SimDatagrams, AreLostWhereTheWayIsCutAndNotKept) {
  Crossing crossing(1);
  crossing.net.cut(crossing.sender, crossing.taker);
  crossing.write('a');
  EXPECT_EQ(crossing.taken(), "");
  crossing.net.heal_all();
  EXPECT_EQ(crossing.taken(), "");
  crossing.write('b');
  EXPECT_EQ(crossing.taken(), "b");
  crossing.write('c');
  crossing.net.cut_one_way(crossing.sender, crossing.taker);  // it is under way
  EXPECT_EQ(crossing.taken(), "");
  EXPECT_EQ(crossing.net.counts().lost_datagrams, 2u);
  EXPECT_EQ(crossing.net.counts().datagrams, 1u);
}

std::string lossy(std::uint64_t seed) {
  Crossing crossing(seed);
  sim::Path path;
  path.loss = 3;
  path.jitter = 10ms;
  crossing.net.set_path(crossing.sender, crossing.taker, path);
  for (std::uint8_t c = 'a'; c <= 'z'; ++c) crossing.write(c);
  return crossing.taken();
}

TEST(SimDatagrams, AreLostAndOvertakeEachOtherAsTheSeedSays) {
  const std::string one = lossy(1);
  EXPECT_EQ(one, lossy(1));
  EXPECT_NE(one, lossy(2));
  EXPECT_GT(one.size(), 8u);
  EXPECT_LT(one.size(), 26u);
  EXPECT_FALSE(std::is_sorted(one.begin(), one.end()));
}

TEST(SimDatagrams, HaveTheirTimeAndTheirDescriptors) {
  Crossing crossing(1);
  sim::Path path;
  path.delay = 300ms;
  path.bandwidth = 10;
  crossing.net.set_path(crossing.sender, crossing.taker, path);
  crossing.write('a');
  crossing.net.run_for(399ms);
  EXPECT_FALSE(crossing.server->take().has_value());
  EXPECT_EQ(crossing.taken(), "a");
  crossing.sender.set_descriptor_limit(1);
  const Result<int> second = crossing.sender.host().net().connect_datagrams(crossing.at);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().sys_errno(), EMFILE);
  EXPECT_NE(second.status().text().find(crossing.at.str()), std::string::npos);
  const Result<int> nowhere =
      crossing.taker.host().net().connect_datagrams(Address::tcp4(192, 0, 2, 1, 53));
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.status().sys_errno(), ENETUNREACH);
}

TEST(SimDatagrams, ACrashFreesTheAddress) {
  Crossing crossing(1);
  crossing.taker.crash();
  crossing.write('a');
  crossing.net.run_for(1s);
  EXPECT_EQ(crossing.sender.host().net().error(crossing.fd), ECONNREFUSED);
  sim::Process again(crossing.net, "taker");
  const auto server = DatagramServer::open(again.host(), crossing.at);
  ASSERT_NE(server, nullptr);
  crossing.write('b');
  crossing.net.run_for(1s);
  EXPECT_TRUE(server->take().has_value());
}

}  // namespace
}  // namespace aemp
