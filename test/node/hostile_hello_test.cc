// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Handshakes that go wrong, with the node as responder and as initiator.
#include "node/hostile_world.h"

namespace aemp::raw {
namespace {

// What a refused initiator is told before the link is up, and what the log says.
void expect_hello_refused(World& world, const Bytes& hello, CloseCode code, std::string_view why) {
  RawPeer peer(world.loop, world.address());
  peer.send(greeting());
  ASSERT_TRUE(peer.hear_hello());
  peer.send(hello);
  world.expect_refused(peer, code, why);
}

Bytes versions(std::uint8_t lowest, std::uint8_t highest, std::uint16_t suites = kSuiteMaskPlain) {
  return field(kHelloVersions, Bytes{lowest, highest, 0, 0} + be16(suites));
}
Bytes id_field(std::string_view id = "intruder") { return field(kHelloNodeId, text(id)); }
Bytes incarnation_field() { return field(kHelloIncarnation, be64(0x1111)); }

TEST(HostileHello, AForeignMajorVersionInTheGreeting) {
  World world;
  for (const std::uint8_t major : {std::uint8_t{0}, std::uint8_t{2}, std::uint8_t{255}}) {
    RawPeer peer(world.loop, world.address());
    peer.send(greeting(major));
    ASSERT_TRUE(peer.wait_closed());
    EXPECT_EQ(peer.received(), kGreetingBytes) << "the version that is spoken here, and no more";
    peer.close();
    world.expect_line("it speaks protocol version " + std::to_string(major) + ", this node 1");
  }
  world.expect_undisturbed();
}

TEST(HostileHello, AForeignMajorVersionInTheHello) {
  World world;
  expect_hello_refused(world, packed(id_field() + incarnation_field() + versions(2, 3)),
                       CloseCode::version, "it speaks protocol versions 2 to 3");
  expect_hello_refused(world, packed(id_field() + incarnation_field() + versions(3, 2)),
                       CloseCode::bad_hello, "the range of versions is empty");
  // Speaks 1 too, but the greeting should have said 1.
  RawPeer newer(world.loop, world.address());
  newer.send(greeting());
  ASSERT_TRUE(newer.hear_hello());
  newer.send(packed(id_field() + incarnation_field() + versions(1, 7)));
  const std::optional<Frame> answer = newer.hear_frame();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, kFrameReady);
  newer.close();
  world.expect_undisturbed();
}

TEST(HostileHello, OtherSuites) {
  World world;
  for (const std::uint8_t suite : {kSuiteSecret, kSuiteKeys, kSuiteKeysSecret, std::uint8_t{0}}) {
    RawPeer peer(world.loop, world.address());
    peer.send(greeting(kMajorVersion, suite));
    ASSERT_TRUE(peer.wait_closed());
    EXPECT_EQ(peer.received(), kGreetingBytes);
    peer.close();
    world.expect_line("it demands handshake suite " + std::to_string(suite));
  }
  RawPeer peer(world.loop, world.address());
  peer.send(greeting(kMajorVersion, kSuitePlain, 32) + Bytes(32));
  ASSERT_TRUE(peer.wait_closed());
  peer.close();
  world.expect_line("a greeting of the wrong length");
  expect_hello_refused(world, packed(id_field() + incarnation_field() + versions(1, 1, 0x0006)),
                       CloseCode::suite, "suites");
  world.expect_undisturbed();
}

TEST(HostileHello, MalformedNodeIds) {
  World world;
  for (const std::string& id :
       {std::string(), std::string("a b"), std::string("a#b"), std::string("n\0de", 4),
        std::string("\xc3\xa4"), std::string("\xff"), std::string("new\nline"),
        std::string(256, 'a'), std::string(900, 'a')}) {
    expect_hello_refused(world, packed(id_field(id) + incarnation_field() + versions(1, 1)),
                         CloseCode::bad_hello, "malformed hello: the node ID is malformed");
  }
  EXPECT_TRUE(world.intruder(std::string(255, 'z'), 1)->closed() == false);
  world.expect_undisturbed();
}

TEST(HostileHello, LengthsThatCannotBe) {
  World world;
  for (const std::size_t size : {std::size_t{0}, kMaxHello + 1, std::size_t{0xffff}}) {
    RawPeer peer(world.loop, world.address());
    peer.send(greeting());
    ASSERT_TRUE(peer.hear_hello());
    peer.send(be16(size) + Bytes(100, 'x'));
    ASSERT_TRUE(peer.wait_closed());
    peer.close();
    world.expect_line("a hello of " + std::to_string(size) + " bytes");
  }
  world.expect_undisturbed();
}

TEST(HostileHello, FieldsThatAreMissingDoubledOrCut) {
  World world;
  const Bytes good = id_field() + incarnation_field() + versions(1, 1);
  const struct {
    Bytes fields;
    const char* why;
  } kCases[] = {
      {incarnation_field() + versions(1, 1), "there is no node ID"},
      {id_field() + versions(1, 1), "there is no incarnation"},
      {id_field() + incarnation_field(), "there are no versions"},
      {id_field() + good, "out of order"},
      {incarnation_field() + id_field() + versions(1, 1), "out of order"},
      {good + field(0x90, {1}), "critical"},
      {good + field(kHelloService, Bytes(65, 'x')), "longer than 64 bytes"},
      {good + field(kHelloService, {0xff}), "not UTF-8"},
      {good + field(kHelloBinds, {5, 'a'}), "a bind is cut short"},
      {good + field(kHelloBinds, {1, 0xff}), "a bind is not UTF-8"},
      {good + field(kHelloBinds, Bytes(18, 1)), "more than 8 binds"},
      {good + field(kHelloMaxMessage, {1, 2, 3}), "3 bytes instead of 4"},
      {good + field(kHelloLastLink, {}), "0 bytes instead of 8"},
      {good + Bytes{kHelloFlags}, "cut short"},
      {good + Bytes{kHelloFlags, 0, 9, 1}, "longer than what there is"},
  };
  for (const auto& wrong : kCases) {
    expect_hello_refused(world, packed(wrong.fields), CloseCode::bad_hello, wrong.why);
  }
  world.expect_undisturbed();
}

TEST(HostileHello, TruncatedAtEveryByte) {
  World world;
  Bytes fields;
  Hello hello = hello_of("intruder", 0x1111);
  hello.binds = {"unix:@nowhere"};
  hello.software = "raw";
  encode_hello(hello, fields);
  for (std::size_t cut = 1; cut < fields.size(); ++cut) {
    RawPeer peer(world.loop, world.address());
    peer.send(greeting());
    ASSERT_TRUE(peer.hear_hello());
    peer.send(packed(Bytes(fields.begin(), fields.begin() + static_cast<std::ptrdiff_t>(cut))));
    const std::optional<Frame> answer = peer.hear_frame();
    ASSERT_TRUE(answer);
    // At the border of two fields, with the required ones there, it is a whole hello.
    EXPECT_TRUE(answer->type == kFrameReady ||
                answer->body[0] == static_cast<int>(CloseCode::bad_hello));
  }
  world.expect_undisturbed();
}

TEST(HostileHello, AnotherService) {
  World world;
  Hello hello = hello_of("intruder", 0x1111);
  hello.service = "data\nstream";
  expect_hello_refused(world, packed(hello), CloseCode::refused, "expected 'mp'");
  world.expect_undisturbed();
}

TEST(HostileHello, AskingForMoreProtection) {
  World world;
  Hello hello = hello_of("intruder", 0x1111);
  hello.protection = 2;
  expect_hello_refused(world, packed(hello), CloseCode::protection, "protection 2 is demanded");
  world.expect_undisturbed();
}

TEST(HostileHello, FramesInsteadOfAHello) {
  World world;
  for (const Bytes& first :
       {frame(kFrameReady, be64(1)), frame(kFrameClose, Bytes{1} + text("go away")),
        frame(kFrameData, home(world.target.serial()) + values("early")),
        packed(hello_of("x", 1))}) {
    RawPeer peer(world.loop, world.address());
    peer.send(first);
    ASSERT_TRUE(peer.wait_closed());
    peer.close();
    world.expect_line("no greeting of this protocol");
  }
  for (const Bytes& second : {greeting(), frame(kFrameReady, be64(1))}) {
    RawPeer peer(world.loop, world.address());
    peer.send(greeting());
    ASSERT_TRUE(peer.hear_hello());
    peer.send(second + Bytes(kMaxHandshakeBytes, 0));
    ASSERT_TRUE(peer.wait_closed());
    peer.close();
    world.expect_line("hello");
  }
  EXPECT_TRUE(world.got.empty());
  world.expect_undisturbed();
}

// An extreme but well-formed hello is believed, and harms only who says it.
TEST(HostileHello, ExtremeFigures) {
  World world;
  Hello hello = hello_of("intruder", 0x1111);
  hello.max_message = 0;
  hello.heartbeat_ms = 0;
  hello.last_link = ~std::uint64_t{0};
  hello.features = ~std::uint64_t{0};
  hello.flags = 255;
  hello.binds = {"nonsense", "unix:", "*:0", "[::1", "127.0.0.1:99999", "8.8.8.8:53"};
  RawPeer peer(world.loop, world.address());
  ASSERT_TRUE(peer.join(hello));
  ASSERT_TRUE(world.answers(peer));
  // A message to it is over its limit and lost; nothing else happens to the node.
  world.node.snd(world.node.node_port("intruder"), "hello", 1);
  ASSERT_TRUE(world.answers(peer));
  EXPECT_GE(world.log.count("was lost: it takes at most 0"), 1) << world.log.all();
  peer.close();
  hello.incarnation = 0x2222;
  hello.max_message = ~std::uint32_t{0};
  hello.heartbeat_ms = ~std::uint32_t{0};
  RawPeer second(world.loop, world.address());
  ASSERT_TRUE(second.join(hello));
  ASSERT_TRUE(world.answers(second));
  second.close();
  world.expect_undisturbed();
}

// The node dials; who answers is not what it expects.
class HostileSeed : public testing::Test {
 protected:
  HostileSeed() {
    Config config = victim_config();
    config.seeds = {listener.address()};
    node.configure(config);
  }
  // Lets one attempt end as `answer` makes it, and the next one come.
  template <class Answer>
  void attempt(std::string_view why, Answer answer) {
    const std::unique_ptr<RawPeer> peer = listener.accept();
    answer(*peer);
    EXPECT_TRUE(peer->wait_closed()) << why;
    peer->close();
    EXPECT_TRUE(loop.run_until([&] { return log.count(why) > 0; }, kPatience)) << why << log.all();
    EXPECT_EQ(log.count(why), 1) << log.all();
    log.lines.clear();
    host.skip(30s);  // no back-off is longer
  }

