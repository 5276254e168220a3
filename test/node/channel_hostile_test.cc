// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections with nodes that do not keep to the rules.
#include "base/report.h"
#include "node/channel_world.h"
#include "node/channels.h"
#include "node/core.h"
#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

using channels::Ear;
using channels::Outcome;

Bytes record(std::uint8_t type, const Bytes& data, std::optional<std::size_t> announced = {}) {
  return be16(announced.value_or(data.size() + 1)) + Bytes{type} + data;
}
const Bytes kSign = record(kRecordPad, {});

struct ChannelWorld : World {
  ChannelWorld() {
    node.define_channel("f", [this](Channel c, Message) {
      ++calls;
      ear = Ear();
      ear.listen(c);
    });
  }
  Hello data_hello(std::string_view token, const std::string& id = "intruder",
                   std::uint64_t incarnation = 0x1111) {
    Hello hello = hello_of(id, incarnation);
    hello.service = std::string(kServiceData) + std::string(token);
    return hello;
  }
  static Port reply(const std::string& id) {
    return *Port::parse(id + "#" + base62(0x1111) + ".1");
  }
  // What the node answers to the request of a peer with a link.
  template <class... Args>
  std::string ask(RawPeer& peer, std::string_view token, std::string_view function = "f",
                  const Args&... args) {
    return tell(peer, "aemp.channel", kChannelVersion, token, 60'000, std::vector<std::string>(),
                function, args..., reply("intruder"));
  }
  template <class... Args>
  std::string tell(RawPeer& peer, const Args&... args) {
    peer.send(frame(kFrameData, node_port() + values(args...)));
    return answer(peer);
  }
  std::string answer(RawPeer& peer) {
    std::optional<Frame> heard = peer.hear_frame();
    while (heard && heard->type != kFrameData) heard = peer.hear_frame();
    if (!heard) return "closed";
    return Message(heard->body.data() + 1, heard->body.size() - 1).json();
  }
  // The request that the node sends; what it says of earlier ones is passed over.
  std::optional<Frame> asked(RawPeer& peer) {
    for (;;) {
      std::optional<Frame> heard = peer.hear_frame();
      if (!heard || (heard->type == kFrameData && request(*heard).tag() == "aemp.channel")) {
        return heard;
      }
    }
  }
  static Message request(const Frame& f) { return Message(f.body.data() + 1, f.body.size() - 1); }
  std::string agreed() const { return "[true,[\"" + address() + "\"]]"; }
  // Its connection is up here.
  std::unique_ptr<RawPeer> data(std::string_view token) {
    auto peer = std::make_unique<RawPeer>(loop, address());
    EXPECT_TRUE(peer->join(data_hello(token))) << log.all();
    return peer;
  }
  void expect_stranger(const Hello& hello) {
    RawPeer peer(loop, address());
    EXPECT_FALSE(peer.join(hello));
    peer.close();
    loop.run_until([&] { return log.count("nobody waits for that data connection") > 0; }, 10s);
    EXPECT_EQ(log.count("nobody waits for that data connection"), 1) << log.all();
    log.lines.clear();
  }
  // One that is up at both ends.
  std::unique_ptr<RawPeer> open(RawPeer& link, std::string_view token) {
    EXPECT_EQ(ask(link, token), agreed());
    auto peer = data(token);
    const int before = calls;
    peer->send(kSign);
    EXPECT_TRUE(loop.run_until([&] { return calls == before + 1; }, kPatience)) << log.all();
    return peer;
  }
  void expect_lost(std::string_view why) {
    EXPECT_TRUE(loop.run_until([&] { return !ear.closed.empty(); }, kPatience)) << why;
    EXPECT_NE(ear.end().find(why), std::string::npos) << ear.end();
  }

  int calls = 0;
  Ear ear;
};

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

