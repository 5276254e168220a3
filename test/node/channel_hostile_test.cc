// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections with nodes that do not keep to the rules: tokens, and what is said once it is
// up.
#include "node/channel_hostile_world.h"

namespace aemp::raw {
namespace {

TEST(ChannelHostile, AServiceThatNobodyKnows) {
  ChannelWorld world;
  Hello hello = hello_of("intruder", 0x1111);
  hello.service = "telnet";
  RawPeer peer(world.loop, world.address());
  EXPECT_FALSE(peer.join(hello));
  peer.close();
  world.expect_line("service 'telnet': expected 'mp'");
  world.expect_undisturbed();
}

TEST(ChannelHostile, ATokenIsGoodOnceAndForTheNodeThatAsked) {
  ChannelWorld world;
  {
    auto link = world.intruder();
    world.expect_stranger(world.data_hello("guess"));
    world.expect_stranger(world.data_hello(""));
    EXPECT_EQ(world.ask(*link, "one"), world.agreed());
    world.expect_stranger(world.data_hello("one", "other", 0x1111));
    world.expect_stranger(world.data_hello("one", "honest", 0x1111));
    world.expect_stranger(world.data_hello("one", "intruder", 0x1112));
    world.expect_stranger(world.data_hello("on"));
    EXPECT_EQ(world.ask(*link, "one"), R"([false,"die","a token that is no good"])");
    auto data = world.data("one");
    world.expect_stranger(world.data_hello("one"));
    data->send(kSign);
    ASSERT_TRUE(world.loop.run_until([&] { return world.calls == 1; }, kPatience));
    world.expect_stranger(world.data_hello("one"));
    EXPECT_TRUE(world.answers(*link)) << "its link is undisturbed";
    data->send(record(kRecordData, text("hello")));
    ASSERT_TRUE(world.loop.run_until([&] { return world.ear.got == "hello"; }, kPatience));
    EXPECT_EQ(world.calls, 1);
  }
  world.expect_lost("the other end closed the connection");
  world.expect_undisturbed();
}

TEST(ChannelHostile, WithTheLinkTheRequestIsForgottenButNotTheChannel) {
  ChannelWorld world;
  auto link = world.intruder();
  auto data = world.open(*link, "one");
  EXPECT_EQ(world.ask(*link, "two"), world.agreed());
  link->close();
  ASSERT_TRUE(world.loop.run_until([&] { return world.node.stats().links_up == 1; }, kPatience));
  world.log.lines.clear();
  world.expect_stranger(world.data_hello("two"));
  data->send(record(kRecordData, text("alive")));
  ASSERT_TRUE(world.loop.run_until([&] { return world.ear.got == "alive"; }, kPatience));
  data->close();
  world.expect_lost("the other end closed the connection");
  world.expect_undisturbed();
}

TEST(ChannelHostile, WhoSaysNothingBehindReadyIsGivenUp) {
  ChannelWorld world;
  auto link = world.intruder();
  EXPECT_EQ(world.tell(*link, "aemp.channel", 1, "one", 1000, std::vector<std::string>(), "f",
                       ChannelWorld::reply("intruder")),
            world.agreed());
  auto data = world.data("one");
  world.host.skip(1100ms);
  EXPECT_TRUE(data->wait_closed());
  EXPECT_EQ(world.calls, 0);
  data->close();
  link->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, ASilentOneIsNoticed) {
  ChannelWorld world;
  auto link = world.intruder();
  auto data = world.open(*link, "one");
  link->close();
  for (int i = 0; i < 10 && world.ear.closed.empty(); ++i) {
    world.host.skip(1s);
    world.exchange(1);
  }
  world.expect_lost("silent for ");
  EXPECT_TRUE(data->wait_closed());
  data->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, MalformedRecordsEndTheChannelAndNothingElse) {
  const struct {
    Bytes bytes;
    std::string_view why;
  } kCases[] = {
      {be16(0), "a record of 0 bytes"},
      {record(kRecordData, {}, 16'386), "a record of 16386 bytes"},
      {record(kRecordHello, {}), "a record of type 1"},
      {record(kRecordKeyUpdate, {}), "a record of type 3"},
      {record(kRecordBare, text("x")), "a record of type 6"},
      {record(0xff, {}), "a record of type 255"},
      {record(kRecordClose, {}), "CLOSE"},
      {record(kRecordClose, {1, 0xff, 0xfe}), "CLOSE"},
      {record(kRecordClose, {1}) + record(kRecordData, text("x")), "data behind the end"},
      {record(kRecordClose, {1}) + record(kRecordBare, {}), "data behind the end"},
  };
  ChannelWorld world;
  auto link = world.intruder();
  int n = 0;
  for (const auto& c : kCases) {
    auto data = world.open(*link, "t" + std::to_string(n++));
    world.ear.listen_to_end();
    data->send(c.bytes);
    world.expect_lost(c.why);
    EXPECT_TRUE(data->wait_closed());
  }
  // What is not the end, but a last word.
  auto data = world.open(*link, "last");
  data->send(record(kRecordClose, Bytes{9} + text("no\nmore")));
  world.expect_lost(R"(["closed","intruder","no?more"])");
  EXPECT_TRUE(world.answers(*link));
  data->close();
  link->close();
  world.expect_undisturbed();
}

// Anything may be cut anywhere: each record is there whole or not at all.
TEST(ChannelHostile, EachTruncationIsALossAndNoEnd) {
  ChannelWorld world;
  auto link = world.intruder();
  const Bytes all = record(kRecordData, text("abc")) + kSign + record(kRecordClose, {1});
  for (std::size_t n = 0; n <= all.size(); ++n) {
    auto data = world.open(*link, "t" + std::to_string(n));
    data->send(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)));
    data->shut_writing();
    ASSERT_TRUE(world.loop.run_until([&] { return !world.ear.closed.empty(); }, kPatience));
    EXPECT_EQ(world.ear.end() == "[]", n == all.size()) << n << world.ear.end();
    EXPECT_EQ(world.ear.got, n >= 6 ? "abc" : "") << n;
  }
  link->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, WhoDoesNotReadHoldsTheWriterAndIsNotFedMore) {
  ChannelWorld world;
  auto link = world.intruder();
  auto data = world.open(*link, "one");
  data->read(false);
  channels::Mouth mouth;
  mouth.pour(world.ear.channel, 100'000'000);
  world.exchange(20);
  EXPECT_LT(mouth.said, 20'000'000u);
  EXPECT_LT(mouth.most, (1u << 20) + 250'000);
  // It writes meanwhile, and so much that both would wait for each other.
  for (int i = 0; i < 100; ++i) data->send(record(kRecordData, Bytes(16'000, 'x')));
  ASSERT_TRUE(world.loop.run_until([&] { return world.ear.count == 1'600'000; }, kPatience));
  data->reset();
  world.expect_lost("transport_error");
  link->close();
  world.expect_undisturbed();
}

// It sends bare bytes without end before this end has said all that it has to.
TEST(ChannelHostile, WhatComesForTheDescriptorIsLeftToWhoGetsIt) {
  ChannelWorld world;
  auto link = world.intruder();
  auto data = world.open(*link, "one");
  data->read(false);
  world.ear.channel.write(std::string(3'000'000, 'x'));
  int fd = -1;
  std::string first;
  ASSERT_TRUE(world.ear.channel.fd([&](int given, Channel::Bytes bytes) {
    fd = given;
    first = channels::text_of(bytes);
  }));
  data->send(record(kRecordData, text("early ")) + record(kRecordBare, {}) +
             Bytes(30'000'000, 'y'));
  world.exchange(50);
  EXPECT_EQ(fd, -1);
  data->read(true);
  ASSERT_TRUE(world.loop.run_until([&] { return fd >= 0; }, kPatience)) << world.log.all();
  EXPECT_EQ(first.substr(0, 7), "early y");
  EXPECT_LT(first.size(), 1'000'000u);
  std::size_t got = first.size();
  const Watch watch = world.loop.io(fd, Readable, [&](Events) {
    char buffer[65536];
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n > 0) got += static_cast<std::size_t>(n);
  });
  EXPECT_TRUE(world.loop.run_until([&] { return got == 30'000'006; }, kPatience)) << got;
  watch.cancel();
  ::close(fd);
  data->close();
  link->close();
  world.expect_undisturbed();
}

}  // namespace
}  // namespace aemp::raw