  SkewedHost host;
  Loop loop{host};
  RawListener listener{loop, abstract_address()};
  Node node{loop};
  LogBook log{node};
};

TEST_F(HostileSeed, AnswersWithEveryKindOfNonsenseAndThenWell) {
  const Hello hello = hello_of("server", 0x5555);
  attempt("a hello of 65535 bytes", [](RawPeer& p) { p.send(Bytes(2000, 0xff)); });
  attempt("a hello of 0 bytes", [](RawPeer& p) { p.send(Bytes(2000, 0)); });
  attempt("malformed hello", [](RawPeer& p) { p.send(packed(Bytes(100, 0x01))); });
  attempt("it speaks protocol version 2", [](RawPeer& p) { p.send(greeting(2, 0)); });
  attempt("it refuses handshake suite", [](RawPeer& p) { p.send(greeting(1, 0)); });
  attempt("no answer of this protocol", [](RawPeer& p) { p.send(text("AExxxxxx")); });
  attempt("during the handshake", [](RawPeer& p) { p.close(); });
  attempt("victim is in use", [](RawPeer& p) { p.admit(hello_of("victim", 0x5555)); });
  attempt("that is my name", [](RawPeer& p) {
    p.send(packed(hello_of("victim", 0x5555)) +
           frame(kFrameClose, Bytes{3} + text("that is my name")));
  });
  attempt("expected 'mp'", [](RawPeer& p) {
    Hello other = hello_of("server", 0x5555);
    other.service = "other";
    p.send(packed(other));
  });
  attempt("neither READY nor CLOSE after the hello", [&](RawPeer& p) {
    p.send(packed(hello));
    p.send(frame(kFrameData, node_port() + values("early")));
  });
  attempt("neither READY nor CLOSE after the hello", [&](RawPeer& p) {
    p.send(packed(hello));
    p.send(frame(kFrameReady, {}, 0xffffff));
  });
  attempt("the link ID is 0", [&](RawPeer& p) { p.admit(hello, 0); });
  attempt("critical", [&](RawPeer& p) {
    p.send(packed(hello) + frame(kFrameReady, be64(5) + field(0x99, {1})));
  });
  attempt("no room for you", [&](RawPeer& p) {
    p.send(packed(hello) + frame(kFrameClose, Bytes{9} + text("no room for you")));
  });
  // Not believed: its incarnation is another. The seed is dialled again.
  attempt("you are me", [&](RawPeer& p) {
    p.send(packed(hello) + frame(kFrameClose, Bytes{4} + text("you are me")));
  });
  attempt("not UTF-8", [&](RawPeer& p) {
    p.send(packed(hello) + frame(kFrameClose, Bytes{9, 0xff, 0xfe}));
  });
  attempt("no link within", [&](RawPeer& p) {
    p.send(packed(hello));
    EXPECT_TRUE(loop.run_until([&] { return p.received() > kGreetingBytes; }, kPatience));
    host.skip(6s);
  });
  const std::unique_ptr<RawPeer> peer = listener.accept();
  EXPECT_TRUE(peer->admit(hello));
  EXPECT_TRUE(loop.run_until([&] { return node.stats().links_up == 1; }, kPatience)) << log.all();
  EXPECT_EQ(node.stats().half_open + node.stats().dials, 0u);
}

TEST_F(HostileSeed, BytesBeforeReadyAndAfterIt) {
  const Hello hello = hello_of("server", 0x5555);
  // READY and frames in one piece are fine.
  std::unique_ptr<RawPeer> peer = listener.accept();
  peer->send(packed(hello) + frame(kFrameReady, be64(5)) + frame(kFramePing, be64(7)) +
             frame(kFrameMon, node_port()));
  EXPECT_TRUE(loop.run_until([&] { return node.stats().links_up == 1; }, kPatience)) << log.all();
  peer->send(frame(kFrameReady, be64(5)));
  EXPECT_TRUE(peer->wait_closed());
  EXPECT_TRUE(
      loop.run_until([&] { return log.count("READY on a link that is up") == 1; }, kPatience));
}

}  // namespace
}  // namespace aemp::raw
