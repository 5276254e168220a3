// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Data connections with nodes that do not keep to the rules: requests, answers, and who dials.
#include "node/channel_hostile_world.h"
#include "node/core.h"

namespace aemp::raw {
namespace {

TEST(ChannelRequestHostile, RequestsThatMakeNoSense) {
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

TEST(ChannelRequestHostile, RequestsAreLimitedInNumberAndSize) {
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

TEST(ChannelRequestHostile, ChannelsOfOneNodeAreLimited) {
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
TEST(ChannelRequestHostile, AnswersThatMakeNoSense) {
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

TEST(ChannelRequestHostile, WhoDialsBackMustBeWhoWasAsked) {
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

TEST(ChannelRequestHostile, WhoIsDialledMustBeTheSameLifeOfTheNode) {
  ChannelWorld world;
  auto link = world.intruder();
  for (const std::uint64_t incarnation : {0x1112u, 0x1111u}) {
    RawListener listener(world.loop, abstract_address());
    Outcome near;
    world.node.connect_to("intruder", 30s, "g", near.note());
    const std::optional<Frame> heard = world.asked(*link);
    ASSERT_TRUE(heard);
    const Message request = world.request(*heard);
    const Port reply = request[request.size() - 1].as<Port>();
    const std::vector<std::string> binds{listener.address()};
    link->send(frame(kFrameData, home(reply.serial()) + values(true, binds)));
    auto data = listener.accept();
    ASSERT_TRUE(data);
    if (incarnation != 0x1111) {
      EXPECT_FALSE(data->admit(hello_of("intruder", incarnation))) << "it has said what for";
      link->send(frame(kFrameData, node_port() + values("aemp.channel_failed", 1,
                                                        request[2].as<std::string>(), "no")));
      ASSERT_TRUE(world.loop.run_until([&] { return near.called == 1; }, kPatience));
      EXPECT_FALSE(near.ok);
      continue;
    }
    EXPECT_TRUE(data->admit(hello_of("intruder", incarnation)));
    ASSERT_TRUE(world.loop.run_until([&] { return near.called == 1; }, kPatience));
    EXPECT_TRUE(near.ok) << near.reason;
    data->close();
    ASSERT_TRUE(world.loop.run_until([&] { return !near.ear.closed.empty(); }, kPatience));
  }
  link->close();
  world.expect_undisturbed();
}

// Between two nodes that both listen nowhere there is no link yet that could carry the question.
TEST(ChannelRequestHostile, TwoPrivateNodesAreRefusedInASentence) {
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