TEST(ChannelHostile, RequestsThatMakeNoSense) {
  ChannelWorld world;
  auto link = world.intruder();
  const Port reply = ChannelWorld::reply("intruder");
  const std::vector<std::string> none;
  // Words to the node port: each is answered, for the last value is a port.
  const auto answer = [&](const auto&... args) {
    return world.tell(*link, "aemp.channel", args..., reply);
  };
  for (const std::string& said :
       {answer(), answer("one"), answer(2, "t", 1, none, "f"), answer(1), answer(1, "t"),
        answer(1, "t", 1, none), answer(1, 5, 1, none, "f"), answer(1, "t", -1, none, "f"),
        answer(1, "t", 1, "none", "f"), answer(1, "t", 1, std::vector<int>{1}, "f"),
        answer(1, "t", 1, none, 7), answer(1, std::string(41, 't'), 1, none, "f"),
        answer(1, "", 1, none, "f"), answer(1, "t", 1, none, "g")}) {
    EXPECT_NE(said.find("\"die\""), std::string::npos) << said;
  }
  // Nobody to answer.
  link->send(frame(kFrameData, node_port() + values("aemp.channel", 1, "t", 1, none, "f")));
  link->send(frame(kFrameData, node_port() + values("aemp.channel_dial")));
  link->send(frame(kFrameData, node_port() + values("aemp.channel_dial", 1)));
  link->send(frame(kFrameData, node_port() + values("aemp.channel_dial", 1, "t")));
  link->send(frame(kFrameData, node_port() + values("aemp.channel_failed", 1, "t", 7)));
  link->send(frame(kFrameData, node_port() + values("aemp.channel_failed", 1, "t", "why")));
  EXPECT_TRUE(world.answers(*link));
  EXPECT_EQ(world.calls, 0);
  link->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, RequestsAreLimitedInNumberAndSize) {
  ChannelWorld world;
  auto link = world.intruder();
  for (std::size_t i = 0; i < kMaxChannelOffers; ++i) {
    ASSERT_EQ(world.ask(*link, "t" + std::to_string(i)), world.agreed());
  }
  EXPECT_EQ(world.ask(*link, "more").find(R"([false,"refused","node victim has 0 channels of )"),
            0u);
  link->send(frame(kFrameData, node_port() + values("aemp.channel_failed", 1, "t0", "never mind")));
  EXPECT_EQ(world.ask(*link, "more"), world.agreed());
  link->close();
  ASSERT_TRUE(world.loop.run_until([&] { return world.node.stats().links_up == 1; }, kPatience));
  link = world.intruder();
  const std::string large(9 << 20, 'x');
  const auto large_request = [&](std::string_view token) {
    const Bytes all = values("aemp.channel", 1, token, 60'000, std::vector<std::string>(), "f",
                             large, ChannelWorld::reply("intruder"));
    for (std::size_t at = 0; at < all.size(); at += kFragmentBytes) {
      const std::size_t end = std::min(all.size(), at + kFragmentBytes);
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
      link->send(fragment(node_port(), kFrameData,
                          Bytes(begin, all.begin() + static_cast<std::ptrdiff_t>(end)),
                          end == all.size()));
    }
    return world.answer(*link);
  };
  EXPECT_EQ(large_request("a"), world.agreed());
  EXPECT_EQ(large_request("b").find(R"([false,"refused",)"), 0u);
  link->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, ChannelsOfOneNodeAreLimited) {
  ChannelWorld world;
  auto link = world.intruder();
  std::vector<std::unique_ptr<RawPeer>> all;
  for (std::size_t i = 0; i < kMaxChannelsOfNode; ++i) {
    all.push_back(world.open(*link, "t" + std::to_string(i)));
  }
  EXPECT_EQ(world.ask(*link, "more").find(R"([false,"refused","node victim has 256 channels)"), 0u);
  all.pop_back();
  world.expect_lost("the other end closed the connection");
  all.push_back(world.open(*link, "more"));
  all.clear();
  link->close();
  world.expect_undisturbed();
}

// The node asks, and is told nonsense; and dials, and finds somebody else.
TEST(ChannelHostile, AnswersThatMakeNoSense) {
  ChannelWorld world;
  auto link = world.intruder();
  const std::vector<std::string> none;
  std::string nowhere = abstract_address();
  const auto outcome = [&](const Bytes& answer, bool later_fails = false) {
    Outcome near;
    world.node.connect_to("intruder", 30s, "g", 1, near.note());
    const std::optional<Frame> heard = world.asked(*link);
    if (!heard) return std::string("closed");
    const Message request = world.request(*heard);
    const Port reply = request[request.size() - 1].as<Port>();
    link->send(frame(kFrameData, home(reply.serial()) + answer));
    if (later_fails) {
      link->send(frame(kFrameData, node_port() + values("aemp.channel_failed", 1,
                                                        request[2].as<std::string>(), "cannot")));
    }
    EXPECT_TRUE(world.loop.run_until([&] { return near.called == 1; }, kPatience));
    EXPECT_FALSE(near.ok);
    return near.reason;
  };
  const std::string nonsense = R"(["transport_error","intruder","an answer that makes no sense"])";
  EXPECT_EQ(outcome(values()), nonsense);
  EXPECT_EQ(outcome(values(7)), nonsense);
  EXPECT_EQ(outcome(values(true)), nonsense);
  EXPECT_EQ(outcome(values(true, 5)), nonsense);
  EXPECT_EQ(outcome(values(true, std::vector<int>{5})), nonsense);
  EXPECT_EQ(outcome(values(false)), nonsense);
  EXPECT_EQ(outcome(values(false, "no", 7)), nonsense);
  EXPECT_EQ(outcome(values(false, "no", "really")), R"(["no","really"])");
  EXPECT_EQ(outcome(values(true, none), true),
            R"(["transport_error","intruder","no data connection from node intruder: cannot"])");
  // Nobody is there; and then it is this node itself, whom it will not find there either.
  for (const std::string& at : {nowhere, world.address(), std::string("not an address")}) {
    const std::string why = outcome(values(true, std::vector<std::string>{at}), true);
    EXPECT_EQ(why.find(R"(["transport_error","intruder","no data connection )"), 0u) << why;
  }
  link->close();
  world.expect_undisturbed();
}

TEST(ChannelHostile, WhoDialsBackMustBeWhoWasAsked) {
  ChannelWorld world;
  auto link = world.intruder();
  Outcome near;
  world.node.connect_to("intruder", 30s, "g", near.note());
  const std::optional<Frame> heard = world.asked(*link);
  ASSERT_TRUE(heard);
  const Message request = world.request(*heard);
  const std::string token = request[2].as<std::string>();
  world.expect_stranger(world.data_hello(token));
  const Port reply = request[request.size() - 1].as<Port>();
  link->send(frame(kFrameData, home(reply.serial()) + values(true, std::vector<std::string>())));
  EXPECT_TRUE(world.answers(*link));
  world.expect_stranger(world.data_hello(token, "other"));
  world.expect_stranger(world.data_hello(token, "intruder", 0x1112));
  EXPECT_EQ(near.called, 0);
  auto data = world.data(token);
  ASSERT_TRUE(world.loop.run_until([&] { return near.called == 1; }, kPatience));
  EXPECT_TRUE(near.ok) << near.reason;
  world.expect_stranger(world.data_hello(token));
  data->send(record(kRecordData, text("it is me")));
  ASSERT_TRUE(world.loop.run_until([&] { return near.ear.got == "it is me"; }, kPatience));
  near.ear.channel.cancel();
  EXPECT_TRUE(data->wait_closed());
  data->close();
  link->close();
  world.expect_undisturbed();
}

// Between two nodes that both listen nowhere there is no link yet that could carry the question.
TEST(ChannelHostile, TwoPrivateNodesAreRefusedInASentence) {
  Loop loop;
  auto* core = new NodeCore(loop.reactor());
  Channels& channels = Channels::of(*core);
  channels.define("f", [](Message, const Channel* c) { return c == nullptr; });
  std::string answer;
  PortSlot& slot = core->ports.create();
  slot.receiver = detail::make_receiver([&](Message m) { answer = m.json(); });
  Peer& peer = core->network.peers().get(core->names.intern("shy"));
  const OwnedMessage request =
      message(1, "t", 1000, std::vector<std::string>(), "f", core->port_of(slot));
  EXPECT_TRUE(channels.take(peer, "aemp.channel", request));
  ASSERT_TRUE(loop.run_until([&] { return !answer.empty(); }, kPatience));
  EXPECT_EQ(answer, R"([false,"refused","neither node shy nor node )" + core->id() +
                        " can be dialled, for both listen nowhere; a data connection needs one of "
                        "them that can\"]");
  core->abandon();
}

}  // namespace
}  // namespace aemp::raw
