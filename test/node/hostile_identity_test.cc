// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Who says to be whom: claims of IDs that others have, and names from other lives.
#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

std::unique_ptr<RawPeer> claimant(World& world, const Hello& hello) {
  auto peer = std::make_unique<RawPeer>(world.loop, world.address());
  peer->send(greeting());
  EXPECT_TRUE(peer->hear_hello());
  peer->send(packed(hello));
  return peer;
}

TEST(HostileIdentity, ClaimOfTheNodesOwnId) {
  World world;
  const auto peer = claimant(world, hello_of("victim", 0x1234));
  world.expect_refused(*peer, CloseCode::id_in_use, "node ID victim is in use");
  world.expect_undisturbed();
}

TEST(HostileIdentity, ClaimOfTheNodesOwnLife) {
  World world;
  for (const char* id : {"victim", "honest", "intruder"}) {
    const auto peer = claimant(world, hello_of(id, world.target.origin()));
    world.expect_refused(*peer, CloseCode::self, "it is this node itself");
  }
  world.expect_undisturbed();
}

TEST(HostileIdentity, ClaimOfAnIdThatIsUpFailsOnceItsOwnerAnswered) {
  World world;
  const auto peer = claimant(world, hello_of("honest", 0x1234));
  world.expect_refused(*peer, CloseCode::id_in_use, "node ID honest is in use");
  world.expect_undisturbed();
}

TEST(HostileIdentity, ManyClaimsAtOnceCostTheOwnerNothing) {
  World world;
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (std::uint64_t i = 0; i < 40; ++i) {
    peers.push_back(std::make_unique<RawPeer>(world.loop, world.address()));
    peers.back()->send(greeting());
  }
  for (const auto& peer : peers) EXPECT_TRUE(peer->hear_hello());
  std::uint64_t incarnation = 0x1000;
  for (const auto& peer : peers) peer->send(packed(hello_of("honest", ++incarnation)));
  for (const auto& peer : peers) {
    const std::optional<Frame> answer = peer->hear_frame();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, kFrameClose);
    EXPECT_EQ(answer->body[0], static_cast<int>(CloseCode::id_in_use));
  }
  peers.clear();
  world.exchange();
  EXPECT_GE(world.log.count("node ID honest is in use"), 10) << world.log.all();
  world.expect_undisturbed();
}

TEST(HostileIdentity, ClaimOfALifeThatHasALinkIsCrossed) {
  World world;
  for (const std::uint64_t last_link : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    Hello hello = hello_of("honest", world.replies.origin());
    hello.last_link = last_link;
    const auto peer = claimant(world, hello);
    const std::optional<Frame> answer = peer->hear_frame();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, kFrameClose);
    EXPECT_EQ(answer->body[0], static_cast<int>(CloseCode::crossed));
  }
  world.expect_undisturbed();
}

TEST(HostileIdentity, WhoNamesItsLastLinkGetsANewOne) {
  World world;
  RawPeer first(world.loop, world.address());
  first.send(greeting());
  ASSERT_TRUE(first.hear_hello());
  Hello hello = hello_of("twice", 0x77);
  first.send(packed(hello));
  const std::optional<Frame> ready = first.hear_frame();
  ASSERT_TRUE(ready);
  ASSERT_EQ(ready->type, kFrameReady);
  hello.last_link = 0;
  for (int i = 0; i < 8; ++i) {
    hello.last_link = hello.last_link << 8 | ready->body[static_cast<std::size_t>(i)];
  }
  RawPeer second(world.loop, world.address());
  ASSERT_TRUE(second.join(hello));
  EXPECT_TRUE(first.wait_closed());
  EXPECT_TRUE(world.answers(second));
  first.close();
  second.close();
  world.expect_undisturbed();
}

class HostileOwner : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Of, HostileOwner, testing::Bool(), [](const auto& info) {
  return std::string(info.param ? "WrongNonces" : "Silence");
});

// An owner that does not answer the probe loses its ID to the one that came.
TEST_P(HostileOwner, LosesItsIdWithoutAnAnswer) {
  World world;
  const auto old = world.intruder("contested", 0x1111);
  old->answer_pings = false;
  if (GetParam()) {
    for (std::uint64_t nonce = 0; nonce < 20; ++nonce) old->send(frame(kFramePong, be64(nonce)));
  }
  const auto heir = claimant(world, hello_of("contested", 0x2222));
  world.exchange();
  EXPECT_EQ(heir->received() > 0 && !old->closed(), true);
  if (GetParam()) {
    for (const std::uint64_t base : {std::uint64_t{0}, std::uint64_t{1} << 63}) {
      old->send(frame(kFramePong, be64(base + 77)));
    }
  }
  for (int i = 0; i < 20 && !old->closed(); ++i) {
    world.host.skip(500ms);
    world.exchange();
  }
  const std::optional<Frame> answer = heir->hear_frame();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, kFrameReady);
  EXPECT_TRUE(old->wait_closed());
  EXPECT_TRUE(world.answers(*heir));
  world.expect_line("this one does not answer");
  old->close();
  heir->close();
  world.expect_undisturbed();
}

TEST(HostileIdentity, AClaimThatIsWithdrawnLeavesTheOwnerAlone) {
  World world;
  const auto old = world.intruder("contested", 0x1111);
  old->answer_pings = false;
  const auto heir = claimant(world, hello_of("contested", 0x2222));
  world.exchange();
  heir->close();
  for (int i = 0; i < 4; ++i) {
    world.host.skip(500ms);
    world.exchange();
  }
  old->answer_pings = true;
  EXPECT_TRUE(world.answers(*old));
  const auto chatty = claimant(world, hello_of("contested", 0x3333));
  old->answer_pings = false;
  chatty->send(text("let me in"));
  EXPECT_TRUE(chatty->wait_closed());
  old->answer_pings = true;
  EXPECT_TRUE(world.answers(*old));
  chatty->close();
  old->close();
  world.expect_undisturbed();
}

// The ID of a node that is not there is anybody's, but not the names that it gave.
TEST(HostileIdentity, NamesOfAnEarlierLifeReachNobody) {
  World world;
  Config config;
  config.nodeid = "phoenix";
  config.private_node();
  config.seeds = world.node.binds();
  auto phoenix = std::make_unique<Node>(world.loop);
  phoenix->configure(config);
  std::vector<std::string> reached;
  const auto make_port = [&] {
    return phoenix->port([&](Message m) { reached.push_back(m.json()); });
  };
  const Port old = make_port();
  const auto up = [&] { return world.node.node_is_up("phoenix") == true; };
  ASSERT_TRUE(world.loop.run_until(up, kPatience));
  world.node.snd(old, "known");
  ASSERT_TRUE(world.loop.run_until([&] { return reached.size() == 1; }, kPatience));
  phoenix.reset();
  ASSERT_TRUE(world.loop.run_until([&] { return !up(); }, kPatience));

  // Before the next life is known: queued.
  std::vector<std::string> fired;
  world.node.snd(old, "before");
  world.node.mon(old, [&](Message reason) { fired.push_back(reason.json()); });
  phoenix = std::make_unique<Node>(world.loop);
  phoenix->configure(config);
  const Port reborn = make_port();
  EXPECT_EQ(reborn.serial(), old.serial()) << "or the test shows nothing";
  ASSERT_TRUE(world.loop.run_until([&] { return up() && fired.size() == 1; }, kPatience));
  // After.
  world.node.snd(old, "after");
  world.node.kil(old, "die");
  world.node.mon(old, [&](Message reason) { fired.push_back(reason.json()); });
  world.node.snd(reborn, "hello");
  ASSERT_TRUE(
      world.loop.run_until([&] { return reached.size() == 2 && fired.size() == 2; }, kPatience));
  EXPECT_EQ(reached, (std::vector<std::string>{"[\"known\"]", "[\"hello\"]"}));
  for (const std::string& reason : fired) {
    EXPECT_EQ(reason, "[\"no_such_port\",\"no port " + old.str() + "\"]");
  }
  phoenix.reset();
  world.expect_undisturbed();
}

}  // namespace
}  // namespace aemp::raw
